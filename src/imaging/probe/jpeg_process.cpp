#include "imaging/probe/jpeg_process.hpp"

namespace pictor::imaging {
namespace {

/// 0xC0..0xCF but for tables and the reserved one.
bool is_start_of_frame(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool stands_alone(std::uint8_t marker) { return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD9); }

tl::unexpected<Error> refused(const char* what) {
  return fail({ErrorCode::kImageUnreadable, std::string("This JPEG is ") + what +
                                                ", which this server and browsers can't show. Save it as an ordinary "
                                                "JPEG of 8 bits, or as PNG or TIFF."});
}

}  // namespace

Result<void> check_jpeg_process(std::span<const std::uint8_t> bytes) {
  std::size_t at = 2;
  while (at + 9 < bytes.size()) {
    if (bytes[at] != 0xFF) {
      // Damage: decoders look for the next marker, and so does this.
      ++at;
      continue;
    }
    const std::uint8_t marker = bytes[at + 1];
    if (marker == 0xFF) {
      ++at;
    } else if (marker == 0 || stands_alone(marker)) {
      at += 2;
    } else if (marker == 0xDA) {
      return {};
    } else if (is_start_of_frame(marker)) {
      if (marker == 0xC3 || marker == 0xC7 || marker == 0xCB || marker == 0xCF) {
        return refused("lossless");
      }
      if (marker > 0xC2 && marker != 0xC9 && marker != 0xCA) {
        return refused("hierarchical");
      }
      return bytes[at + 4] == 8 ? Result<void>() : refused("of more than 8 bits a sample");
    } else {
      at += 2 + (static_cast<std::size_t>(bytes[at + 2]) << 8U | bytes[at + 3]);
    }
  }
  return {};
}

}  // namespace pictor::imaging
