#pragma once

#include <string>

#include "domain/export_settings.hpp"
#include "domain/session.hpp"

namespace pictor::service {

/// The part of a file name before its last dot, with what must not stand in a name replaced by hyphens; may be empty.
[[nodiscard]] std::string stem_of(const std::string& filename);
/// The same as lower-case ASCII words joined by hyphens, at most 60 characters; may be empty.
[[nodiscard]] std::string slug_of(const std::string& filename);
/// `image-` and 8 digits of the digest: for pictures that came without a name.
[[nodiscard]] std::string name_of_digest(const domain::BlobId& digest);
/// Name of an exported file without its extension: the metadata's name, else the upload's, put into the settings'
/// template.
[[nodiscard]] std::string export_name(const domain::ExportSettings& settings, const std::string& metadata_name,
                                      const std::string& original, const domain::BlobId& digest);

}  // namespace pictor::service
