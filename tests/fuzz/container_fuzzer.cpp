// Metadata taken out of and put into files. First byte: which blocks, and whether the profile stays; then three
// lengths.
#include "imaging/embed/containers.hpp"
#include "imaging/probe/sniff.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  fuzz::Input input(bytes, size);
  const bool keep_icc = (input.byte() & 1U) != 0;
  const auto block = [&input] {
    const std::span<const std::uint8_t> taken = input.take(input.byte() & 63U);
    return std::vector<std::uint8_t>(taken.begin(), taken.end());
  };
  imaging::Blocks blocks;
  blocks.exif = block();
  blocks.iptc = block();
  blocks.xmp = block();
  const auto format = imaging::sniff_format(input.rest());
  if (!format) {
    return 0;
  }
  const auto once = imaging::rewrite_metadata(input.rest(), *format, blocks, keep_icc);
  // AVIF only adds: a second time there is something to refuse or to add to.
  if (once && *format != domain::ImageFormat::kAvif && *format != domain::ImageFormat::kHeif) {
    fuzz::require(imaging::rewrite_metadata(*once, *format, blocks, keep_icc) == once);
  } else if (once) {
    static_cast<void>(imaging::rewrite_metadata(*once, *format, blocks, keep_icc));
  }
  return 0;
}
