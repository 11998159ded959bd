// What is read of a picture before libvips sees it: its format, an SVG's references, frames, a profile's name.
#include "imaging/probe/claims.hpp"
#include "imaging/probe/icc_description.hpp"
#include "imaging/probe/sniff.hpp"
#include "imaging/probe/svg_safety.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  const std::span<const std::uint8_t> file(bytes, size);
  static_cast<void>(imaging::check_svg(file));
  const int frames = imaging::count_gif_frames(file, 300);
  fuzz::require(frames >= 0 && frames <= 301);
  const int announced = imaging::count_png_frames(file);
  fuzz::require(announced >= 1 && announced <= 1'000'000);
  fuzz::require(imaging::count_png_data(file) <= size);
  fuzz::require(imaging::icc_description(file).size() <= 64);
  if (const auto format = imaging::sniff_format(file)) {
    static_cast<void>(imaging::ends_early(file, *format));
  }
  return 0;
}
