// What a client sends as JSON: it parses or it is refused, and what parsed can be written and parsed again unchanged.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const pictor::Result<pictor::Json> parsed = pictor::parse_json(text);
  if (!parsed) {
    return 0;
  }
  const std::string written = pictor::dump_json(*parsed);
  const pictor::Result<pictor::Json> again = pictor::parse_json(written);
  if (!again || pictor::dump_json(*again) != written) {
    std::abort();
  }
  return 0;
}
