// Raw files: directories that lead in circles end, and a preview lies within the file.
#include "imaging/decode/raw_preview.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span<const std::uint8_t> file(bytes, size);
  static_cast<void>(pictor::imaging::is_raw(file));
  if (const auto preview = pictor::imaging::find_raw_preview(file)) {
    pictor::fuzz::require(preview->width > 0 && preview->height > 0);
    pictor::fuzz::require(preview->jpeg.data() >= bytes && preview->jpeg.data() + preview->jpeg.size() == bytes + size);
    pictor::fuzz::require(preview->orientation >= 0 && preview->orientation <= 8);
  }
  return 0;
}
