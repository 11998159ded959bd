// The walk over a JPEG's segments ends, whatever lengths they claim.
#include "imaging/probe/jpeg_process.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static_cast<void>(pictor::imaging::check_jpeg_process({bytes, size}));
  return 0;
}
