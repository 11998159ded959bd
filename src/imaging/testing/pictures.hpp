#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>
#include <vips/vips8>

#include "base/unique_fd.hpp"
#include "imaging/imaging.hpp"
#include "imaging/mapped_file.hpp"

namespace pictor::imaging::testing {

/// A file in memory, as children get them.
inline UniqueFd file_of(std::span<const std::uint8_t> bytes) {
  UniqueFd file(memfd_create("picture", MFD_CLOEXEC));
  static_cast<void>(write_all(file.get(), bytes));
  return file;
}

inline UniqueFd empty_file() { return UniqueFd(memfd_create("output", MFD_CLOEXEC)); }

inline std::vector<std::uint8_t> content_of(const UniqueFd& file) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)));
  const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

/// Smooth colours with a red corner at the top left, so that turns show. 8-bit sRGB.
inline vips::VImage gradient(int width, int height) {
  const vips::VImage xy = vips::VImage::xyz(width, height);
  const vips::VImage x = xy.extract_band(0) * (160.0 / width);
  const vips::VImage y = xy.extract_band(1) * (160.0 / height);
  const vips::VImage plain = (x.bandjoin(y).bandjoin((x + y) / 2) + 40)
                                 .cast(VIPS_FORMAT_UCHAR)
                                 .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const vips::VImage red = (vips::VImage::black(width / 4, height / 4, vips::VImage::option()->set("bands", 3)) +
                            std::vector<double>{250, 10, 10})
                               .cast(VIPS_FORMAT_UCHAR)
                               .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  return plain.insert(red, 0, 0);
}

/// With noise, as cameras have it: encoders can't make it small.
inline vips::VImage noisy(int width, int height) {
  const vips::VImage noise =
      vips::VImage::gaussnoise(width, height, vips::VImage::option()->set("sigma", 12)->set("mean", 0));
  return (gradient(width, height) + noise)
      .cast(VIPS_FORMAT_UCHAR)
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

inline std::vector<std::uint8_t> encoded(const vips::VImage& image, const char* suffix,
                                         vips::VOption* options = nullptr) {
  void* bytes = nullptr;
  std::size_t size = 0;
  image.write_to_buffer(suffix, &bytes, &size, options);
  std::vector<std::uint8_t> copy(static_cast<std::uint8_t*>(bytes), static_cast<std::uint8_t*>(bytes) + size);
  g_free(bytes);
  return copy;
}

inline vips::VImage decoded(const std::vector<std::uint8_t>& bytes) {
  return vips::VImage::new_from_buffer(bytes.data(), bytes.size(), "").copy_memory();
}

/// probe and render in one, for one target.
struct RenderOutcome {
  domain::RenderResult result;
  std::vector<std::uint8_t> bytes;
};
inline Result<RenderOutcome> render_one(const std::vector<std::uint8_t>& source, const domain::ExportSettings& settings,
                                        const std::optional<domain::Metadata>& metadata = std::nullopt) {
  const UniqueFd input = file_of(source);
  const Result<domain::ImageInfo> info = probe(input.get());
  if (!info) {
    return fail(info.error());
  }
  const UniqueFd output = empty_file();
  const int descriptor = output.get();
  const domain::RenderRequest request{
      settings, {{"full", std::nullopt}}, metadata, static_cast<std::int64_t>(source.size()), {}, {}, {}};
  Result<domain::RenderResult> result = render(input.get(), *info, request, {&descriptor, 1}, {}, {});
  if (!result) {
    return fail(result.error());
  }
  return RenderOutcome{*std::move(result), content_of(output)};
}

inline domain::ExportSettings settings_of(const char* json) {
  return *domain::parse_export_settings(*parse_json(json));
}

/// libvips and exempi once for the whole test program.
inline void start_once() {
  static const bool started = start({}).has_value();
  static_cast<void>(started);
}

}  // namespace pictor::imaging::testing
