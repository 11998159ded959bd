#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace pictor::domain {

/// Reads fields of JSON that this program wrote itself (rows, the engine's protocol): a missing field or one of another
/// type gives the fallback, so that rows of older versions stay readable and a broken child cannot throw.
class FieldReader {
 public:
  explicit FieldReader(const Json& json) : json_(&json) {}

  [[nodiscard]] const Json* find(std::string_view name) const {
    if (!json_->is_object()) {
      return nullptr;
    }
    const auto at = json_->find(name);
    return at == json_->end() ? nullptr : &*at;
  }
  [[nodiscard]] std::string text(std::string_view name, std::string fallback = {}) const {
    const Json* value = find(name);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::move(fallback);
  }
  [[nodiscard]] int integer(std::string_view name, int fallback = 0) const {
    const Json* value = find(name);
    return value != nullptr && value->is_number() ? static_cast<int>(clamped(value->get<double>())) : fallback;
  }
  [[nodiscard]] std::int64_t integer64(std::string_view name, std::int64_t fallback = 0) const {
    const Json* value = find(name);
    return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : fallback;
  }
  [[nodiscard]] double number(std::string_view name, double fallback = 0) const {
    const Json* value = find(name);
    return value != nullptr && value->is_number() ? value->get<double>() : fallback;
  }
  [[nodiscard]] bool boolean(std::string_view name, bool fallback = false) const {
    const Json* value = find(name);
    return value != nullptr && value->is_boolean() ? value->get<bool>() : fallback;
  }
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const {
    std::vector<std::string> list;
    for (const Json& value : array(name)) {
      if (value.is_string()) {
        list.push_back(value.get<std::string>());
      }
    }
    return list;
  }
  [[nodiscard]] const Json& array(std::string_view name) const {
    static const Json kEmpty = Json::array();
    const Json* value = find(name);
    return value != nullptr && value->is_array() ? *value : kEmpty;
  }
  [[nodiscard]] FieldReader object(std::string_view name) const {
    static const Json kEmpty = Json::object();
    const Json* value = find(name);
    return FieldReader(value != nullptr && value->is_object() ? *value : kEmpty);
  }
  [[nodiscard]] bool has(std::string_view name) const {
    const Json* value = find(name);
    return value != nullptr && !value->is_null();
  }

 private:
  static double clamped(double value) { return value < -2e9 ? -2e9 : (value > 2e9 ? 2e9 : value); }
  const Json* json_;
};

}  // namespace pictor::domain
