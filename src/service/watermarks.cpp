#include "service/watermarks.hpp"

namespace pictor::service {
namespace {

Result<domain::Image> image_of(domain::SessionStore& sessions, const domain::AccountId& account, const std::string& id,
                               const std::string& pointer) {
  const Result<domain::ImageId> parsed = domain::ImageId::parse(id);
  Result<domain::Image> image = parsed ? sessions.image_anywhere(account, *parsed) : fail_not_found();
  if (!image && image.error().code == ErrorCode::kNotFound) {
    return fail_field(pointer, "There is no such image. Upload the watermark first, and give its id.");
  }
  return image;
}

}  // namespace

Result<std::optional<WatermarkFile>> open_watermark(domain::SessionStore& sessions, domain::BlobStore& blobs,
                                                    const domain::AccountId& account,
                                                    const domain::ExportSettings& settings,
                                                    const std::string& pointer) {
  if (!settings.edits.watermark) {
    return std::nullopt;
  }
  const Result<domain::Image> image = image_of(sessions, account, settings.edits.watermark->image_id, pointer);
  if (!image) {
    return fail(image.error());
  }
  Result<UniqueFd> file = blobs.open(image->blob);
  if (!file) {
    return fail(file.error());
  }
  return WatermarkFile{image->info, *std::move(file)};
}

Result<void> check_watermark(domain::SessionStore& sessions, const domain::AccountId& account,
                             const domain::ExportSettings& settings, const std::string& pointer) {
  if (!settings.edits.watermark) {
    return {};
  }
  const Result<domain::Image> image = image_of(sessions, account, settings.edits.watermark->image_id, pointer);
  return image ? Result<void>() : Result<void>(fail(image.error()));
}

}  // namespace pictor::service
