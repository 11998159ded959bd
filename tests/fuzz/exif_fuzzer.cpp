// EXIF of uploads through libexif: read, and written again with what each of the settings keeps.
#include "base/encoding.hpp"
#include "imaging/embed/exif.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  fuzz::Input input(bytes, size);
  const std::uint8_t choice = input.byte();
  const imaging::ExifWords read = imaging::read_exif(input.rest());
  fuzz::require(is_utf8(read.words.title) && is_utf8(read.words.copyright) && is_utf8(read.camera));

  domain::Keep keep;
  keep.exif = (choice & 1U) != 0;
  keep.gps = (choice & 2U) != 0;
  imaging::Words words;
  words.copyright = "A. Painter";
  const imaging::ExifWords again = imaging::read_exif(imaging::write_exif(words, input.rest(), keep));
  fuzz::require(again.words.copyright == "A. Painter");
  fuzz::require(keep.gps || !again.has_gps);
  return 0;
}
