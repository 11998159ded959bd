#pragma once

#include "domain/ports/image_engine.hpp"
#include "imaging/steps/render_plan.hpp"

namespace pictor::imaging {

/// True when the place of the cut has to be looked for, for which the canvas must be in memory.
[[nodiscard]] bool needs_focus(const domain::ExportSettings& settings);

/// What a cover crop keeps in view. `focal`: the picture's focal point, when it is known; else, as `smart`: the faces,
/// when there are some; else what stands out (libvips' attention: edges, saturation, skin), of an animation in its
/// first frame. The middle for compass gravities.
/// @param upright_width, upright_height  px of the whole upright picture, before the other steps @throw vips::VError
[[nodiscard]] Focus focus_of(const Canvas& canvas, const domain::RenderRequest& request, int upright_width,
                             int upright_height, int frames);

}  // namespace pictor::imaging
