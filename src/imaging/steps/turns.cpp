#include <algorithm>
#include <cmath>
#include <numbers>

#include "imaging/steps/frames.hpp"
#include "imaging/steps/steps.hpp"

namespace pictor::imaging {
namespace {

using vips::VImage;

/// 0 ≤ degrees < 360.
double normalised(double degrees) {
  const double turn = std::fmod(degrees, 360.0);
  return turn < 0 ? turn + 360 : turn;
}

Canvas turned_exactly(Canvas canvas, int quarters, const RenderPlan& plan) {
  static constexpr VipsAngle kAngles[] = {VIPS_ANGLE_D0, VIPS_ANGLE_D90, VIPS_ANGLE_D180, VIPS_ANGLE_D270};
  const double width = canvas.width;
  const double height = canvas.height;
  const Affine turns[] = {{}, {0, -1, height, 1, 0, 0}, {-1, 0, width, 0, -1, height}, {0, 1, 0, -1, 0, width}};
  const VImage source = in_memory(canvas.image);
  canvas.image = each_frame(source, plan.frames, [&](const VImage& frame) { return frame.rot(kAngles[quarters]); });
  canvas.from_upright = canvas.from_upright.then(turns[quarters]);
  if (quarters % 2 == 1) {
    std::swap(canvas.width, canvas.height);
  }
  return canvas;
}

Canvas turned_freely(Canvas canvas, double degrees, const RenderPlan& plan) {
  VImage source = in_memory(canvas.image);
  if (plan.output_has_alpha && !source.has_alpha()) {
    source = source.bandjoin_const({sample_maximum(source)});
  }
  std::vector<double> corners = background_of(source, plan);
  if (plan.output_has_alpha) {
    corners.back() = 0;
  }
  const int decoded_width = source.width();
  const VipsInterpretation meaning = source.interpretation();
  const VipsBandFormat format = source.format();
  canvas.image = each_frame(source, plan.frames, [&](const VImage& frame) {
    const VImage turned = frame.rotate(
        degrees,
        VImage::option()->set("interpolate", vips::VInterpolate::new_from_name("bicubic"))->set("background", corners));
    return turned.cast(format).copy(VImage::option()->set("interpretation", meaning));
  });
  // A decoder that left pixels out turned a smaller picture.
  const double factor = static_cast<double>(canvas.width) / decoded_width;
  const double angle = degrees * std::numbers::pi / 180;
  const double cosine = std::cos(angle);
  const double sine = std::sin(angle);
  const double width = canvas.width;
  const double height = canvas.height;
  const Affine turn{cosine, -sine,  std::max(0.0, -width * cosine) + std::max(0.0, height * sine),
                    sine,   cosine, std::max(0.0, -width * sine) + std::max(0.0, -height * cosine)};
  canvas.from_upright = canvas.from_upright.then(turn);
  canvas.width = std::max(1, static_cast<int>(std::lround(canvas.image.width() * factor)));
  canvas.height = std::max(1, static_cast<int>(std::lround(canvas.image.height() / plan.frames * factor)));
  return canvas;
}

}  // namespace

std::array<int, 2> turned_size(int width, int height, double degrees) {
  const double angle = normalised(degrees);
  if (std::fmod(angle, 90.0) == 0) {
    return std::fmod(angle, 180.0) == 0 ? std::array{width, height} : std::array{height, width};
  }
  const double cosine = std::abs(std::cos(angle * std::numbers::pi / 180));
  const double sine = std::abs(std::sin(angle * std::numbers::pi / 180));
  return {static_cast<int>(std::lround(width * cosine + height * sine)),
          static_cast<int>(std::lround(width * sine + height * cosine))};
}

Result<Canvas> orient(Canvas canvas, const RenderPlan& plan) {
  if (plan.orientation == 1) {
    return canvas;
  }
  const VImage source = in_memory(canvas.image);
  canvas.image = each_frame(source, plan.frames, [&](const VImage& frame) {
    VImage turned = frame.copy();
    turned.set(VIPS_META_ORIENTATION, plan.orientation);
    return turned.autorot();
  });
  return canvas;
}

Result<Canvas> rotate(Canvas canvas, const RenderPlan& plan) {
  const double degrees = normalised(plan.edits.rotate);
  if (degrees == 0) {
    return canvas;
  }
  return std::fmod(degrees, 90.0) == 0 ? turned_exactly(std::move(canvas), static_cast<int>(degrees / 90), plan)
                                       : turned_freely(std::move(canvas), degrees, plan);
}

Result<Canvas> flip(Canvas canvas, const RenderPlan& plan) {
  const domain::Flip wanted = plan.edits.flip;
  if (wanted == domain::Flip::kHorizontal || wanted == domain::Flip::kBoth) {
    canvas.image = canvas.image.flip(VIPS_DIRECTION_HORIZONTAL);
    canvas.from_upright = canvas.from_upright.then({-1, 0, static_cast<double>(canvas.width), 0, 1, 0});
  }
  if (wanted == domain::Flip::kVertical || wanted == domain::Flip::kBoth) {
    canvas.image = each_frame(in_memory(canvas.image), plan.frames,
                              [](const VImage& frame) { return frame.flip(VIPS_DIRECTION_VERTICAL); });
    canvas.from_upright = canvas.from_upright.then({1, 0, 0, 0, -1, static_cast<double>(canvas.height)});
  }
  return canvas;
}

}  // namespace pictor::imaging
