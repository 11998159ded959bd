#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.hpp"

namespace pictor::imaging {

/// The same drawing as SVG that is safe to serve from one's own domain, and smaller. UTF-8.
///
/// Gone: scripts, event handlers, foreignObject and every element that SVG doesn't know; references to anything but
/// the document itself (`#id`) and pictures in it (`data:image/png`, jpeg, gif, webp, avif), in attributes and in CSS,
/// `@import`; links of `<a>`; animations of references and handlers; document type, processing instructions, comments,
/// metadata, namespaces of editors, white space between elements. Numbers, ids, titles and descriptions stay.
///
/// @error kImageUnreadable  not well-formed, no SVG, entities are declared, more than 16 MiB or nested too deeply
[[nodiscard]] Result<std::vector<std::uint8_t>> clean_svg(std::span<const std::uint8_t> file);

}  // namespace pictor::imaging
