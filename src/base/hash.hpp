#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace pictor {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// SHA-256 of a stream (FIPS 180-4, by OpenSSL). One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::uint8_t> bytes);
  /// Ends the stream; call once.
  [[nodiscard]] Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Sha256Digest sha256(std::span<const std::uint8_t> bytes);
/// Of a whole file from its start, by descriptor (pread; the offset stays). Empty string on a read error.
[[nodiscard]] std::string sha256_hex_of_file(int descriptor);
[[nodiscard]] Sha256Digest hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> message);
/// Takes as long for unequal text as for equal text of the same length.
[[nodiscard]] bool equal_in_constant_time(std::string_view left, std::string_view right);
/// CRC-32 (ISO 3309, as in PNG and ZIP).
[[nodiscard]] std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t seed = 0);

/// Bytes from the kernel's generator. Never fails: without randomness the process ends.
void fill_random(std::span<std::uint8_t> bytes);
/// `length` characters of 0-9A-Za-z, each equally likely.
[[nodiscard]] std::string random_base62(std::size_t length);

}  // namespace pictor
