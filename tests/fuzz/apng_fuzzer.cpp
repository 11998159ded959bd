// Chunks of animated PNGs: frames lie within the picture, their data within the file.
#include "imaging/decode/apng.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto apng = pictor::imaging::read_apng({bytes, size}, 300);
  if (!apng) {
    return 0;
  }
  pictor::fuzz::require(apng->frames.size() > 1 && apng->header.size() == 13);
  for (const auto& frame : apng->frames) {
    pictor::fuzz::require(frame.width > 0 && frame.left + frame.width <= apng->width);
    pictor::fuzz::require(frame.height > 0 && frame.top + frame.height <= apng->height);
    for (const auto data : frame.data) {
      pictor::fuzz::require(data.data() >= bytes && data.data() + data.size() <= bytes + size);
    }
  }
  return 0;
}
