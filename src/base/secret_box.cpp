#include "base/secret_box.hpp"

#include <cstdlib>
#include <memory>
#include <openssl/evp.h>

#include "base/encoding.hpp"
#include "base/hash.hpp"

namespace pictor {
namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
/// OpenSSL counts bytes in int; no row of ours comes near.
constexpr std::size_t kMostBytes = 1U << 30U;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

/// What OpenSSL reports here is out of memory or a broken build: no caller can go on.
void demand(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace

SecretBox::SecretBox(std::string_view pepper, std::string_view purpose)
    : key_(hmac_sha256(as_bytes(pepper), as_bytes("pictor secret box: " + std::string(purpose)))) {}

std::string SecretBox::seal(std::string_view plain, std::string_view bound_to) const {
  demand(plain.size() <= kMostBytes);
  Bytes box(kNonce + plain.size() + kTag);
  fill_random({box.data(), kNonce});
  const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  const Bytes bound(bound_to.begin(), bound_to.end());
  const Bytes message(plain.begin(), plain.end());
  int count = 0;
  demand(context != nullptr &&
         EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), box.data()) == 1 &&
         EVP_EncryptUpdate(context.get(), nullptr, &count, bound.data(), static_cast<int>(bound.size())) == 1 &&
         EVP_EncryptUpdate(context.get(), box.data() + kNonce, &count, message.data(),
                           static_cast<int>(message.size())) == 1 &&
         EVP_EncryptFinal_ex(context.get(), box.data() + kNonce + count, &count) == 1 &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTag),
                             box.data() + kNonce + message.size()) == 1);
  return base64_encode(box);
}

std::optional<std::string> SecretBox::open(std::string_view sealed, std::string_view bound_to) const {
  std::optional<Bytes> box = base64_decode(sealed);
  if (!box || box->size() < kNonce + kTag || box->size() > kMostBytes) {
    return std::nullopt;
  }
  const std::size_t size = box->size() - kNonce - kTag;
  const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  demand(context != nullptr);
  const Bytes bound(bound_to.begin(), bound_to.end());
  Bytes plain(size + 1);  // data() of an empty one may be null
  int count = 0;
  const bool opened =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), box->data()) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &count, bound.data(), static_cast<int>(bound.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), plain.data(), &count, box->data() + kNonce, static_cast<int>(size)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTag), box->data() + kNonce + size) ==
          1 &&
      EVP_DecryptFinal_ex(context.get(), plain.data() + size, &count) == 1;
  return opened ? std::optional(std::string(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(size)))
                : std::nullopt;
}

}  // namespace pictor
