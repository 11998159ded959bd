#include "base/ids.hpp"

#include <array>
#include <mutex>

#include "base/encoding.hpp"
#include "base/hash.hpp"

namespace pictor {
namespace {

/// RFC 9562 section 6.2, method 1: a 12-bit counter in rand_a keeps ids of one millisecond in order.
struct LastId {
  std::mutex mutex;
  std::int64_t unix_ms = 0;
  unsigned counter = 0;
};

LastId& last_id() {
  static LastId last;
  return last;
}

}  // namespace

std::string new_time_ordered_id(Timestamp now) {
  std::array<std::uint8_t, 16> bytes{};
  fill_random(bytes);
  std::int64_t unix_ms = to_unix_ms(now);
  unsigned counter = 0;
  {
    LastId& last = last_id();
    const std::scoped_lock lock(last.mutex);
    if (unix_ms <= last.unix_ms) {
      unix_ms = last.unix_ms;
      if (++last.counter > 0xFFF) {
        ++unix_ms;
        last.counter = 0;
      }
    } else {
      last.counter = bytes[6] & 0x7FU;
    }
    last.unix_ms = unix_ms;
    counter = last.counter;
  }
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(unix_ms) >> (40 - 8 * i));
  }
  bytes[6] = static_cast<std::uint8_t>(0x70U | counter >> 8U);
  bytes[7] = static_cast<std::uint8_t>(counter);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  return crockford_encode(bytes);
}

bool is_time_ordered_id(std::string_view text) {
  static constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  return text.size() == 26 && text[0] <= '7' && text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

}  // namespace pictor
