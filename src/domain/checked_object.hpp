#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace pictor::domain {

/// `token` as a part of an RFC 6901 JSON Pointer.
[[nodiscard]] std::string pointer_token(std::string_view token);

/// Reads a client's JSON object field by field and collects every fault with its pointer, so that one answer names them
/// all. Every field must be asked for by one of the readers or `known`; `finish` reports the rest as unknown.
class CheckedObject {
 public:
  CheckedObject(const Json& json, std::string pointer);

  [[nodiscard]] bool has(std::string_view name);  ///< present and not null; counts as known
  [[nodiscard]] const Json* raw(std::string_view name);
  std::optional<std::string> text(std::string_view name, std::size_t max_length, std::size_t min_length = 0);
  std::optional<std::string> one_of(std::string_view name, const std::vector<std::string>& allowed);
  std::optional<int> integer(std::string_view name, int minimum, int maximum);
  /// Any finite number. Bounds are part of the range.
  std::optional<double> number(std::string_view name, double minimum, double maximum);
  std::optional<bool> boolean(std::string_view name);
  /// A list of strings, each of 1..max_length code points. @param max_count  entries
  std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t max_count, std::size_t max_length);
  /// A nested object to be read by its own CheckedObject. nullptr when absent or of another type (a fault then).
  const Json* object(std::string_view name);
  const Json* array(std::string_view name, std::size_t max_count);

  void add_fault(std::string_view name, std::string detail);
  void add_faults(const Error& error);
  [[nodiscard]] std::string pointer_of(std::string_view name) const;
  /// @error kUnknownField when the only faults are unknown fields, else kInvalidField; `fields` has all of them
  Result<void> finish();

 private:
  const Json& json_;
  std::string pointer_;
  std::set<std::string, std::less<>> known_;
  std::vector<FieldError> faults_;
  bool only_unknown_ = true;
};

}  // namespace pictor::domain
