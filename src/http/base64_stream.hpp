#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/encoding.hpp"

namespace pictor::http {

/// Base64 (RFC 4648, both alphabets, padding or none) that arrives in pieces. One thread at a time.
class Base64Stream {
 public:
  /// Appends what `text` decodes to. @return false for a character that does not belong; then the stream is broken
  [[nodiscard]] bool decode(std::string_view text, Bytes& output);
  /// The text is over. @return false when it ended inside a group or after a single character of one
  [[nodiscard]] bool finish(Bytes& output);

 private:
  std::uint32_t group_ = 0;
  int count_ = 0;
  int padding_ = 0;
};

}  // namespace pictor::http
