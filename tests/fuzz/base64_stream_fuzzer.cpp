// Base64 in pieces: the same bytes as in one, and never more than the decoder of whole texts takes.
#include "http/base64_stream.hpp"
#include "input.hpp"

namespace {

std::optional<pictor::Bytes> decode(std::string_view text, std::size_t piece) {
  pictor::http::Base64Stream stream;
  pictor::Bytes output;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    if (!stream.decode(text.substr(0, piece), output)) {
      return std::nullopt;
    }
  }
  return stream.finish(output) ? std::optional(std::move(output)) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  fuzz::Input input(bytes, size);
  const std::size_t piece = 1 + input.byte() % 8;
  const std::optional<Bytes> whole = decode(input.text(), input.text().size());
  fuzz::require(decode(input.text(), piece) == whole);
  const std::optional<Bytes> reference = base64_decode(input.text());
  fuzz::require(!whole || !reference || *whole == *reference);
  const std::string encoded = base64_encode(input.rest());
  const std::optional<Bytes> back = decode(encoded, piece);
  fuzz::require(back && std::equal(back->begin(), back->end(), input.rest().begin(), input.rest().end()));
  return 0;
}
