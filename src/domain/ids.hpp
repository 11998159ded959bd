#pragma once

#include <string_view>

#include "base/ids.hpp"

namespace pictor::domain {

struct SessionKind {
  static constexpr std::string_view kPrefix = "ses_";
};
struct ImageKind {
  static constexpr std::string_view kPrefix = "img_";
};
struct JobKind {
  static constexpr std::string_view kPrefix = "job_";
};
struct ExportKind {
  static constexpr std::string_view kPrefix = "exp_";
};
struct KeyKind {
  static constexpr std::string_view kPrefix = "key_";
};
struct AccountKind {
  static constexpr std::string_view kPrefix = "acc_";
};
struct CreditEntryKind {
  static constexpr std::string_view kPrefix = "txn_";
};
struct HoldKind {
  static constexpr std::string_view kPrefix = "res_";
};
struct WebhookKind {
  static constexpr std::string_view kPrefix = "whk_";
};
struct DeliveryKind {
  static constexpr std::string_view kPrefix = "dlv_";
};
struct EventKind {
  static constexpr std::string_view kPrefix = "evt_";
};

using SessionId = Id<SessionKind>;
using ImageId = Id<ImageKind>;
using JobId = Id<JobKind>;
using ExportId = Id<ExportKind>;
using KeyId = Id<KeyKind>;
using AccountId = Id<AccountKind>;
using CreditEntryId = Id<CreditEntryKind>;
using HoldId = Id<HoldKind>;
using WebhookId = Id<WebhookKind>;
using DeliveryId = Id<DeliveryKind>;
using EventId = Id<EventKind>;  ///< of what webhooks tell: `webhook-id`

}  // namespace pictor::domain
