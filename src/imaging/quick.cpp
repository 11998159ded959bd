#include "imaging/quick.hpp"

#include <utility>

#include "imaging/decode/open.hpp"
#include "imaging/resample/resample.hpp"
#include "imaging/resample/turned.hpp"

namespace pictor::imaging {
namespace {

/// The part of the upright picture that the result shows, px.
resample::Box upright_box(const domain::ImageInfo& info, const RenderPlan& plan) {
  const domain::Area whole{0, 0, info.upright_width(), info.upright_height()};
  const domain::Area area = plan.edits.crop.value_or(whole);
  const Geometry& geometry = plan.placement.geometry;
  const double across = static_cast<double>(area.width) / geometry.scaled_width;
  const double down = static_cast<double>(area.height) / geometry.scaled_height;
  return {area.left + geometry.left * across, area.top + geometry.top * down, geometry.width * across,
          geometry.height * down};
}

}  // namespace

bool can_go_quick(const domain::ImageInfo& info, const RenderPlan& plan) {
  const domain::Edits& edits = plan.edits;
  const bool touched = edits.rotate != 0 || edits.flip != domain::Flip::kNone || edits.trim || edits.sharpen ||
                       edits.blur || edits.watermark || edits.pad.any() || edits.page != 0;
  const Geometry& geometry = plan.placement.geometry;
  const int width = edits.crop ? edits.crop->width : info.upright_width();
  const int height = edits.crop ? edits.crop->height : info.upright_height();
  const bool grows = geometry.scaled_width > width || geometry.scaled_height > height || geometry.pads();
  return !touched && !grows && plan.frames == 1 && eligible_for_rows(info, plan.keep_profile);
}

Result<Pixels> QuickWay::make(const RenderPlan& plan, bool may_serve_others) {
  const Geometry& geometry = plan.placement.geometry;
  // A responsive variant shows the same part as the full result.
  if (widest_ && 2 * geometry.width <= widest_->width && 2 * geometry.height <= widest_->height) {
    resample::PixelRows rows(*widest_);
    Result<Pixels> small =
        resample::resize(rows, {0, 0, static_cast<double>(widest_->width), static_cast<double>(widest_->height)},
                         geometry.width, geometry.height);
    if (small) {
      small->icc = widest_->icc;
    }
    return small;
  }
  const int orientation = stored_orientation(info_);
  const bool lies = orientation >= 5;
  Result<ResizedJpeg> resized =
      resize_jpeg(file_, resample::stored_box(upright_box(info_, plan), info_.width, info_.height, orientation),
                  lies ? geometry.height : geometry.width, lies ? geometry.width : geometry.height, plan.keep_profile);
  if (!resized) {
    return fail(resized.error());
  }
  damaged_ = damaged_ || resized->damaged;
  Pixels upright = resample::turned(std::move(resized->pixels), orientation);
  if (may_serve_others && !widest_) {
    widest_ = upright;
  }
  return upright;
}

}  // namespace pictor::imaging
