// Base64 and hex of clients: what decodes must encode to something that decodes to the same bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/encoding.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto decoded = pictor::base64_decode(text); decoded) {
    if (pictor::base64_decode(pictor::base64_encode(*decoded)) != decoded) {
      std::abort();
    }
  }
  if (const auto decoded = pictor::hex_decode(text); decoded) {
    if (pictor::hex_decode(pictor::hex_encode(*decoded)) != decoded) {
      std::abort();
    }
  }
  return 0;
}
