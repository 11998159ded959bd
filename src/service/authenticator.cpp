#include "service/authenticator.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "domain/checked_object.hpp"

namespace pictor::service {
namespace {

using domain::Account;
using domain::ApiKey;

/// Something before and after one @, and a dot in the domain: the rest is found out by writing to it.
bool looks_like_email(const std::string& text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string::npos || text.find('@', at + 1) != std::string::npos || text.size() > 254) {
    return false;
  }
  const std::size_t dot = text.find('.', at);
  const bool has_space =
      std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; });
  return !has_space && dot != std::string::npos && dot > at + 1 && dot + 1 < text.size();
}

bool is_name(const std::string& text) {
  const bool has_control =
      std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return !text.empty() && is_utf8(text) && utf8_length(text) <= 200 && !has_control;
}

ApiKey make_key(const domain::AccountId& account, const std::string& name, domain::ScopeSet scopes,
                const std::string& text, const std::string& pepper, Timestamp now) {
  ApiKey key;
  key.id = domain::KeyId::make(now);
  key.account = account;
  key.name = name;
  key.hash = domain::hash_api_key(text, pepper);
  key.last_four = text.substr(text.size() - 4);
  key.scopes = scopes;
  key.created_at = now;
  return key;
}

}  // namespace

Authenticator::Authenticator(domain::AccountStore& accounts, const Clock& clock, std::string pepper)
    : accounts_(accounts), clock_(clock), pepper_(std::move(pepper)) {}

Result<domain::Principal> Authenticator::authenticate(std::string_view key) const {
  const auto unknown = [] {
    return fail({ErrorCode::kInvalidApiKey,
                 "This is not a key of this server. Check it for typing errors, or make a new one."});
  };
  if (!domain::is_well_formed_api_key(key)) {
    return unknown();
  }
  const Result<std::optional<ApiKey>> found = accounts_.find_key_by_hash(domain::hash_api_key(key, pepper_));
  if (!found) {
    return fail(found.error());
  }
  if (!*found) {
    return unknown();
  }
  const ApiKey& row = **found;
  if (!row.active) {
    return fail({ErrorCode::kKeyInactive, "This key is switched off. Switch it on again, or use another one."});
  }
  if (row.expires_at && *row.expires_at <= clock_.now()) {
    return fail({ErrorCode::kKeyExpired, "This key has expired. Make a new one."});
  }
  const Result<std::optional<Account>> account = accounts_.find(row.account);
  if (!account) {
    return fail(account.error());
  }
  if (!*account) {
    return unknown();
  }
  if ((*account)->suspended) {
    return fail({ErrorCode::kAccountSuspended, "This account is suspended. Ask the operator of this server."});
  }
  return domain::Principal{row.account, row.id, row.scopes, (*account)->plan};
}

AccountRegistry::AccountRegistry(domain::AccountStore& accounts, domain::Ledger& ledger, const Clock& clock,
                                 std::string pepper)
    : accounts_(accounts), ledger_(ledger), clock_(clock), pepper_(std::move(pepper)) {}

Result<AccountRegistry::Created> AccountRegistry::create_account(const std::string& name, const std::string& email,
                                                                 const std::string& plan) {
  if (!is_name(name)) {
    return fail_field("/name", "A name has 1 to 200 characters.");
  }
  if (!looks_like_email(email)) {
    return fail_field("/email", "This is not an e-mail address.");
  }
  const auto& plans = domain::shipped_plans();
  const auto terms =
      std::find_if(plans.begin(), plans.end(), [&](const domain::Plan& row) { return row.name == plan; });
  if (terms == plans.end()) {
    return fail_field("/plan", "There is no such plan. Those that are: Free, Starter, Pro, Agency.");
  }
  const Timestamp now = clock_.now();
  Created created;
  created.account = {domain::AccountId::make(now), name, email, plan, false, now};
  created.key_text = domain::new_api_key();
  created.key = make_key(created.account.id, "first key", domain::kAllScopes, created.key_text, pepper_, now);
  if (const Result<void> stored = accounts_.create(created.account, created.key); !stored) {
    return fail(stored.error());
  }
  if (const Result<void> granted = ledger_.open_account(created.account.id, *terms, now); !granted) {
    return fail(granted.error());
  }
  return created;
}

Result<AccountRegistry::Created> AccountRegistry::create_key(const std::string& name, const std::string& account,
                                                             domain::ScopeSet scopes) {
  if (!is_name(name)) {
    return fail_field("/name", "A name has 1 to 200 characters.");
  }
  const Result<std::vector<Account>> accounts = accounts_.list();
  if (!accounts) {
    return fail(accounts.error());
  }
  const auto owner = std::find_if(accounts->begin(), accounts->end(),
                                  [&](const Account& row) { return account.empty() || row.id.str() == account; });
  if (owner == accounts->end()) {
    return fail({ErrorCode::kNotFound, account.empty()
                                           ? "There is no account yet: make one with `pictor account create`."
                                           : "There is no such account."});
  }
  Created created;
  created.account = *owner;
  created.key_text = domain::new_api_key();
  created.key = make_key(owner->id, name, scopes, created.key_text, pepper_, clock_.now());
  if (const Result<void> stored = accounts_.create_key(created.key); !stored) {
    return fail(stored.error());
  }
  return created;
}

}  // namespace pictor::service
