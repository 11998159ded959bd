#pragma once

#include <optional>

#include "base/unique_fd.hpp"
#include "domain/export_settings.hpp"
#include "domain/ports/blob_store.hpp"
#include "domain/ports/session_store.hpp"

namespace pictor::service {

/// The picture that a watermark is made of, open for reading.
struct WatermarkFile {
  domain::ImageInfo info;
  UniqueFd file;
};

/// Nothing when the settings ask for none.
/// @param pointer  of the field that names the picture
/// @error kInvalidField  the account has no such image, or its session has ended
[[nodiscard]] Result<std::optional<WatermarkFile>> open_watermark(domain::SessionStore& sessions,
                                                                  domain::BlobStore& blobs,
                                                                  const domain::AccountId& account,
                                                                  const domain::ExportSettings& settings,
                                                                  const std::string& pointer);

/// The same without opening it: before work is taken on.
[[nodiscard]] Result<void> check_watermark(domain::SessionStore& sessions, const domain::AccountId& account,
                                           const domain::ExportSettings& settings, const std::string& pointer);

}  // namespace pictor::service
