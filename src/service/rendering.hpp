#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "domain/export.hpp"
#include "domain/ports/blob_store.hpp"
#include "domain/ports/image_engine.hpp"
#include "service/watermarks.hpp"

namespace pictor::service {

/// One picture to be made into files.
struct RenderJob {
  int input = -1;  ///< readable descriptor of the source
  domain::ImageInfo info;
  std::int64_t source_bytes = 0;
  domain::ExportSettings settings;
  std::optional<domain::Metadata> metadata;
  std::string name;      ///< of the files, without extension
  bool passing = false;  ///< the files serve one request: BlobStore::begin_passing
  domain::EngineTurn turn;
  const WatermarkFile* watermark = nullptr;
  const domain::Facts* facts = nullptr;  ///< when the picture was looked at: what a smart crop keeps
};
struct Rendered {
  std::vector<domain::Variant> variants;
  std::vector<domain::StoredBlob> pins;  ///< hold them until the variants are in rows
  std::vector<std::string> warnings;
};

/// Renders the picture and its responsive widths into blobs. Used by export jobs and by /v1/optimize alike.
/// @error those of ImageEngine::render
[[nodiscard]] Result<Rendered> render_to_blobs(domain::ImageEngine& engine, domain::BlobStore& blobs,
                                               const RenderJob& job, std::stop_token stop,
                                               const std::function<void(const std::string&)>& on_step);

}  // namespace pictor::service
