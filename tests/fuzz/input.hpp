#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

namespace pictor::fuzz {

/// A fuzzer's input, taken apart from the front.
class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes, size) {}
  /// 0 once nothing is left.
  std::uint8_t byte() {
    const std::span<const std::uint8_t> one = take(1);
    return one.empty() ? 0 : one[0];
  }
  /// At most `size` bytes.
  std::span<const std::uint8_t> take(std::size_t size) {
    const std::span<const std::uint8_t> taken = bytes_.first(std::min(size, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  [[nodiscard]] std::span<const std::uint8_t> rest() const { return bytes_; }
  [[nodiscard]] std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::span<const std::uint8_t> bytes_;
};

/// What must be true whatever came in.
inline void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace pictor::fuzz
