#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pictor {

/// Encrypts what a row must hold but a stolen database must not tell: signing secrets, answers that held a key.
/// AES-256-GCM (NIST SP 800-38D, by OpenSSL) with a random nonce of 96 bits, under a key that HMAC-SHA256 derives from
/// the server's pepper and a purpose. Safe for 2^32 boxes a purpose. Thread-safe.
class SecretBox {
 public:
  /// @param pepper  the server's secret, of any length
  /// @param purpose  boxes of one purpose do not open under another's: `webhook secrets`
  SecretBox(std::string_view pepper, std::string_view purpose);

  /// Base64 of nonce, ciphertext and tag. Never the same twice.
  /// @param bound_to  where it stands (an id): a box copied to another row does not open there
  [[nodiscard]] std::string seal(std::string_view plain, std::string_view bound_to = {}) const;
  /// nullopt for what this key did not seal for `bound_to`, or what was changed since.
  [[nodiscard]] std::optional<std::string> open(std::string_view sealed, std::string_view bound_to = {}) const;

 private:
  std::array<std::uint8_t, 32> key_;
};

}  // namespace pictor
