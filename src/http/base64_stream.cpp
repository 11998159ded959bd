#include "http/base64_stream.hpp"

#include <array>

namespace pictor::http {
namespace {

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  values['-'] = 62;
  values['_'] = 63;
  return values;
}
constexpr std::array<std::int8_t, 256> kValues = make_values();

}  // namespace

bool Base64Stream::decode(std::string_view text, Bytes& output) {
  output.reserve(output.size() + text.size() / 4 * 3 + 3);
  for (const char c : text) {
    if (c == '=') {
      if (++padding_ > 2 || count_ < 2) {
        return false;
      }
      continue;
    }
    const int value{kValues[static_cast<unsigned char>(c)]};  // NOLINT(bugprone-signed-char-misuse): -1 is "none"
    if (value < 0 || padding_ > 0) {
      return false;
    }
    group_ = group_ << 6U | static_cast<std::uint32_t>(value);
    if (++count_ == 4) {
      output.push_back(static_cast<std::uint8_t>(group_ >> 16U));
      output.push_back(static_cast<std::uint8_t>(group_ >> 8U));
      output.push_back(static_cast<std::uint8_t>(group_));
      group_ = 0;
      count_ = 0;
    }
  }
  return true;
}

bool Base64Stream::finish(Bytes& output) {
  if (count_ == 1 || (padding_ > 0 && count_ + padding_ != 4)) {
    return false;
  }
  if (count_ >= 2) {
    group_ <<= 6U * static_cast<unsigned>(4 - count_);
    output.push_back(static_cast<std::uint8_t>(group_ >> 16U));
    if (count_ == 3) {
      output.push_back(static_cast<std::uint8_t>(group_ >> 8U));
    }
  }
  return true;
}

}  // namespace pictor::http
