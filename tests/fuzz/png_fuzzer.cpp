// PNGs of uploads: what the optimiser writes shows the same picture in no more bytes.
#include "imaging/encode/png_codec.hpp"
#include "imaging/imaging.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  static const bool started = imaging::start({}).has_value();
  fuzz::require(started);
  // A head that promises gigabytes is the probe's affair, before any decode.
  if (size > 24 &&
      (bytes[16] != 0 || bytes[17] != 0 || bytes[18] > 3 || bytes[20] != 0 || bytes[21] != 0 || bytes[22] > 3)) {
    return 0;
  }
  const std::vector<std::uint8_t> smaller = imaging::optimise_png({bytes, size}, 1);
  fuzz::require(smaller.size() <= size);
  const Result<imaging::Pixels> before = imaging::decode_png({bytes, size});
  if (before) {
    const Result<imaging::Pixels> after = imaging::decode_png(smaller);
    fuzz::require(after.has_value() && after->width == before->width && after->height == before->height);
  }
  return 0;
}
