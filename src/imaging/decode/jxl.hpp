#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"

namespace pictor::imaging {

struct JxlHeader {
  int width = 0;  ///< px, as displayed: libjxl applies the file's own turns
  int height = 0;
  int bit_depth = 8;
  bool has_alpha = false;
  bool is_grey = false;
  bool moves = false;  ///< its first frame is what is shown
};
/// By Debian's libjxl, found at run time. @error kImageUnreadable, kUnsupportedMediaType (no library)
[[nodiscard]] Result<JxlHeader> read_jxl_header(std::span<const std::uint8_t> bytes);

}  // namespace pictor::imaging
