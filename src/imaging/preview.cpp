#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/encoding.hpp"
#include "imaging/decode/open.hpp"
#include "imaging/imaging.hpp"
#include "imaging/mapped_file.hpp"
#include "imaging/prepare.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

using domain::ImageInfo;
using vips::VImage;

constexpr int kThumbnailSide = 320;
constexpr int kHashSide = 32;

/// The first frame, small, upright, sRGB.
Result<VImage> small_picture(std::span<const std::uint8_t> bytes, const ImageInfo& info, int longest) {
  RenderPlan plan;
  plan.orientation = stored_orientation(info);
  plan.keep_profile = false;
  domain::RenderRequest request;
  request.settings.resize = domain::Resize{.width = longest, .height = longest};
  const Result<Prepared> prepared = prepare(bytes, info, request, plan, false);
  if (!prepared) {
    return fail(prepared.error());
  }
  VImage next = finished(*prepared, prepared->plan, {});
  if (next.format() != VIPS_FORMAT_UCHAR || next.bands() < 3) {
    next = next.colourspace(VIPS_INTERPRETATION_sRGB);
  }
  return next;
}

/// pHash (Zauner 2010): signs of the 8 × 8 lowest frequencies of the 32 × 32 grey picture against their median.
std::string perceptual_hash(const VImage& picture) {
  const VImage grey = picture.has_alpha()
                          ? picture.flatten(VImage::option()->set("background", std::vector<double>{255, 255, 255}))
                          : picture;
  const VImage tiny =
      grey.colourspace(VIPS_INTERPRETATION_B_W)
          .thumbnail_image(kHashSide, VImage::option()->set("height", kHashSide)->set("size", VIPS_SIZE_FORCE))
          .extract_band(0)
          .cast(VIPS_FORMAT_UCHAR);
  std::size_t size = 0;
  auto* bytes = static_cast<std::uint8_t*>(tiny.write_to_memory(&size));
  std::array<double, kHashSide * kHashSide> pixels{};
  std::copy_n(bytes, std::min(size, pixels.size()), pixels.begin());
  g_free(bytes);
  std::array<double, 64> low{};
  for (std::size_t v = 0; v < 8; ++v) {
    for (std::size_t u = 0; u < 8; ++u) {
      double sum = 0;
      for (std::size_t y = 0; y < kHashSide; ++y) {
        for (std::size_t x = 0; x < kHashSide; ++x) {
          sum += pixels[y * kHashSide + x] *
                 std::cos((2.0 * static_cast<double>(x) + 1) * static_cast<double>(u) * std::numbers::pi /
                          (2 * kHashSide)) *
                 std::cos((2.0 * static_cast<double>(y) + 1) * static_cast<double>(v) * std::numbers::pi /
                          (2 * kHashSide));
        }
      }
      low[v * 8 + u] = sum;
    }
  }
  std::array<double, 63> rest{};
  std::copy(low.begin() + 1, low.end(), rest.begin());
  std::nth_element(rest.begin(), rest.begin() + 31, rest.end());
  std::array<std::uint8_t, 8> hash{};
  for (std::size_t i = 0; i < 64; ++i) {
    if (low[i] > rest[31]) {
      hash[i / 8] = static_cast<std::uint8_t>(hash[i / 8] | 0x80U >> (i % 8));
    }
  }
  return hex_encode(hash);
}

}  // namespace

Result<domain::PreviewResult> preview(int file, const ImageInfo& info, int thumbnail) {
  const Result<MappedFile> mapped = MappedFile::map(file);
  if (!mapped) {
    return fail(mapped.error());
  }
  return with_vips([&]() -> Result<domain::PreviewResult> {
    vips_error_clear();
    const Result<VImage> small = small_picture(mapped->bytes(), info, kThumbnailSide);
    if (!small) {
      return fail(small.error());
    }
    const VImage picture = small->copy_memory();
    domain::PreviewResult result;
    result.info = info;
    result.info.perceptual_hash = perceptual_hash(picture);
    VipsBlob* blob =
        picture.webpsave_buffer(VImage::option()->set("Q", 75)->set("effort", 3)->set("keep", VIPS_FOREIGN_KEEP_NONE));
    std::size_t length = 0;
    const auto* bytes = static_cast<const std::uint8_t*>(vips_blob_get(blob, &length));
    const Result<void> written = write_all(thumbnail, {bytes, length});
    vips_area_unref(VIPS_AREA(blob));
    if (!written) {
      return fail(written.error());
    }
    result.thumbnail_bytes = static_cast<std::int64_t>(length);
    // The decoder went on where it could; what it said about that is a warning.
    std::vector<std::string>& warnings = result.info.warnings;
    if (tells_of_damage(take_vips_message()) &&
        std::find(warnings.begin(), warnings.end(), "truncated") == warnings.end()) {
      warnings.emplace_back("truncated");
    }
    return result;
  });
}

Result<RgbPixels> decode_for_vision(int file, const ImageInfo& info, int longest) {
  const Result<MappedFile> mapped = MappedFile::map(file);
  if (!mapped) {
    return fail(mapped.error());
  }
  return with_vips([&]() -> Result<RgbPixels> {
    const Result<VImage> small = small_picture(mapped->bytes(), info, longest);
    if (!small) {
      return fail(small.error());
    }
    VImage picture = *small;
    RgbPixels pixels;
    if (picture.has_alpha()) {
      picture = picture.copy_memory();
      pixels.has_alpha = picture.extract_band(picture.bands() - 1).min() < 255;
      picture = picture.flatten(VImage::option()->set("background", std::vector<double>{255, 255, 255}));
    }
    picture = picture.extract_band(0, VImage::option()->set("n", 3)).cast(VIPS_FORMAT_UCHAR);
    pixels.width = picture.width();
    pixels.height = picture.height();
    std::size_t size = 0;
    auto* bytes = static_cast<std::uint8_t*>(picture.write_to_memory(&size));
    pixels.bytes.assign(bytes, bytes + size);
    g_free(bytes);
    return pixels;
  });
}

}  // namespace pictor::imaging
