// XMP packets of uploads: what is read can be written into the packet and reads the same; places go when they must.
#include "imaging/embed/xmp.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  static const bool started = imaging::start_xmp();
  fuzz::require(started);
  const std::span<const std::uint8_t> packet(bytes, size);
  const imaging::Words words = imaging::read_xmp(packet);
  const auto written = imaging::write_xmp(words, packet, false);
  if (!written.empty()) {
    fuzz::require(!imaging::xmp_has_place(written));
    const imaging::Words again = imaging::read_xmp(written);
    fuzz::require(again.alt == words.alt && again.title == words.title);
  }
  return 0;
}
