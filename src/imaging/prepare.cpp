#include "imaging/prepare.hpp"

#include <algorithm>
#include <cmath>

#include "imaging/decode/open.hpp"
#include "imaging/imaging.hpp"
#include "imaging/mapped_file.hpp"
#include "imaging/quick.hpp"
#include "imaging/steps/focus.hpp"
#include "imaging/steps/frames.hpp"
#include "imaging/steps/steps.hpp"

namespace pictor::imaging {
namespace {

using domain::ImageInfo;
using domain::RenderRequest;
using vips::VImage;

/// A drawing has no pixels of its own to be enlarged.
domain::ExportSettings settings_for(const RenderRequest& request, const ImageInfo& info) {
  domain::ExportSettings settings = request.settings;
  if (info.format == domain::ImageFormat::kSvg && settings.resize) {
    settings.resize->enlarge = true;
  }
  return settings;
}

/// What a decoder must give of the whole picture, so that the part that stays has the pixels for the full result.
OpenOptions wanted_of(const ImageInfo& info, const domain::ExportSettings& settings, const RenderPlan& plan) {
  OpenOptions options;
  options.all_frames = plan.frames > 1;
  options.page = settings.edits.page;
  if (settings.edits.trim) {
    // What is left of it, only the pixels tell.
    return options;
  }
  const std::array<int, 2> turned = turned_size(info.upright_width(), info.upright_height(), settings.edits.rotate);
  const int width = settings.edits.crop ? settings.edits.crop->width : turned[0];
  const int height = settings.edits.crop ? settings.edits.crop->height : turned[1];
  const Geometry geometry = placement_of(width, height, settings, {0.5, 0.5}).geometry;
  const double factor = std::max(static_cast<double>(geometry.scaled_width) / width,
                                 static_cast<double>(geometry.scaled_height) / height);
  options.want_width = std::max(1, static_cast<int>(std::ceil(info.width * factor)));
  options.want_height = std::max(1, static_cast<int>(std::ceil(info.height * factor)));
  return options;
}

/// Results have the same limits as sources.
Result<void> check_size(const RenderPlan& plan) {
  const Geometry& geometry = plan.placement.geometry;
  const std::int64_t most = limits_in_force().max_pixels;
  const std::int64_t pixels = static_cast<std::int64_t>(plan.placement.width()) * plan.placement.height();
  const double scaled = static_cast<double>(geometry.scaled_width) * geometry.scaled_height;
  if (pixels <= most && pixels * plan.frames <= 4 * most && scaled <= 4.0 * static_cast<double>(most)) {
    return {};
  }
  return fail({ErrorCode::kImageTooLarge,
               "The result would have " + std::to_string(plan.placement.width()) + " × " +
                   std::to_string(plan.placement.height()) + " pixels or be cut from a larger one; at most " +
                   std::to_string(most / 1'000'000) + " million are made. Ask for a smaller size."});
}

/// The picture to be painted over, small enough to be kept: no result needs more of it than 4,000 px.
Result<VImage> open_watermark(const RenderRequest::Mark& mark) {
  constexpr int kLongest = 4'000;
  const Result<MappedFile> mapped = MappedFile::map(mark.file);
  if (!mapped) {
    return fail(mapped.error());
  }
  RenderPlan plan;
  plan.orientation = stored_orientation(mark.info);
  plan.keep_profile = false;
  const domain::Resize bounds{.width = kLongest, .height = kLongest};
  plan.placement.geometry = geometry_of(mark.info.upright_width(), mark.info.upright_height(), bounds);
  const Result<VImage> opened = open_pixels(mapped->bytes(), mark.info, {});
  if (!opened) {
    return opened;
  }
  Canvas canvas{*opened, mark.info.upright_width(), mark.info.upright_height(), {}};
  for (const SourceStep& step : kSourceSteps) {
    Result<Canvas> next = step.run(std::move(canvas), plan);
    if (!next) {
      return fail(next.error());
    }
    canvas = *std::move(next);
  }
  VImage image = resize(canvas.image, plan);
  image = image.colourspace(VIPS_INTERPRETATION_sRGB).cast(VIPS_FORMAT_UCHAR);
  return kept_in_memory(image.has_alpha() ? image : image.bandjoin_const({255}));
}

}  // namespace

Result<Prepared> prepare(std::span<const std::uint8_t> bytes, const ImageInfo& info, const RenderRequest& request,
                         RenderPlan plan, bool read_often) {
  const domain::ExportSettings settings = settings_for(request, info);
  if (plan.edits.watermark && request.watermark) {
    Result<VImage> mark = open_watermark(*request.watermark);
    if (!mark) {
      return fail(mark.error());
    }
    plan.watermark = *std::move(mark);
  }
  const OpenOptions options = wanted_of(info, settings, plan);
  // Before anything is decoded, as far as it is known by then.
  const std::array<int, 2> turned = turned_size(info.upright_width(), info.upright_height(), settings.edits.rotate);
  plan.placement = placement_of(settings.edits.crop ? settings.edits.crop->width : turned[0],
                                settings.edits.crop ? settings.edits.crop->height : turned[1], settings, {0.5, 0.5});
  if (const Result<void> checked = check_size(plan); !checked && !settings.edits.trim) {
    return fail(checked.error());
  }
  Result<VImage> opened = open_pixels(bytes, info, options);
  if (!opened) {
    return fail(opened.error());
  }
  Prepared prepared;
  prepared.has_profile = opened->get_typeof(VIPS_META_ICC_NAME) != 0;
  prepared.canvas = {*std::move(opened), info.upright_width(), info.upright_height(), {}};
  for (const SourceStep& step : kSourceSteps) {
    Result<Canvas> next = step.run(std::move(prepared.canvas), plan);
    if (!next) {
      return fail(next.error());
    }
    prepared.canvas = *std::move(next);
  }
  if ((read_often && !can_go_quick(info, plan)) || needs_focus(settings)) {
    prepared.canvas.image = kept_in_memory(prepared.canvas.image);
  }
  const Focus focus = focus_of(prepared.canvas, request, info.upright_width(), info.upright_height(), plan.frames);
  plan.placement = placement_of(prepared.canvas.width, prepared.canvas.height, settings, focus);
  if (const Result<void> checked = check_size(plan); !checked) {
    return fail(checked.error());
  }
  prepared.plan = std::move(plan);
  return prepared;
}

bool is_untouched(const Prepared& prepared, const ImageInfo& info) {
  const domain::Edits& edits = prepared.plan.edits;
  const Geometry& geometry = prepared.plan.placement.geometry;
  const bool same_area = prepared.canvas.width == info.width && prepared.canvas.height == info.height;
  const bool turned = stored_orientation(info) != 1 || edits.rotate != 0 || edits.flip != domain::Flip::kNone;
  const bool touched = edits.blur || edits.sharpen || edits.watermark || edits.pad.any() || edits.page != 0;
  return same_area && !turned && !touched && !geometry.scales(info.width, info.height) && !geometry.crops() &&
         !geometry.pads();
}

VImage finished(const Prepared& prepared, const RenderPlan& plan, std::stop_token stop) {
  VImage image = prepared.canvas.image;
  for (const ResultStep& step : kResultSteps) {
    if (stop.stop_requested()) {
      throw vips::VError("cancelled");
    }
    image = step.run(std::move(image), plan);
  }
  return image;
}

}  // namespace pictor::imaging
