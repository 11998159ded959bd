#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "domain/checked_object.hpp"

namespace pictor::domain {

enum class Fit { kInside, kCover, kContain, kFill, kOutside };

/// Where a crop, a pad or a watermark sits: compass points, the picture's focal point, or what stands out most.
enum class Gravity {
  kCentre,
  kNorth,
  kNorthEast,
  kEast,
  kSouthEast,
  kSouth,
  kSouthWest,
  kWest,
  kNorthWest,
  kFocal,
  kSmart
};

struct Resize {
  std::optional<int> width;   ///< px, 1..65,535; at least one of the two
  std::optional<int> height;  ///< px
  Fit fit = Fit::kInside;
  Gravity gravity = Gravity::kCentre;
  bool enlarge = false;
};

/// A rectangle of the upright picture, px.
struct Area {
  int left = 0;
  int top = 0;
  int width = 1;
  int height = 1;
};

enum class Flip { kNone, kHorizontal, kVertical, kBoth };

/// px added outside.
struct Sides {
  int top = 0;
  int right = 0;
  int bottom = 0;
  int left = 0;
  [[nodiscard]] bool any() const { return top > 0 || right > 0 || bottom > 0 || left > 0; }
};

/// Another picture of the account painted over this one.
struct Watermark {
  std::string image_id;  ///< img_…
  Gravity gravity = Gravity::kSouthEast;
  double opacity = 1;   ///< 0..1
  double scale = 0.25;  ///< its width as a share of the result's, 0.01..1
  int margin = 16;      ///< px to the edges that it leans on
};

/// What is done to the pixels besides resizing; docs/pipeline.md has the order.
struct Edits {
  double rotate = 0;  ///< degrees clockwise, -360..360; other than quarter turns show `background` in the corners
  Flip flip = Flip::kNone;
  std::optional<Area> crop;       ///< of the upright picture, before anything else changes its size
  std::optional<int> trim;        ///< cuts away a border of one colour; 1..255: how far a sample may differ from it
  Sides pad;                      ///< after resizing, in `background`
  std::optional<double> sharpen;  ///< sigma in px, 0.3..10
  std::optional<double> blur;     ///< sigma in px, 0.3..250
  std::optional<Watermark> watermark;
  int page = 0;    ///< of a TIFF, the frame of an animation that becomes a still; first is 0, as in libvips and sharp
  double dpr = 1;  ///< multiplies the resize's width and height, 0.1..8
};

/// Reads the fields `resize rotate flip crop trim pad sharpen blur watermark page dpr`; faults go to `body`.
void read_edits(CheckedObject& body, Edits& edits, std::optional<Resize>& resize);
/// Adds those that differ from their defaults to a request's JSON.
void write_edits(Json& json, const Edits& edits, const std::optional<Resize>& resize);

}  // namespace pictor::domain
