#include "service/authenticator.hpp"

#include <utility>
#include <vector>

#include "base/hash.hpp"

namespace pictor::service {
namespace {

using domain::Account;
using domain::ApiKey;

/// More keys than this in use at once start the collection anew; an entry has about 500 bytes.
constexpr std::size_t kMostKept = 20'000;

tl::unexpected<Error> fail_unknown() {
  return fail(
      {ErrorCode::kInvalidApiKey, "This is not a key of this server. Check it for typing errors, or make a new one."});
}

}  // namespace

Authenticator::Authenticator(domain::AccountStore& accounts, const Clock& clock, std::string pepper)
    : accounts_(accounts), clock_(clock), pepper_(std::move(pepper)) {}

Result<domain::Principal> Authenticator::authenticate(std::string_view key) const {
  if (!domain::is_well_formed_api_key(key)) {
    return fail_unknown();
  }
  const std::string hash = domain::hash_api_key(key, pepper_);
  // Before the key is read: what is read may be newer than its version, never older.
  const Result<std::int64_t> version = accounts_.version();
  if (!version) {
    return fail(version.error());
  }
  std::shared_ptr<const Checked> checked = find_kept(hash, *version);
  if (checked == nullptr) {
    Result<std::shared_ptr<const Checked>> found = read(hash, *version);
    if (!found) {
      return fail(found.error());
    }
    checked = *std::move(found);
  }
  // The look-up went by the hash, whose bytes nobody without the pepper can choose; the comparison tells nothing
  // either.
  if (checked == nullptr || !equal_in_constant_time(checked->key.hash, hash)) {
    return fail_unknown();
  }
  if (!checked->key.active) {
    return fail({ErrorCode::kKeyInactive, "This key is switched off. Switch it on again, or use another one."});
  }
  const Timestamp now = clock_.now();
  if (checked->key.expires_at && *checked->key.expires_at <= now) {
    return fail({ErrorCode::kKeyExpired, "This key has expired. Make a new one."});
  }
  if (checked->suspended) {
    return fail({ErrorCode::kAccountSuspended, "This account is suspended. Ask the operator of this server."});
  }
  note_use(*checked, now);
  return checked->principal;
}

std::shared_ptr<const Authenticator::Checked> Authenticator::find_kept(const std::string& hash,
                                                                       std::int64_t version) const {
  const std::shared_lock lock(mutex_);
  const auto at = kept_.find(hash);
  return at != kept_.end() && at->second->version == version ? at->second : nullptr;
}

Result<std::shared_ptr<const Authenticator::Checked>> Authenticator::read(const std::string& hash,
                                                                          std::int64_t version) const {
  Result<std::optional<ApiKey>> key = accounts_.find_key_by_hash(hash);
  if (!key) {
    return fail(key.error());
  }
  // Unknown keys are not kept: a guesser must not push out those that are used.
  if (!*key) {
    return nullptr;
  }
  const Result<std::optional<Account>> account = accounts_.find((*key)->account);
  if (!account) {
    return fail(account.error());
  }
  if (!*account) {
    return nullptr;
  }
  const auto checked = std::make_shared<Checked>();
  checked->key = **std::move(key);
  checked->principal = {checked->key.account, checked->key.id, checked->key.scopes, (*account)->plan,
                        checked->key.monthly_credit_limit};
  checked->suspended = (*account)->suspended;
  checked->version = version;
  const std::unique_lock lock(mutex_);
  if (kept_.size() >= kMostKept) {
    kept_.clear();
  }
  kept_.insert_or_assign(hash, checked);
  return checked;
}

void Authenticator::note_use(const Checked& checked, Timestamp now) const {
  const std::int64_t second = to_unix_ms(now) / 1'000;
  if (checked.noted_second.exchange(second, std::memory_order_relaxed) == second) {
    return;
  }
  const std::scoped_lock lock(uses_mutex_);
  uses_.insert_or_assign(checked.key.id, now);
}

Result<int> Authenticator::flush_uses() {
  std::vector<std::pair<domain::KeyId, Timestamp>> uses;
  {
    const std::scoped_lock lock(uses_mutex_);
    uses.assign(uses_.begin(), uses_.end());
    uses_.clear();
  }
  if (uses.empty()) {
    return 0;
  }
  if (const Result<void> written = accounts_.mark_used(uses); !written) {
    return fail(written.error());
  }
  return static_cast<int>(uses.size());
}

}  // namespace pictor::service
