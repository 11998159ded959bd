// Multipart forms: whatever pieces a body comes in, the parser finds the same parts in it.
#include <string>

#include "http/multipart.hpp"
#include "input.hpp"

namespace {

/// Writes down all that the parser tells.
class Transcript final : public pictor::http::MultipartEvents {
 public:
  pictor::Result<void> on_part(const pictor::http::PartHead& head) override {
    text += "[" + head.name + "|" + head.filename.value_or("-") + "|" + head.media_type + "]";
    return {};
  }
  pictor::Result<void> on_bytes(std::span<const std::uint8_t> bytes) override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  pictor::Result<void> on_part_end() override {
    text += "[end]";
    return {};
  }
  std::string text;
};

/// @return whether the body was whole
bool parse(std::span<const std::uint8_t> body, std::size_t piece, Transcript& transcript) {
  pictor::http::MultipartParser parser("b", transcript, {512, 20});
  while (!body.empty()) {
    const std::size_t size = std::min(piece, body.size());
    if (!parser.feed(body.first(size))) {
      return false;
    }
    body = body.subspan(size);
  }
  return parser.finish().has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  pictor::fuzz::Input input(bytes, size);
  const std::size_t piece = 1 + input.byte() % 16;
  Transcript at_once;
  Transcript in_pieces;
  const bool whole = parse(input.rest(), input.rest().size(), at_once);
  pictor::fuzz::require(parse(input.rest(), piece, in_pieces) == whole);
  pictor::fuzz::require(!whole || at_once.text == in_pieces.text);
  return 0;
}
