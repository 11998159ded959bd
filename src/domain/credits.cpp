#include "domain/credits.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pictor::domain {
namespace {

constexpr std::array kOperations = {std::pair{Operation::kAnalyze, "analyze"}, std::pair{Operation::kExport, "export"},
                                    std::pair{Operation::kOptimize, "optimize"},
                                    std::pair{Operation::kSample, "sample"}};
constexpr std::array kEntryTypes = {std::pair{EntryType::kGrant, "grant"}, std::pair{EntryType::kHold, "hold"},
                                    std::pair{EntryType::kCapture, "capture"},
                                    std::pair{EntryType::kRelease, "release"}, std::pair{EntryType::kAdjust, "adjust"}};

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

std::string_view name_of(Operation operation) { return kOperations.at(static_cast<std::size_t>(operation)).second; }

std::optional<Operation> operation_from_name(std::string_view name) {
  for (const auto& [operation, known] : kOperations) {
    if (name == known) {
      return operation;
    }
  }
  return std::nullopt;
}

std::string_view name_of(EntryType type) { return kEntryTypes.at(static_cast<std::size_t>(type)).second; }

EntryType entry_type_from_name(std::string_view name) {
  for (const auto& [type, known] : kEntryTypes) {
    if (name == known) {
      return type;
    }
  }
  return EntryType::kAdjust;
}

Json to_api_json(const CreditEntry& entry) {
  Json json{{"id", entry.id.str()},
            {"type", name_of(entry.type)},
            {"amount", entry.amount},
            {"balanceAfter", entry.balance_after},
            {"operation", or_null(entry.operation)},
            {"keyId", or_null(entry.key_id)},
            {"jobId", or_null(entry.job_id)},
            {"reason", or_null(entry.reason)},
            {"createdAt", format_timestamp(entry.created_at)}};
  if (entry.type == EntryType::kCapture) {
    json["captured"] = entry.captured;
  }
  return json;
}

Error insufficient_credits(std::int64_t balance, std::int64_t needed) {
  return {ErrorCode::kInsufficientCredits,
          "Insufficient credits. You have " + std::to_string(balance) + " but need " + std::to_string(needed) + "."};
}

Error key_limit_exceeded(std::int64_t limit, std::int64_t spent, std::int64_t needed) {
  return {ErrorCode::kKeyLimitExceeded, "This key may spend " + std::to_string(limit) + " credits a month and has " +
                                            std::to_string(std::max<std::int64_t>(limit - spent, 0)) +
                                            " left, but this needs " + std::to_string(needed) +
                                            ". Raise its monthlyCreditLimit or use another key."};
}

}  // namespace pictor::domain
