#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/response.hpp"

namespace pictor::http {

/// A file of an archive; opened when its turn comes.
struct ArchiveFile {
  std::string name;  ///< UTF-8
  std::int64_t size = 0;
  std::function<Result<UniqueFd>()> open;
};

/// A ZIP made while it is sent: files stored as they are (pictures do not shrink), never on disk and never whole in
/// memory. An error from `next` (a file that is gone) breaks the transfer, so that nobody takes half for all.
[[nodiscard]] std::unique_ptr<ChunkSource> make_zip_source(std::vector<ArchiveFile> files, Timestamp modified);

}  // namespace pictor::http
