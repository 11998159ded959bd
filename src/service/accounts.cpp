#include "service/accounts.hpp"

#include <utility>

#include "base/log.hpp"
#include "domain/checked_object.hpp"

namespace pictor::service {
namespace {

constexpr int kDoomedAtOnce = 500;

}  // namespace

Result<NewAccount> parse_new_account(const Json& body, const std::vector<domain::Plan>* plans) {
  domain::CheckedObject object(body, "");
  NewAccount wanted;
  const auto read = [&](const char* field, std::string& value, Result<void> (*check)(const std::string&)) {
    if (const auto text = object.text(field, 254)) {
      value = *text;
      if (const Result<void> good = check(value); !good) {
        object.add_faults(good.error());
      }
    } else if (body.is_object() && !object.has(field)) {
      object.add_fault(field, "This is needed.");
    }
  };
  read("name", wanted.name, &check_name);
  read("email", wanted.email, &check_email);
  if (plans != nullptr) {
    std::vector<std::string> names;
    for (const domain::Plan& plan : *plans) {
      names.push_back(plan.name);
    }
    wanted.plan = object.one_of("plan", names).value_or(names.front());
  }
  if (const Result<void> good = object.finish(); !good) {
    return fail(good.error());
  }
  return wanted;
}

Json to_api_json(const AccountView& view) {
  return {{"id", view.account.id.str()},
          {"name", view.account.name},
          {"email", view.account.email},
          {"planName", view.account.plan},
          {"createdAt", format_timestamp(view.account.created_at)},
          {"balance", view.balance.available},
          {"held", view.balance.held},
          {"monthlyAllowance", view.plan.monthly_credits},
          {"resetsAt", view.account.resets_at ? Json(format_timestamp(*view.account.resets_at)) : Json(nullptr)},
          {"limits",
           {{"keys", view.plan.keys},
            {"requestsPerMinute", view.plan.requests_per_minute},
            {"concurrentRequests", view.plan.concurrent_requests}}}};
}

Json to_admin_json(const AccountView& view) {
  Json json = to_api_json(view);
  json["status"] = view.account.suspended ? "suspended" : "active";
  return json;
}

Accounts::Accounts(domain::AccountStore& accounts, domain::Ledger& ledger, domain::SessionStore& sessions,
                   domain::BlobStore& blobs, AccountRegistry& registry, const Clock& clock,
                   const std::vector<domain::Plan>& plans, SignupRules rules,
                   std::function<void(const domain::Account&)> on_signup)
    : accounts_(accounts),
      ledger_(ledger),
      sessions_(sessions),
      blobs_(blobs),
      registry_(registry),
      clock_(clock),
      plans_(plans),
      rules_(rules),
      limit_(rules.per_minute),
      on_signup_(std::move(on_signup)) {}

Result<void> Accounts::check_open() const {
  if (rules_.is_open) {
    return {};
  }
  return fail({ErrorCode::kSignupClosed, "This server takes no new accounts. Ask its operator for one."});
}

Result<AccountRegistry::Created> Accounts::sign_up(const Json& body, const std::string& address) {
  if (const Result<void> open = check_open(); !open) {
    return fail(open.error());
  }
  const Result<NewAccount> wanted = parse_new_account(body, nullptr);
  if (!wanted) {
    return fail(wanted.error());
  }
  // Only what would make an account counts: a typing error costs no turn.
  if (const Result<void> allowed = limit_.take(address, clock_.now()); !allowed) {
    return fail(allowed.error());
  }
  Result<AccountRegistry::Created> created = registry_.create_account(wanted->name, wanted->email, plans_.front().name);
  if (created && on_signup_) {
    on_signup_(created->account);
  }
  return created;
}

Result<AccountView> Accounts::view(const domain::AccountId& account) {
  const Result<std::optional<domain::Account>> found = accounts_.find(account);
  if (!found) {
    return fail(found.error());
  }
  if (!*found) {
    return fail_not_found();
  }
  return view_of(**found);
}

Result<AccountView> Accounts::view_of(const domain::Account& account) {
  const Result<domain::Balance> balance = ledger_.balance(account.id);
  if (!balance) {
    return fail(balance.error());
  }
  return AccountView{account, domain::plan_or_first(plans_, account.plan), *balance};
}

Result<domain::Page<AccountView>> Accounts::list(const domain::AccountFilter& filter, const domain::PageRequest& page) {
  const Result<domain::Page<domain::Account>> found = accounts_.page(filter, page);
  if (!found) {
    return fail(found.error());
  }
  domain::Page<AccountView> views{{}, found->next_cursor};
  for (const domain::Account& account : found->items) {
    Result<AccountView> view = view_of(account);
    if (view) {
      views.items.push_back(*std::move(view));
    } else if (view.error().code != ErrorCode::kNotFound) {  // deleted meanwhile
      return fail(view.error());
    }
  }
  return views;
}

Result<void> Accounts::remove(const domain::AccountId& account) {
  if (const Result<void> gone = accounts_.remove(account, clock_.now()); !gone) {
    return gone;
  }
  log_info("an account was removed", {{"account", account.str()}});
  if (const Result<int> files = remove_doomed_files(); !files) {
    // Nobody can reach them any more; the housekeeper tries again.
    log_warn("files of a removed account stay for now", {{"cause", files.error().private_message}});
  }
  return {};
}

Result<int> Accounts::remove_doomed_files() {
  int count = 0;
  while (true) {
    const Result<std::vector<domain::BlobId>> doomed = accounts_.doomed_blobs(kDoomedAtOnce);
    if (!doomed) {
      return fail(doomed.error());
    }
    if (doomed->empty()) {
      return count;
    }
    for (const domain::BlobId& blob : *doomed) {
      const Result<void> removed =
          blobs_.remove_unnamed(blob, [&](const domain::BlobId& id) { return sessions_.is_blob_named(id); });
      if (!removed) {
        return fail(removed.error());
      }
    }
    if (const Result<void> forgotten = accounts_.forget_doomed(*doomed); !forgotten) {
      return fail(forgotten.error());
    }
    count += static_cast<int>(doomed->size());
  }
}

}  // namespace pictor::service
