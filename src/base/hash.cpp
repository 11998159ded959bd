#include "base/hash.hpp"

#include <cstdlib>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>
#include <unistd.h>
#include <vector>

#include "base/encoding.hpp"

namespace pictor {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) { EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::uint8_t> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest{};
  EVP_DigestFinal_ex(state_->context, digest.data(), nullptr);
  return digest;
}

Sha256Digest sha256(std::span<const std::uint8_t> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string sha256_hex_of_file(int descriptor) {
  Sha256 hash;
  std::vector<std::uint8_t> buffer(256 * 1024);
  off_t offset = 0;
  while (true) {
    const ssize_t got = pread(descriptor, buffer.data(), buffer.size(), offset);
    if (got < 0) {
      return {};
    }
    if (got == 0) {
      return hex_encode(hash.finish());
    }
    hash.update({buffer.data(), static_cast<std::size_t>(got)});
    offset += got;
  }
}

Sha256Digest hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> message) {
  Sha256Digest digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), digest.data(), &length);
  return digest;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::uint32_t crc32(std::span<const std::uint8_t> bytes, std::uint32_t seed) {
  static constexpr std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      std::uint32_t c = n;
      for (int k = 0; k < 8; ++k) {
        c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1U) : c >> 1U;
      }
      table[n] = c;
    }
    return table;
  }();
  std::uint32_t crc = ~seed;
  for (const std::uint8_t byte : bytes) {
    crc = kTable[(crc ^ byte) & 255U] ^ (crc >> 8U);
  }
  return ~crc;
}

void fill_random(std::span<std::uint8_t> bytes) {
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (got <= 0) {
      std::abort();
    }
    filled += static_cast<std::size_t>(got);
  }
}

std::string random_base62(std::size_t length) {
  static constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string text;
  while (text.size() < length) {
    std::array<std::uint8_t, 64> random{};
    fill_random(random);
    for (const std::uint8_t byte : random) {
      // 248 = 4 · 62: bytes above would favour the first letters.
      if (byte < 248 && text.size() < length) {
        text += kAlphabet[byte % 62U];
      }
    }
  }
  return text;
}

}  // namespace pictor
