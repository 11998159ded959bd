#pragma once

#include "domain/ports/ledger.hpp"
#include "storage/sqlite/database.hpp"

namespace pictor::storage {

/// Tables `credit_entries`, `credit_holds`, `key_months`, `plan_terms`, `usage_days`, and the sums in `accounts`; the
/// moves themselves are in ledger_rows.hpp, for other stores' transactions too.
class SqliteLedger final : public domain::Ledger {
 public:
  explicit SqliteLedger(SqliteDatabase& database) : database_(database) {}

  Result<domain::Balance> balance(const domain::AccountId& account) override;
  Result<std::int64_t> spent_by_key(const domain::KeyId& key, Timestamp now) override;
  Result<domain::CreditEntry> add(const domain::AccountId& account, domain::EntryType type, std::int64_t amount,
                                  const std::string& operation, const std::string& reason, const std::string& reference,
                                  Timestamp now) override;
  Result<domain::HoldId> hold(const domain::Charge& charge, std::optional<Timestamp> until, Timestamp now) override;
  Result<std::int64_t> capture(const domain::HoldId& hold, std::int64_t credits, Timestamp now) override;
  Result<std::int64_t> release(const domain::HoldId& hold, Timestamp now) override;
  Result<Settled> settle(const domain::AccountId& account, const domain::HoldId& hold, std::int64_t credits,
                         const std::vector<UsageRow>& usage, Timestamp now) override;
  Result<std::int64_t> release_reservation(const domain::AccountId& account, const domain::HoldId& hold,
                                           Timestamp now) override;
  Result<int> expire_holds(Timestamp now) override;
  Result<int> release_calls(Timestamp now) override;
  Result<void> open_account(const domain::AccountId& account, const domain::Plan& plan, Timestamp now) override;
  Result<int> grant_allowances(const std::vector<domain::Plan>& plans, Timestamp now) override;
  Result<domain::Page<domain::CreditEntry>> entries(const domain::AccountId& account,
                                                    const domain::PageRequest& page) override;
  Result<std::vector<domain::AccountId>> mismatches() override;
  Result<void> count_usage(const domain::AccountId& account, const UsageRow& row) override;
  Result<std::vector<UsageRow>> usage(const domain::AccountId& account, const std::string& from,
                                      const std::string& to) override;

 private:
  SqliteDatabase& database_;
};

}  // namespace pictor::storage
