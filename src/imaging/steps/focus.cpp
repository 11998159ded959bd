#include "imaging/steps/focus.hpp"

#include <algorithm>

namespace pictor::imaging {
namespace {

using domain::Gravity;
using vips::VImage;

constexpr int kLookSide = 256;

struct Bounds {
  double left, top, right, bottom;
  [[nodiscard]] double area() const { return (right - left) * (bottom - top); }
};

/// A box of the upright picture as it lies now, 0..1.
Bounds mapped(const domain::Box& box, const Canvas& canvas, int upright_width, int upright_height) {
  Bounds bounds{1, 1, 0, 0};
  for (const auto& [x, y] : {std::pair{0.0, 0.0}, std::pair{1.0, 0.0}, std::pair{0.0, 1.0}, std::pair{1.0, 1.0}}) {
    const auto point =
        canvas.from_upright.apply((box[0] + x * box[2]) * upright_width, (box[1] + y * box[3]) * upright_height);
    const double across = std::clamp(point[0] / canvas.width, 0.0, 1.0);
    const double down = std::clamp(point[1] / canvas.height, 0.0, 1.0);
    bounds = {std::min(bounds.left, across), std::min(bounds.top, down), std::max(bounds.right, across),
              std::max(bounds.bottom, down)};
  }
  return bounds;
}

/// All faces when the cut has room for them, else the largest.
std::optional<Focus> focus_on_faces(const Canvas& canvas, const domain::RenderRequest& request, int upright_width,
                                    int upright_height) {
  std::vector<Bounds> faces;
  for (const domain::Box& box : request.faces) {
    const Bounds face = mapped(box, canvas, upright_width, upright_height);
    if (face.area() > 0) {
      faces.push_back(face);
    }
  }
  if (faces.empty()) {
    return std::nullopt;
  }
  Bounds all = faces.front();
  for (const Bounds& face : faces) {
    all = {std::min(all.left, face.left), std::min(all.top, face.top), std::max(all.right, face.right),
           std::max(all.bottom, face.bottom)};
  }
  const Geometry cut = placement_of(canvas.width, canvas.height, request.settings, {0.5, 0.5}).geometry;
  const bool fits = (all.right - all.left) * cut.scaled_width <= cut.width &&
                    (all.bottom - all.top) * cut.scaled_height <= cut.height;
  const Bounds& kept = fits ? all : *std::ranges::max_element(faces, {}, &Bounds::area);
  return Focus{(kept.left + kept.right) / 2, (kept.top + kept.bottom) / 2};
}

Focus focus_by_attention(const Canvas& canvas, const domain::RenderRequest& request, int frames) {
  const int height = canvas.image.height() / frames;
  const VImage frame = canvas.image.crop(0, 0, canvas.image.width(), height);
  const VImage small =
      frame.thumbnail_image(kLookSide, VImage::option()->set("height", kLookSide)->set("size", VIPS_SIZE_DOWN))
          .copy_memory();
  const Geometry cut = placement_of(canvas.width, canvas.height, request.settings, {0.5, 0.5}).geometry;
  const auto share = [](int part, int whole, int of) {
    return std::clamp(static_cast<int>(static_cast<double>(part) / whole * of), 1, of);
  };
  int x = small.width() / 2;
  int y = small.height() / 2;
  static_cast<void>(small.smartcrop(share(cut.width, cut.scaled_width, small.width()),
                                    share(cut.height, cut.scaled_height, small.height()),
                                    VImage::option()
                                        ->set("interesting", VIPS_INTERESTING_ATTENTION)
                                        ->set("attention_x", &x)
                                        ->set("attention_y", &y)));
  return {(x + 0.5) / small.width(), (y + 0.5) / small.height()};
}

}  // namespace

bool needs_focus(const domain::ExportSettings& settings) {
  return settings.resize && settings.resize->fit == domain::Fit::kCover && settings.resize->width &&
         settings.resize->height &&
         (settings.resize->gravity == Gravity::kSmart || settings.resize->gravity == Gravity::kFocal);
}

Focus focus_of(const Canvas& canvas, const domain::RenderRequest& request, int upright_width, int upright_height,
               int frames) {
  if (!needs_focus(request.settings)) {
    return {0.5, 0.5};
  }
  if (request.settings.resize->gravity == Gravity::kFocal && request.focal_point) {
    const auto point = canvas.from_upright.apply((*request.focal_point)[0] * upright_width,
                                                 (*request.focal_point)[1] * upright_height);
    return {std::clamp(point[0] / canvas.width, 0.0, 1.0), std::clamp(point[1] / canvas.height, 0.0, 1.0)};
  }
  if (const auto faces = focus_on_faces(canvas, request, upright_width, upright_height)) {
    return *faces;
  }
  return focus_by_attention(canvas, request, frames);
}

}  // namespace pictor::imaging
