#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// One frame of an animated PNG (PNG third edition, 11.3.6).
struct ApngFrame {
  enum class Dispose { kNone, kBackground, kPrevious };
  int width = 0;  ///< px
  int height = 0;
  int left = 0;
  int top = 0;
  int delay = 100;  ///< ms
  Dispose dispose = Dispose::kNone;
  bool blends = false;                              ///< over what is there; else it takes its place
  std::vector<std::span<const std::uint8_t>> data;  ///< of IDAT, or fdAT without its number
};
struct Apng {
  int width = 0;  ///< px
  int height = 0;
  int loop = 0;                                          ///< 0: for ever
  std::span<const std::uint8_t> header;                  ///< what IHDR says
  std::vector<std::span<const std::uint8_t>> described;  ///< whole chunks that say how pixels are read (PLTE, tRNS, …)
  std::vector<ApngFrame> frames;                         ///< those that have pixels
};

/// Walks over the chunks, decodes nothing. Nothing for a PNG that does not move, and for one whose frames reach out of
/// it. @param most  stops after one frame more than this
[[nodiscard]] std::optional<Apng> read_apng(std::span<const std::uint8_t> bytes, int most);

/// The frames as they are shown, 8-bit RGBA, with delays and loop count.
/// @param only  this frame alone @error kImageUnreadable @throw vips::VError
[[nodiscard]] Result<Pixels> decode_apng(const Apng& apng, std::optional<int> only);

}  // namespace pictor::imaging
