#include "domain/render_cost.hpp"

#include <algorithm>

namespace pictor::domain {
namespace {

/// Bytes a pixel of the result: jpegli, libwebp, libjxl and PNG with the decoded copy; SVT-AV1 holds several frames.
constexpr double kEncoder = 12;
constexpr double kAv1Encoder = 28;
/// The metric's side of the source and one comparison (imaging/metrics).
constexpr double kMetric = 20;

double pixels_after(const ImageInfo& info, const ExportSettings& settings) {
  const double width = info.upright_width();
  const double height = info.upright_height();
  const double whole = width * height;
  if (!settings.resize) {
    return whole;
  }
  const Resize& resize = *settings.resize;
  const double across = resize.width ? *resize.width * settings.edits.dpr : 0;
  const double down = resize.height ? *resize.height * settings.edits.dpr : 0;
  double asked = across * down;
  if (asked == 0 || resize.fit == Fit::kOutside) {
    // The other side follows. After a turn or a crop it may be the other one's: the larger of both ways counts.
    double scale = std::max(across / width, down / height);
    if (settings.edits.rotate != 0 || settings.edits.crop) {
      scale = std::max({scale, across / height, down / width});
    }
    asked = whole * scale * scale;
  }
  const bool may_grow = resize.enlarge || resize.fit == Fit::kContain || info.format == ImageFormat::kSvg;
  return may_grow ? asked : std::min(asked, whole);
}

}  // namespace

std::uint64_t encode_cost(const ImageInfo& info, const ExportSettings& settings) {
  const bool may_be_avif = settings.choice != OutputChoice::kFormat
                               ? info.format == ImageFormat::kAvif || settings.choice == OutputChoice::kAuto
                               : settings.format == ImageFormat::kAvif;
  const bool searches = promised_score(settings) || settings.max_bytes;
  const double bytes = (may_be_avif ? kAv1Encoder : kEncoder) + (searches ? kMetric : 0);
  const double frames = std::max(1, info.frames);
  // Frames are encoded one after the other; only their pixels are held together.
  return static_cast<std::uint64_t>(pixels_after(info, settings) * (bytes + 4 * (frames - 1)));
}

}  // namespace pictor::domain
