#include <iostream>

#include "cli/commands.hpp"

namespace pictor::cli {
namespace {

int create_account(Context& context, const std::string& name, const std::string& email, const std::string& plan) {
  Result<AccountAccess> access = context.program.accounts(context.overrides);
  if (!access) {
    return complain(access.error(), kUsage);
  }
  const auto created = access->registry->create_account(name, email, plan);
  if (!created) {
    return complain(created.error());
  }
  std::cerr << "Account " << created->account.id.str() << " on the plan " << created->account.plan
            << ". Its first key, shown this once:\n";
  std::cout << created->key_text << "\n";
  return kSuccess;
}

int list_accounts(Context& context) {
  Result<AccountAccess> access = context.program.accounts(context.overrides);
  if (!access) {
    return complain(access.error(), kUsage);
  }
  const auto accounts = access->accounts->list();
  if (!accounts) {
    return complain(accounts.error());
  }
  for (const domain::Account& account : *accounts) {
    std::cout << account.id.str() << "\t" << account.plan << "\t" << format_timestamp(account.created_at) << "\t"
              << account.name << "\t" << account.email << "\n";
  }
  return kSuccess;
}

}  // namespace

void add_account(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("account", "Make and list accounts");
  group->require_subcommand(1);
  group->fallthrough();

  struct Fields {
    std::string name;
    std::string email;
    std::string plan = "Free";
  };
  auto fields = std::make_shared<Fields>();
  CLI::App* create = group->add_subcommand("create", "Make an account; prints its first key alone on standard output");
  create->fallthrough();
  create->add_option("--name", fields->name, "Name")->required();
  create->add_option("--email", fields->email, "E-mail address")->required();
  create->add_option("--plan", fields->plan, "Free, Starter, Pro or Agency")->capture_default_str();
  create->callback([&context, fields] {
    context.chosen = [&context, fields] { return create_account(context, fields->name, fields->email, fields->plan); };
  });

  CLI::App* list = group->add_subcommand("list", "One account a line: id, plan, time, name, address");
  list->fallthrough();
  list->callback([&context] { context.chosen = [&context] { return list_accounts(context); }; });
}

void add_plan(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("plan", "List plans");
  group->require_subcommand(1);
  group->fallthrough();
  CLI::App* list = group->add_subcommand("list", "One plan a line: name, credits a month, keys, requests a minute");
  list->fallthrough();
  list->callback([&context] {
    context.chosen = [] {
      for (const domain::Plan& plan : domain::shipped_plans()) {
        std::cout << plan.name << "\t" << plan.monthly_credits << "\t" << plan.keys << "\t" << plan.requests_per_minute
                  << "\n";
      }
      return static_cast<int>(kSuccess);
    };
  });
}

}  // namespace pictor::cli
