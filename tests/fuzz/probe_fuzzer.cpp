// The header probe whole, through libvips (which is not instrumented): it answers or refuses, and claims stay in
// bounds.
#include "imaging/imaging.hpp"
#include "imaging/probe/probe.hpp"
#include "input.hpp"

namespace {
constexpr pictor::imaging::Limits kLimits{1'000'000, 50};
}

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  pictor::fuzz::require(pictor::imaging::start(kLimits).has_value());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  if (const auto info = imaging::probe_bytes({bytes, size}, kLimits)) {
    fuzz::require(info->width > 0 && info->height > 0);
    fuzz::require(static_cast<std::int64_t>(info->width) * info->height <= kLimits.max_pixels);
    fuzz::require(info->frames >= 1 && info->frames <= kLimits.max_frames);
  }
  return 0;
}
