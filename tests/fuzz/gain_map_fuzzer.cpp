// Gain maps: an index may claim anything; what is found lies within the file and is found again where it is put.
#include "imaging/embed/gain_map.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span<const std::uint8_t> file(bytes, size);
  if (const auto map = pictor::imaging::find_gain_map(file)) {
    pictor::fuzz::require(map->data() >= bytes && map->data() + map->size() <= bytes + size);
  }
  static_cast<void>(pictor::imaging::with_gain_map(file, file));
  return 0;
}
