#include "service/rendering.hpp"

#include <algorithm>

namespace pictor::service {
namespace {

using domain::RenderTarget;
using domain::Variant;

/// px that the result has at most across; what is wider is found out when it is made.
int widest_of(const RenderJob& job) {
  const domain::Edits& edits = job.settings.edits;
  const std::optional<domain::Resize>& resize = job.settings.resize;
  double widest = job.info.upright_width();
  if (edits.rotate != 0) {
    widest += job.info.upright_height();
  }
  if (edits.crop) {
    widest = std::min<double>(widest, edits.crop->width);
  }
  const bool is_drawing = job.info.format == domain::ImageFormat::kSvg;
  if (resize && resize->width) {
    const double wanted = *resize->width * edits.dpr;
    widest = resize->enlarge || is_drawing ? wanted : std::min(widest, wanted);
  }
  return static_cast<int>(widest) + edits.pad.left + edits.pad.right;
}

domain::RenderRequest request_of(const RenderJob& job, std::vector<RenderTarget> targets) {
  domain::RenderRequest request{job.settings, std::move(targets), job.metadata, job.source_bytes, {}, {}, {}};
  if (job.facts != nullptr) {
    request.focal_point = job.facts->focal_point;
    for (const domain::Face& face : job.facts->faces) {
      request.faces.push_back(face.box);
    }
  }
  if (job.watermark != nullptr) {
    request.watermark = domain::RenderRequest::Mark{job.watermark->info, job.watermark->file.get()};
  }
  return request;
}

/// The picture itself, and the widths below its own: nothing is enlarged, nothing is made twice.
std::vector<RenderTarget> targets_of(const RenderJob& job) {
  std::vector<RenderTarget> targets = {{"full", std::nullopt}};
  if (!job.settings.responsive) {
    return targets;
  }
  const int widest = widest_of(job);
  for (const int width : job.settings.responsive_sizes) {
    if (width < widest) {
      targets.push_back({std::to_string(width) + "w", width});
    }
  }
  return targets;
}

Variant variant_of(const domain::RenderedFile& file, const RenderJob& job, const domain::StoredBlob& blob) {
  Variant variant;
  variant.name = file.name;
  const std::string suffix = file.name == "full" ? "" : "-" + file.name;
  variant.filename = job.name + suffix + "." + std::string(domain::traits_of(file.format).extension);
  variant.format = file.format;
  variant.width = file.width;
  variant.height = file.height;
  variant.bytes = blob.size;
  variant.blob = blob.id;
  variant.quality = file.quality;
  variant.ssimulacra2 = file.ssimulacra2;
  variant.encoder = file.encoder;
  variant.tried = file.tried;
  variant.limited_by = file.limited_by;
  variant.passthrough = file.passthrough;
  variant.source_bytes = job.source_bytes;
  return variant;
}

}  // namespace

Result<Rendered> render_to_blobs(domain::ImageEngine& engine, domain::BlobStore& blobs, const RenderJob& job,
                                 std::stop_token stop, const std::function<void(const std::string&)>& on_step) {
  const std::vector<RenderTarget> targets = targets_of(job);
  std::vector<std::unique_ptr<domain::PendingBlob>> pending;
  std::vector<int> outputs;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    Result<std::unique_ptr<domain::PendingBlob>> blob = job.passing ? blobs.begin_passing() : blobs.begin();
    if (!blob) {
      return fail(blob.error());
    }
    outputs.push_back((*blob)->descriptor());
    pending.push_back(*std::move(blob));
  }
  const domain::RenderRequest request = request_of(job, targets);
  const Result<domain::RenderResult> result =
      engine.render(job.input, job.info, request, outputs, stop, on_step, job.turn);
  if (!result) {
    return fail(result.error());
  }
  if (result->files.size() != targets.size()) {
    return fail_internal("the engine answered with another number of files");
  }
  Rendered rendered;
  rendered.warnings = result->warnings;
  const int full_width = result->files.front().width;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const domain::RenderedFile& file = result->files[i];
    if (i > 0 && file.width >= full_width) {
      continue;
    }
    Result<domain::StoredBlob> stored = pending[i]->commit();
    if (!stored) {
      return fail(stored.error());
    }
    rendered.variants.push_back(variant_of(file, job, *stored));
    rendered.pins.push_back(*std::move(stored));
  }
  return rendered;
}

}  // namespace pictor::service
