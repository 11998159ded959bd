// SVGs of uploads: what is cleaned is clean for good, and holds nothing that runs or leads outside.
#include <string>

#include "imaging/encode/svg_cleaner.hpp"
#include "input.hpp"

namespace {

/// Without the characters between tags, which may say anything.
std::string tags_of(const std::string& text) {
  std::string tags;
  bool in_tag = false;
  bool in_value = false;
  for (const char c : text) {
    in_tag |= c == '<';
    in_value ^= in_tag && c == '"';
    if (in_tag) {
      tags += c;
    }
    in_tag &= c != '>' || in_value;
  }
  return tags;
}

}  // namespace

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
  for (const char* never : {"<script", "<foreignObject", "<!", "<?"}) {
    fuzz::require(text.find(never) == std::string::npos);
  }
  const std::string tags = tags_of(text);
  for (const char* never : {" href=\"http", " href=\"java", "xlink:href=\"java", "url(http", " onload=\""}) {
    fuzz::require(tags.find(never) == std::string::npos);
  }
  return 0;
}
