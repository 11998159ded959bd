#include <iostream>

#include "cli/commands.hpp"

namespace pictor::cli {
namespace {

struct KeyFields {
  std::string name;
  std::string account;
  std::vector<std::string> scopes;
};

int create_key(Context& context, const KeyFields& fields) {
  domain::ScopeSet scopes = domain::kAllScopes;
  if (!fields.scopes.empty()) {
    const Result<domain::ScopeSet> parsed = domain::parse_scopes(fields.scopes);
    if (!parsed) {
      return complain(parsed.error(), kUsage);
    }
    scopes = *parsed;
  }
  Result<AccountAccess> access = context.program.accounts(context.overrides);
  if (!access) {
    return complain(access.error(), kUsage);
  }
  const auto created = access->registry->create_key(fields.account, {.name = fields.name, .scopes = scopes});
  if (!created) {
    return complain(created.error());
  }
  std::cerr << "Key " << created->key.id.str() << " of the account " << created->account.id.str()
            << ", shown this once:\n";
  std::cout << created->key_text << "\n";
  return kSuccess;
}

int list_keys(Context& context, const std::string& wanted) {
  Result<AccountAccess> access = context.program.accounts(context.overrides);
  if (!access) {
    return complain(access.error(), kUsage);
  }
  const auto accounts = access->accounts->list();
  if (!accounts) {
    return complain(accounts.error());
  }
  for (const domain::Account& account : *accounts) {
    if (!wanted.empty() && account.id.str() != wanted) {
      continue;
    }
    const auto keys = access->accounts->list_keys(account.id);
    if (!keys) {
      return complain(keys.error());
    }
    for (const domain::ApiKey& key : *keys) {
      std::cout << key.id.str() << "\t" << account.id.str() << "\tsk-…" << key.last_four << "\t"
                << (key.active ? "active" : "inactive") << "\t" << key.name << "\n";
    }
  }
  return kSuccess;
}

int revoke_key(Context& context, const std::string& wanted) {
  Result<AccountAccess> access = context.program.accounts(context.overrides);
  if (!access) {
    return complain(access.error(), kUsage);
  }
  const auto accounts = access->accounts->list();
  if (!accounts) {
    return complain(accounts.error());
  }
  const domain::KeyId id = domain::KeyId::trusted(wanted);
  for (const domain::Account& account : *accounts) {
    const Result<void> gone = access->accounts->remove_key(account.id, id);
    if (gone) {
      std::cerr << "Key " << wanted << " of the account " << account.id.str() << " is revoked.\n";
      return kSuccess;
    }
    if (gone.error().code != ErrorCode::kNotFound) {
      return complain(gone.error());
    }
  }
  return complain({ErrorCode::kNotFound, "There is no such key: `pictor key list` names them."});
}

}  // namespace

void add_key(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("key", "Make, list and revoke API keys");
  group->require_subcommand(1);
  group->fallthrough();

  auto fields = std::make_shared<KeyFields>();
  CLI::App* create = group->add_subcommand("create", "Make a key; prints it alone on standard output");
  create->fallthrough();
  create->add_option("--name", fields->name, "What the key is for")->required();
  create->add_option("--account", fields->account, "Account id (default: the oldest account)");
  create
      ->add_option("--scopes", fields->scopes,
                   "images, analyze, export, keys, webhooks, admin (default: all but admin)")
      ->delimiter(',');
  create->callback(
      [&context, fields] { context.chosen = [&context, fields] { return create_key(context, *fields); }; });

  CLI::App* list = group->add_subcommand("list", "One key a line: id, account, end of the key, state, name");
  list->fallthrough();
  auto account = std::make_shared<std::string>();
  list->add_option("--account", *account, "Only this account's");
  list->callback(
      [&context, account] { context.chosen = [&context, account] { return list_keys(context, *account); }; });

  CLI::App* revoke = group->add_subcommand("revoke", "End a key for good, from the next request on");
  revoke->fallthrough();
  auto key = std::make_shared<std::string>();
  revoke->add_option("KEY", *key, "Key id, as `pictor key list` shows it")->required();
  revoke->callback([&context, key] { context.chosen = [&context, key] { return revoke_key(context, *key); }; });
}

}  // namespace pictor::cli
