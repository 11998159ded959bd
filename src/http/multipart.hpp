#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace pictor::http {

/// Head of one part.
struct PartHead {
  std::string name;
  std::optional<std::string> filename;  ///< as sent, not yet cleaned
  std::string media_type;               ///< lower case, without parameters; empty when not given
};

/// Receives what the parser finds. An error ends the parse and is returned from `feed`.
class MultipartEvents {
 public:
  virtual ~MultipartEvents() = default;
  virtual Result<void> on_part(const PartHead& head) = 0;
  virtual Result<void> on_bytes(std::span<const std::uint8_t> bytes) = 0;
  virtual Result<void> on_part_end() = 0;
};

struct MultipartLimits {
  std::size_t head_bytes = 8 << 10;  ///< of one part's header fields, and of the text before the first part
  int parts = 532;
};

/// Streaming parser of multipart/form-data (RFC 7578, RFC 2046 5.1). Holds no more than one delimiter or one part head
/// beside the piece it is fed. One thread at a time.
/// Errors: kMalformedRequest (no or bad boundary, part without a name, head too long, body that ends early),
/// kTooManyImages (more parts than allowed).
class MultipartParser {
 public:
  MultipartParser(std::string_view boundary, MultipartEvents& events, MultipartLimits limits);
  /// RFC 2046: 1 to 70 characters of a small alphabet.
  [[nodiscard]] static bool is_boundary(std::string_view text);
  Result<void> feed(std::span<const std::uint8_t> bytes);
  /// The body is over. @error kMalformedRequest  its closing delimiter never came
  Result<void> finish();

 private:
  enum class State { kPreamble, kAfterDelimiter, kHead, kBytes, kDone };
  enum class Step { kAgain, kNeedsMore };

  Result<Step> step();
  Result<Step> find_first_delimiter();
  Result<Step> after_delimiter();
  Result<Step> read_head();
  Result<Step> read_bytes();
  Result<void> parse_head(std::string_view text);
  [[nodiscard]] std::string_view rest() const { return std::string_view(buffer_).substr(at_); }

  MultipartEvents& events_;
  MultipartLimits limits_;
  std::string delimiter_;  ///< CRLF, two hyphens, boundary
  State state_ = State::kPreamble;
  std::string buffer_;
  std::size_t at_ = 0;  ///< what of buffer_ is done with
  int parts_ = 0;
};

}  // namespace pictor::http
