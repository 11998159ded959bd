// Bitmaps: whatever the header claims, what is decoded has the size that it was said to have.
#include "imaging/decode/bmp.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span<const std::uint8_t> file(bytes, size);
  const auto header = pictor::imaging::read_bmp_header(file);
  if (!header || static_cast<std::int64_t>(header->width) * header->height > 1'000'000) {
    return 0;
  }
  const auto pixels = pictor::imaging::decode_bmp(file);
  pictor::fuzz::require(pixels.has_value());
  pictor::fuzz::require(pixels->width == header->width && pixels->height == header->height);
  pictor::fuzz::require(pixels->has_alpha() == header->has_alpha);
  pictor::fuzz::require(pixels->bytes.size() == pixels->frame_bytes());
  return 0;
}
