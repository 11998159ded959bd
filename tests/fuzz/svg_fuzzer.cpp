// SVGs of uploads: what is cleaned is clean for good, and holds nothing that runs or leads outside.
#include <string>

#include "imaging/encode/svg_cleaner.hpp"
#include "input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  const Result<std::vector<std::uint8_t>> once = imaging::clean_svg({bytes, size});
  if (!once) {
    return 0;
  }
  const Result<std::vector<std::uint8_t>> twice = imaging::clean_svg(*once);
  fuzz::require(twice.has_value());
  fuzz::require(*twice == *once);
  const std::string text(once->begin(), once->end());
  for (const char* never : {"<script", "<foreignObject", "<!", "<?", "href=\"http", "href=\"java", "url(http"}) {
    fuzz::require(text.find(never) == std::string::npos);
  }
  return 0;
}
