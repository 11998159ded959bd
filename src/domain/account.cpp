#include "domain/account.hpp"

#include <utility>

#include "base/encoding.hpp"
#include "base/hash.hpp"

namespace pictor::domain {
namespace {

constexpr std::array kScopes = {
    std::pair{Scope::kImages, "images"}, std::pair{Scope::kAnalyze, "analyze"},   std::pair{Scope::kExport, "export"},
    std::pair{Scope::kKeys, "keys"},     std::pair{Scope::kWebhooks, "webhooks"}, std::pair{Scope::kAdmin, "admin"},
};
constexpr std::size_t kRandomPart = 34;
constexpr std::size_t kChecksumPart = 6;

/// CRC-32 in base62, 6 digits: 62^6 > 2^32.
std::string checksum_of(std::string_view random_part) {
  static constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::uint32_t crc = crc32(as_bytes(random_part));
  std::string text(kChecksumPart, '0');
  for (std::size_t i = kChecksumPart; i > 0; --i) {
    text[i - 1] = kAlphabet[crc % 62U];
    crc /= 62U;
  }
  return text;
}

}  // namespace

const std::vector<Plan>& shipped_plans() {
  static const std::vector<Plan> plans = {
      {"Free", 0, 25, 1, 30}, {"Starter", 500, 0, 3, 60}, {"Pro", 3'000, 0, 10, 300}, {"Agency", 15'000, 0, 20, 1'000}};
  return plans;
}

std::vector<std::string> scope_names(ScopeSet set) {
  std::vector<std::string> names;
  for (const auto& [scope, name] : kScopes) {
    if (has_scope(set, scope)) {
      names.emplace_back(name);
    }
  }
  return names;
}

Result<ScopeSet> parse_scopes(const std::vector<std::string>& names) {
  ScopeSet set = 0;
  for (const std::string& wanted : names) {
    ScopeSet found = 0;
    for (const auto& [scope, name] : kScopes) {
      found |= wanted == name ? static_cast<unsigned>(scope) : 0U;
    }
    if (found == 0) {
      return fail_field("/scopes", "\"" + wanted + "\" is not one of: images, analyze, export, keys, webhooks, admin.");
    }
    set |= found;
  }
  return set;
}

std::string new_api_key() {
  const std::string random_part = random_base62(kRandomPart);
  return "sk-" + random_part + checksum_of(random_part);
}

bool is_well_formed_api_key(std::string_view text) {
  if (text.size() != 3 + kRandomPart + kChecksumPart || !text.starts_with("sk-")) {
    return false;
  }
  return equal_in_constant_time(checksum_of(text.substr(3, kRandomPart)), text.substr(3 + kRandomPart));
}

std::string hash_api_key(std::string_view key, std::string_view pepper) {
  return hex_encode(hmac_sha256(as_bytes(pepper), as_bytes(key)));
}

}  // namespace pictor::domain
