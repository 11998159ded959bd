#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace pictor::domain {

/// Section 4's options.
struct AnalyzeOptions {
  std::string language = "en";  ///< BCP 47
  std::string context;          ///< at most 2,000 code points
  std::vector<std::string> keywords;
  std::string tone;
  std::string brand;
  int max_alt_length = 125;
  std::string provider;  ///< empty: from configuration
  bool force = false;
};

[[nodiscard]] Json to_json(const AnalyzeOptions& options);
/// From a client. @error kUnknownField, kInvalidField  all bad fields at once, under `pointer`
[[nodiscard]] Result<AnalyzeOptions> parse_analyze_options(const Json& json, const std::string& pointer = "/options");

}  // namespace pictor::domain
