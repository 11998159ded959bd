#include <algorithm>
#include <cmath>

#include "imaging/steps/frames.hpp"
#include "imaging/steps/steps.hpp"

namespace pictor::imaging {
namespace {

using domain::Gravity;
using vips::VImage;

/// As large as the setting says, in the samples of the picture below, with its opacity. It never reaches out of the
/// picture.
VImage fitted(const VImage& mark, const domain::Watermark& wanted, const VImage& frame, int margin) {
  const double room_x = std::max(1, frame.width() - 2 * margin);
  const double room_y = std::max(1, frame.height() - 2 * margin);
  const double factor =
      std::min({wanted.scale * frame.width() / mark.width(), room_x / mark.width(), room_y / mark.height()});
  const double least = 1.0 / std::min(mark.width(), mark.height());
  VImage sized = mark.premultiply().resize(std::max(factor, least)).unpremultiply().cast(VIPS_FORMAT_UCHAR);
  const std::vector<double> opacity = {1, 1, 1, wanted.opacity};
  sized = sized.linear(opacity, std::vector<double>{0, 0, 0, 0}).cast(VIPS_FORMAT_UCHAR);
  sized = sized.copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  return frame.format() == VIPS_FORMAT_USHORT ? sized.colourspace(VIPS_INTERPRETATION_RGB16) : sized;
}

int along(int room, int size, int margin, int side) {
  const int begin = side < 0 ? margin : (side > 0 ? room - size - margin : (room - size) / 2);
  return std::clamp(begin, 0, std::max(0, room - size));
}

/// -1, 0, 1: which edge it leans on.
int column_of(Gravity gravity) {
  switch (gravity) {
    case Gravity::kWest:
    case Gravity::kNorthWest:
    case Gravity::kSouthWest:
      return -1;
    case Gravity::kEast:
    case Gravity::kNorthEast:
    case Gravity::kSouthEast:
      return 1;
    default:
      return 0;
  }
}

int row_of(Gravity gravity) {
  switch (gravity) {
    case Gravity::kNorth:
    case Gravity::kNorthEast:
    case Gravity::kNorthWest:
      return -1;
    case Gravity::kSouth:
    case Gravity::kSouthEast:
    case Gravity::kSouthWest:
      return 1;
    default:
      return 0;
  }
}

VImage painted(VImage frame, const VImage& whole_mark, const domain::Watermark& wanted, int margin) {
  if (frame.bands() <= 2) {
    const bool wide = frame.format() == VIPS_FORMAT_USHORT;
    frame = frame.colourspace(wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB).copy();
    // A grey profile says nothing about colours.
    frame.remove(VIPS_META_ICC_NAME);
  }
  const VImage mark = fitted(whole_mark, wanted, frame, margin);
  const int left = along(frame.width(), mark.width(), margin, column_of(wanted.gravity));
  const int top = along(frame.height(), mark.height(), margin, row_of(wanted.gravity));
  VImage both = frame.composite2(
      mark, VIPS_BLEND_MODE_OVER,
      VImage::option()->set("x", left)->set("y", top)->set("compositing_space", frame.interpretation()));
  if (!frame.has_alpha()) {
    both = both.extract_band(0, VImage::option()->set("n", 3));
  }
  return both.cast(frame.format()).copy(VImage::option()->set("interpretation", frame.interpretation()));
}

}  // namespace

VImage watermark(VImage image, const RenderPlan& plan) {
  if (!plan.edits.watermark || !plan.watermark) {
    return image;
  }
  const domain::Watermark& wanted = *plan.edits.watermark;
  const int margin = static_cast<int>(std::lround(wanted.margin * plan.placement.factor));
  return each_frame(image, plan.frames,
                    [&](const VImage& frame) { return painted(frame, *plan.watermark, wanted, margin); });
}

}  // namespace pictor::imaging
