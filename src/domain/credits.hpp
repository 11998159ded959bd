#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "domain/ids.hpp"

namespace pictor::domain {

/// What costs credits; section 7.
enum class Operation { kAnalyze, kExport, kOptimize, kSample };
[[nodiscard]] std::string_view name_of(Operation operation);
[[nodiscard]] std::optional<Operation> operation_from_name(std::string_view name);
/// Credits an image.
[[nodiscard]] constexpr int cost_of(Operation operation) { return operation == Operation::kSample ? 0 : 1; }

/// What a ledger entry does: a grant is +n, a hold -n, a release +n, a capture 0 (it says how many it spent in
/// `captured`), an adjustment either. The sum of the amounts is the balance.
enum class EntryType { kGrant, kHold, kCapture, kRelease, kAdjust };
[[nodiscard]] std::string_view name_of(EntryType type);
[[nodiscard]] EntryType entry_type_from_name(std::string_view name);

/// One line of an account's ledger; never changed once written.
struct CreditEntry {
  CreditEntryId id;
  EntryType type = EntryType::kGrant;
  std::int64_t amount = 0;
  std::int64_t captured = 0;
  std::int64_t balance_after = 0;
  std::string operation;  ///< of holds and what follows them; "signup", "allowance" of grants; else empty
  std::string key_id;     ///< may be empty
  std::string job_id;     ///< may be empty
  std::string reason;     ///< an operator's words
  Timestamp created_at;
};
/// The API's shape (section 7).
[[nodiscard]] Json to_api_json(const CreditEntry& entry);

struct Balance {
  std::int64_t available = 0;  ///< what can be spent now
  std::int64_t held = 0;
};

/// Who pays, and how: a job and a call hold what they may cost before they begin.
struct Charge {
  AccountId account;
  KeyId key;
  std::optional<int> key_limit;  ///< credits this key may hold in a calendar month (UTC)
  Operation operation = Operation::kExport;
  std::int64_t credits = 0;           ///< of all images together
  std::optional<HoldId> reservation;  ///< spend this one first; the rest is held anew
};

/// 402 `Insufficient credits. You have B but need N.`
[[nodiscard]] Error insufficient_credits(std::int64_t balance, std::int64_t needed);
/// 402: the key may not spend `needed` more this month. @param spent  what it holds and has spent in it
[[nodiscard]] Error key_limit_exceeded(std::int64_t limit, std::int64_t spent, std::int64_t needed);

}  // namespace pictor::domain
