#include "service/account_registry.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encoding.hpp"
#include "base/log.hpp"

namespace pictor::service {
namespace {

using domain::Account;
using domain::ApiKey;

bool has_byte_up_to(const std::string& text, unsigned char last) {
  return std::any_of(text.begin(), text.end(),
                     [last](char c) { return static_cast<unsigned char>(c) <= last || c == 0x7F; });
}

tl::unexpected<Error> fail_no_such_plan(const std::vector<domain::Plan>& plans) {
  return fail_field("/plan", "There is no such plan. Those that are: " + domain::plan_names(plans) + ".");
}

}  // namespace

Result<void> check_name(const std::string& name) {
  if (name.empty() || !is_utf8(name) || utf8_length(name) > 200 || has_byte_up_to(name, 0x1F)) {
    return fail_field("/name", "A name has 1 to 200 characters, and no control characters.");
  }
  return {};
}

Result<void> check_email(const std::string& email) {
  const std::size_t at = email.find('@');
  const bool one_at = at != 0 && at != std::string::npos && email.find('@', at + 1) == std::string::npos;
  const std::size_t dot = one_at ? email.find('.', at) : std::string::npos;
  const bool has_domain = dot != std::string::npos && dot > at + 1 && dot + 1 < email.size() && !email.ends_with('.');
  if (!has_domain || at > 64 || email.size() > 254 || !is_utf8(email) || has_byte_up_to(email, ' ')) {
    return fail_field("/email", "This is not an e-mail address.");
  }
  return {};
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

AccountRegistry::AccountRegistry(domain::AccountStore& accounts, const Clock& clock, std::string pepper,
                                 const std::vector<domain::Plan>& plans, domain::Ledger* ledger)
    : accounts_(accounts), clock_(clock), pepper_(std::move(pepper)), plans_(plans), ledger_(ledger) {}

Result<AccountRegistry::Created> AccountRegistry::create_account(const std::string& name, const std::string& email,
                                                                 const std::string& plan) {
  return make_account({{}, name, email, plan, false, {}});
}

Result<AccountRegistry::Created> AccountRegistry::create_operator_account(const std::string& name,
                                                                          const std::string& email,
                                                                          const std::string& plan) {
  Account account{{}, name, email, plan, false, {}};
  account.is_operator = true;
  return make_account(std::move(account));
}

Result<AccountRegistry::Created> AccountRegistry::make_account(Account account) {
  if (const Result<void> good = check_name(account.name); !good) {
    return fail(good.error());
  }
  if (const Result<void> good = check_email(account.email); !good) {
    return fail(good.error());
  }
  const domain::Plan* terms = domain::find_plan(plans_, account.plan);
  if (terms == nullptr) {
    return fail_no_such_plan(plans_);
  }
  const Timestamp now = clock_.now();
  Created created;
  created.account = std::move(account);
  created.account.id = domain::AccountId::make(now);
  created.account.created_at = now;
  created.key_text = domain::new_api_key();
  created.key = make_key(created.account.id, "first key", domain::kAllScopes, created.key_text, pepper_, now);
  if (const Result<void> stored = accounts_.create(created.account, created.key); !stored) {
    return fail(stored.error());
  }
  if (ledger_ != nullptr) {
    if (const Result<void> opened = ledger_->open_account(created.account.id, *terms, now); !opened) {
      // The account stands, its first credits do not: nobody is told a key that can't pay.
      if (const Result<void> gone = accounts_.remove(created.account.id, now); !gone) {
        log_warn("an account without its first credits stays", {{"account", created.account.id.str()}});
      }
      return fail(opened.error());
    }
  }
  return created;
}

Result<Account> AccountRegistry::find(const std::string& account) {
  const Result<domain::AccountId> id = domain::AccountId::parse(account);
  const Result<std::optional<Account>> found = id ? accounts_.find(*id) : std::optional<Account>();
  if (!found) {
    return fail(found.error());
  }
  return *found ? Result<Account>(**found) : Result<Account>(fail_not_found());
}

Result<AccountRegistry::Created> AccountRegistry::create_key(const std::string& account, const NewKey& wanted) {
  if (const Result<void> good = check_name(wanted.name); !good) {
    return fail(good.error());
  }
  const Result<Account> owner = account.empty() ? find_oldest() : find(account);
  if (!owner) {
    return fail(owner.error());
  }
  if (domain::has_scope(wanted.scopes, domain::Scope::kAdmin) && !owner->is_operator) {
    return fail_field("/scopes",
                      "Only the operator's own account, the first of this server, may have keys with admin.");
  }
  Created created;
  created.account = *owner;
  created.key_text = domain::new_api_key();
  created.key = make_key(owner->id, wanted.name, wanted.scopes, created.key_text, pepper_, clock_.now());
  created.key.monthly_credit_limit = wanted.monthly_credit_limit;
  created.key.expires_at = wanted.expires_at;
  if (const Result<void> stored = accounts_.create_key(created.key); !stored) {
    return fail(stored.error());
  }
  return created;
}

Result<Account> AccountRegistry::find_oldest() {
  const Result<std::vector<Account>> accounts = accounts_.list();
  if (!accounts) {
    return fail(accounts.error());
  }
  if (accounts->empty()) {
    return fail({ErrorCode::kNotFound, "There is no account yet: make one with `pictor account create`."});
  }
  return accounts->front();
}

Result<Account> AccountRegistry::change(const std::string& account, const domain::AccountChange& change) {
  if (change.plan && domain::find_plan(plans_, *change.plan) == nullptr) {
    return fail_no_such_plan(plans_);
  }
  const Result<Account> found = find(account);
  if (!found) {
    return found;
  }
  Result<Account> changed = accounts_.change(found->id, change);
  if (changed && change.plan && ledger_ != nullptr) {
    if (const Result<int> granted = ledger_->grant_allowances(plans_, clock_.now()); !granted) {
      return fail(granted.error());
    }
  }
  return changed;
}

Result<domain::CreditEntry> AccountRegistry::grant(const std::string& account, std::int64_t amount,
                                                   const std::string& reason) {
  if (reason.empty() || !is_utf8(reason) || utf8_length(reason) > 200 || has_byte_up_to(reason, 0x1F)) {
    return fail_field("/reason", "A reason has 1 to 200 characters, and no control characters.");
  }
  const Result<Account> found = find(account);
  if (!found) {
    return fail(found.error());
  }
  if (ledger_ == nullptr) {
    return fail_internal("a grant without a ledger");
  }
  const domain::EntryType type = amount < 0 ? domain::EntryType::kAdjust : domain::EntryType::kGrant;
  return ledger_->add(found->id, type, amount, "", reason, "", clock_.now());
}

}  // namespace pictor::service
