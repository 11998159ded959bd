#pragma once

#include <string>
#include <string_view>

namespace pictor::imaging {

/// True for what a safe SVG may refer to: a part of itself, or a raster picture written out in it.
[[nodiscard]] bool stays_inside(std::string_view reference);

/// CSS (a style sheet, a style attribute, or one property's value) without comments, `@import` and references to the
/// outside; those become `none`. Empty when it hides such words behind escapes or uses functions that load files
/// without `url()`.
[[nodiscard]] std::string clean_css(std::string_view css);

}  // namespace pictor::imaging
