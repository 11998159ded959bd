#include <functional>
#include <iostream>

#include "cli/commands.hpp"
#include "domain/plans.hpp"

namespace pictor::cli {
namespace {

/// What the subcommands read; each uses some of it.
struct Fields {
  std::string account;
  std::string name;
  std::string email;
  std::string plan;
  std::string reason;
  std::int64_t amount = 0;
};

using Action = int (*)(AccountAccess& access, const Fields& fields);

int run_on(Context& context, Action action, const Fields& fields) {
  Result<AccountAccess> access = context.program.accounts(context.overrides);
  return access ? action(*access, fields) : complain(access.error(), kUsage);
}

Error with_hint(Error error) {
  if (error.code == ErrorCode::kNotFound) {
    error.public_message = "There is no such account: `pictor account list` names them.";
  }
  return error;
}

Result<domain::Account> find(AccountAccess& access, const std::string& id) {
  return access.registry->find(id).map_error(with_hint);
}

int create(AccountAccess& access, const Fields& fields) {
  const std::string plan = fields.plan.empty() ? access.plans.front().name : fields.plan;
  const auto accounts = access.accounts->list();
  if (!accounts) {
    return complain(accounts.error());
  }
  const auto created = accounts->empty() ? access.registry->create_operator_account(fields.name, fields.email, plan)
                                         : access.registry->create_account(fields.name, fields.email, plan);
  if (!created) {
    return complain(created.error());
  }
  std::cerr << "Account " << created->account.id.str() << " on the plan " << created->account.plan
            << ". Its first key, shown this once:\n";
  std::cout << created->key_text << "\n";
  return kSuccess;
}

int list(AccountAccess& access, const Fields& /*fields*/) {
  const auto accounts = access.accounts->list();
  if (!accounts) {
    return complain(accounts.error());
  }
  for (const domain::Account& account : *accounts) {
    std::cout << account.id.str() << "\t" << account.plan << "\t" << format_timestamp(account.created_at) << "\t"
              << account.name << "\t" << account.email << (account.suspended ? "\tsuspended" : "") << "\n";
  }
  return kSuccess;
}

int show(AccountAccess& access, const Fields& fields) {
  const Result<domain::Account> account = find(access, fields.account);
  if (!account) {
    return complain(account.error());
  }
  const Result<domain::Balance> balance = access.ledger->balance(account->id);
  const Result<int> keys = access.accounts->count_usable_keys(account->id, SystemClock().now());
  if (!balance || !keys) {
    return complain(!balance ? balance.error() : keys.error());
  }
  std::cout << "id\t" << account->id.str() << "\nname\t" << account->name << "\nemail\t" << account->email << "\nplan\t"
            << account->plan << (domain::find_plan(access.plans, account->plan) == nullptr ? " (not configured)" : "")
            << "\nstate\t" << (account->suspended ? "suspended" : "active") << "\nbalance\t" << balance->available
            << "\nheld\t" << balance->held << "\nkeys\t" << *keys << "\nresets\t"
            << (account->resets_at ? format_timestamp(*account->resets_at) : "-") << "\ncreated\t"
            << format_timestamp(account->created_at) << "\n";
  return kSuccess;
}

int change_plan(AccountAccess& access, const Fields& fields) {
  const auto changed = access.registry->change(fields.account, {.plan = fields.plan}).map_error(with_hint);
  if (!changed) {
    return complain(changed.error(), changed.error().code == ErrorCode::kInvalidField ? kUsage : kSomeFailed);
  }
  std::cerr << "Account " << changed->id.str() << " is on the plan " << changed->plan << " now.\n";
  return kSuccess;
}

int grant(AccountAccess& access, const Fields& fields) {
  const auto entry = access.registry->grant(fields.account, fields.amount, fields.reason).map_error(with_hint);
  if (!entry) {
    return complain(entry.error());
  }
  std::cerr << entry->id.str() << ": the balance is " << entry->balance_after << " now.\n";
  return kSuccess;
}

int set_suspended(AccountAccess& access, const Fields& fields, bool suspended) {
  const auto changed = access.registry->change(fields.account, {.suspended = suspended}).map_error(with_hint);
  if (!changed) {
    return complain(changed.error());
  }
  std::cerr << "Account " << changed->id.str() << " is " << (suspended ? "suspended" : "active") << " now.\n";
  return kSuccess;
}

int suspend(AccountAccess& access, const Fields& fields) { return set_suspended(access, fields, true); }
int resume(AccountAccess& access, const Fields& fields) { return set_suspended(access, fields, false); }

int remove(AccountAccess& access, const Fields& fields) {
  const Result<domain::Account> found = find(access, fields.account);
  if (!found) {
    return complain(found.error());
  }
  if (const Result<void> gone = access.accounts->remove(found->id, SystemClock().now()); !gone) {
    return complain(gone.error());
  }
  if (const Result<void> files = access.remove_doomed_files(); !files) {
    return complain(files.error());
  }
  std::cerr << "Account " << found->id.str() << " is gone.\n";
  return kSuccess;
}

/// A subcommand that takes the account's id first.
CLI::App* add_for_account(CLI::App& group, Context& context, const std::shared_ptr<Fields>& fields, const char* name,
                          const char* doc, Action action) {
  CLI::App* command = group.add_subcommand(name, doc);
  command->fallthrough();
  command->add_option("ACCOUNT", fields->account, "Account id")->required();
  command->callback([&context, fields, action] {
    context.chosen = [&context, fields, action] { return run_on(context, action, *fields); };
  });
  return command;
}

}  // namespace

void add_account(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("account", "Make, list and change accounts");
  group->require_subcommand(1);
  group->fallthrough();
  auto fields = std::make_shared<Fields>();

  CLI::App* made = group->add_subcommand("create", "Make an account; prints its first key alone on standard output");
  made->fallthrough();
  made->add_option("--name", fields->name, "Name")->required();
  made->add_option("--email", fields->email, "E-mail address")->required();
  made->add_option("--plan", fields->plan, "A plan's name (default: the first of `pictor plan list`)");
  made->callback(
      [&context, fields] { context.chosen = [&context, fields] { return run_on(context, create, *fields); }; });

  CLI::App* listed = group->add_subcommand("list", "One account a line: id, plan, time, name, address");
  listed->fallthrough();
  listed->callback([&context] { context.chosen = [&context] { return run_on(context, list, {}); }; });

  add_for_account(*group, context, fields, "show", "One account: state, plan, balance, keys", show);
  add_for_account(*group, context, fields, "plan", "Put an account on another plan", change_plan)
      ->add_option("PLAN", fields->plan, "The plan's name")
      ->required();
  CLI::App* granted = add_for_account(*group, context, fields, "grant",
                                      "Give credits (below 0: take them back); a line of the ledger", grant);
  granted->add_option("AMOUNT", fields->amount, "Credits")->required();
  granted->add_option("--reason", fields->reason, "Why, for the ledger")->required();
  add_for_account(*group, context, fields, "suspend", "Refuse the account's keys, from the next request on", suspend);
  add_for_account(*group, context, fields, "resume", "Take the account's keys again", resume);
  add_for_account(*group, context, fields, "delete", "Remove an account and all that is its own, for good", remove);
}

void add_plan(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("plan", "List plans");
  group->require_subcommand(1);
  group->fallthrough();
  CLI::App* listed = group->add_subcommand("list", "One plan a line: name, credits a month, keys, requests a minute");
  listed->fallthrough();
  listed->callback([&context] {
    context.chosen = [&context]() -> int {
      const Result<std::vector<domain::Plan>> plans = context.program.plans(context.overrides);
      if (!plans) {
        return complain(plans.error(), kUsage);
      }
      for (const domain::Plan& plan : *plans) {
        std::cout << plan.name << "\t" << plan.monthly_credits << "\t" << plan.keys << "\t" << plan.requests_per_minute
                  << "\n";
      }
      return kSuccess;
    };
  });
}

}  // namespace pictor::cli
