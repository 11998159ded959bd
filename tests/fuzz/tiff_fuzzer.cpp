// TIFF directories: following them ends, whatever they say, and a second look says the same.
#include "imaging/embed/tiff_container.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span<const std::uint8_t> file(bytes, size);
  const bool bare = pictor::imaging::is_bare_tiff(file);
  pictor::fuzz::require(bare == pictor::imaging::is_bare_tiff(file));
  pictor::fuzz::require(!bare || size >= 8);
  return 0;
}
