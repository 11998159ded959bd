// JSON bodies with base64 pictures, streamed: any cutting gives the same, and no picture is taken twice.
#include "http/json_upload.hpp"
#include "input.hpp"
#include "storage/blobs/memory/memory_blob_store.hpp"

namespace {

struct Outcome {
  bool taken = false;
  pictor::Json json;
  std::vector<std::string> pictures;

  bool operator==(const Outcome&) const = default;
};

/// Placeholders are random: their places are what counts.
std::string without(std::string text, const std::string& placeholder) {
  for (std::size_t at = 0; !placeholder.empty() && (at = text.find(placeholder, at)) != std::string::npos;) {
    text.replace(at, placeholder.size(), "#");
  }
  return text;
}

Outcome upload(std::string_view body, std::size_t piece) {
  using namespace pictor;
  storage::MemoryBlobStore blobs;
  http::JsonUpload sink(blobs, {.max_upload = 65'536, .max_images = 8, .json_bytes = 16'384}, true);
  http::Request request;
  for (; !body.empty(); body.remove_prefix(std::min(piece, body.size()))) {
    const std::string_view part = body.substr(0, piece);
    if (!sink.write({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()})) {
      return {};
    }
  }
  if (!sink.finish(request)) {
    return {};
  }
  Outcome outcome{true, Json::parse(without(request.upload.json->dump(), request.upload.placeholder)), {}};
  for (const service::Incoming& picture : request.upload.long_values) {
    outcome.pictures.push_back(picture.blob ? picture.blob->id : "refused");
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pictor;
  fuzz::Input input(bytes, size);
  const std::size_t piece = 1 + input.byte();
  std::string body(input.text());
  // Long values are what the parser is there for: one letter stands for a thousand and a half.
  for (std::size_t at = body.find('\x01'); at != std::string::npos && body.size() < 64'000;
       at = body.find('\x01', at)) {
    body.replace(at, 1, std::string(1'504, 'A'));
  }
  fuzz::require(upload(body, piece) == upload(body, std::max<std::size_t>(1, body.size())));
  return 0;
}
