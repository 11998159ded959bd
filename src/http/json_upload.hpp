#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/base64_stream.hpp"
#include "http/blob_writer.hpp"
#include "http/body_sink.hpp"

namespace pictor::http {

/// A JSON body whose images are base64 strings, without ever holding one in memory: values of `data` longer than 1 KiB
/// are decoded straight into the blob store as they arrive, and the JSON keeps a
/// placeholder in their place.
class JsonUpload final : public BodySink {
 public:
  JsonUpload(domain::BlobStore& blobs, const BodyLimits& limits, bool passing);
  Result<void> write(std::span<const std::uint8_t> bytes) override;
  Result<void> finish(Request& request) override;
  [[nodiscard]] bool blocks() const override { return true; }
  [[nodiscard]] std::int64_t limit() const override;

 private:
  enum class State { kOutside, kString, kEscape, kLong, kLongEscape, kLongUnicode };

  Result<void> take(std::string_view text);
  Result<void> keep(std::string_view text);
  [[nodiscard]] bool follows_data_key() const;
  [[nodiscard]] bool is_long() const { return kept_.size() - string_start_ > string_limit_; }
  Result<void> begin_long();
  Result<void> decode_long(std::string_view text);
  Result<void> decode_escape(char letter);
  Result<void> decode_unicode();
  Result<void> end_long();

  domain::BlobStore& blobs_;
  BodyLimits limits_;
  bool passing_;
  std::string kept_;              ///< the JSON without long strings
  std::size_t string_start_ = 0;  ///< in kept_, behind the opening quote
  std::size_t string_limit_ = 0;  ///< bytes of the present string before it counts as long
  State state_ = State::kOutside;
  std::optional<BlobWriter> writer_;
  Base64Stream base64_;
  std::string unicode_;  ///< digits of a `\u` escape so far
  Bytes decoded_;
  std::string placeholder_;
  std::vector<service::Incoming> long_values_;
};

/// The pictures that `[{"url"} | {"data","filename"}…]` names, small base64 decoded on the spot. Moves long ones out of
/// `upload`. @param pointer  of the array, for errors
/// @error kInvalidField, kUnknownField, kTooManyImages
[[nodiscard]] Result<std::vector<service::Incoming>> images_from_json(const Json& array, Upload& upload,
                                                                      domain::BlobStore& blobs,
                                                                      const BodyLimits& limits,
                                                                      const std::string& pointer);

}  // namespace pictor::http
