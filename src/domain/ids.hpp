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

using SessionId = Id<SessionKind>;
using ImageId = Id<ImageKind>;
using JobId = Id<JobKind>;
using ExportId = Id<ExportKind>;
using KeyId = Id<KeyKind>;
using AccountId = Id<AccountKind>;

}  // namespace pictor::domain
