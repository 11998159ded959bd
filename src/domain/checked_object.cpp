#include "domain/checked_object.hpp"

#include <cmath>
#include <locale>
#include <sstream>

#include "base/encoding.hpp"

namespace pictor::domain {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += text.empty() ? word : ", " + word;
  }
  return text;
}

/// 0.3 as people write it.
std::string plain(double number) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << number;
  return text.str();
}

}  // namespace

std::string pointer_token(std::string_view token) {
  std::string escaped;
  for (const char c : token.substr(0, 128)) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

CheckedObject::CheckedObject(const Json& json, std::string pointer) : json_(json), pointer_(std::move(pointer)) {
  if (!json_.is_object()) {
    only_unknown_ = false;
    faults_.push_back({pointer_, "This must be a JSON object."});
  }
}

const Json* CheckedObject::raw(std::string_view name) {
  known_.emplace(name);
  if (!json_.is_object()) {
    return nullptr;
  }
  const auto at = json_.find(name);
  return at == json_.end() || at->is_null() ? nullptr : &*at;
}

bool CheckedObject::has(std::string_view name) { return raw(name) != nullptr; }

std::optional<std::string> CheckedObject::text(std::string_view name, std::size_t max_length, std::size_t min_length) {
  const Json* value = raw(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_string()) {
    add_fault(name, "This must be a string.");
    return std::nullopt;
  }
  const auto& string = value->get_ref<const std::string&>();
  const std::size_t length = utf8_length(string);
  if (length > max_length || length < min_length) {
    add_fault(name, "This must have " + std::to_string(min_length) + " to " + std::to_string(max_length) +
                        " characters; it has " + std::to_string(length) + ".");
    return std::nullopt;
  }
  if (string.find('\0') != std::string::npos) {
    add_fault(name, "This must not contain the character U+0000.");
    return std::nullopt;
  }
  return string;
}

std::optional<std::string> CheckedObject::one_of(std::string_view name, const std::vector<std::string>& allowed) {
  const Json* value = raw(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->is_string()) {
    for (const std::string& word : allowed) {
      if (value->get_ref<const std::string&>() == word) {
        return word;
      }
    }
  }
  add_fault(name, "This must be one of: " + joined(allowed) + ".");
  return std::nullopt;
}

std::optional<int> CheckedObject::integer(std::string_view name, int minimum, int maximum) {
  const Json* value = raw(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  // 80.0 is a whole number to JSON Schema, so it is to us.
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (std::isnan(number) || number != std::floor(number) || number < minimum || number > maximum) {
    add_fault(name,
              "This must be a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum) + ".");
    return std::nullopt;
  }
  return static_cast<int>(number);
}

std::optional<double> CheckedObject::number(std::string_view name, double minimum, double maximum) {
  const Json* value = raw(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (std::isnan(number) || number < minimum || number > maximum) {
    add_fault(name, "This must be a number from " + plain(minimum) + " to " + plain(maximum) + ".");
    return std::nullopt;
  }
  return number;
}

std::optional<bool> CheckedObject::boolean(std::string_view name) {
  const Json* value = raw(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_boolean()) {
    add_fault(name, "This must be true or false.");
    return std::nullopt;
  }
  return value->get<bool>();
}

std::optional<std::vector<std::string>> CheckedObject::texts(std::string_view name, std::size_t max_count,
                                                             std::size_t max_length) {
  const Json* list = array(name, max_count);
  if (list == nullptr) {
    return std::nullopt;
  }
  std::vector<std::string> values;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json& value = (*list)[i];
    const std::string at = std::string(name) + "/" + std::to_string(i);
    const std::size_t length = value.is_string() ? utf8_length(value.get_ref<const std::string&>()) : 0;
    if (length < 1 || length > max_length) {
      faults_.push_back(
          {pointer_ + "/" + at, "This must be a string of 1 to " + std::to_string(max_length) + " characters."});
      only_unknown_ = false;
      return std::nullopt;
    }
    values.push_back(value.get<std::string>());
  }
  return values;
}

const Json* CheckedObject::object(std::string_view name) {
  const Json* value = raw(name);
  if (value != nullptr && !value->is_object()) {
    add_fault(name, "This must be a JSON object.");
    return nullptr;
  }
  return value;
}

const Json* CheckedObject::array(std::string_view name, std::size_t max_count) {
  const Json* value = raw(name);
  if (value == nullptr) {
    return nullptr;
  }
  if (!value->is_array()) {
    add_fault(name, "This must be an array.");
    return nullptr;
  }
  if (value->size() > max_count) {
    add_fault(name, "This must have at most " + std::to_string(max_count) + " entries; it has " +
                        std::to_string(value->size()) + ".");
    return nullptr;
  }
  return value;
}

std::string CheckedObject::pointer_of(std::string_view name) const { return pointer_ + "/" + pointer_token(name); }

void CheckedObject::add_fault(std::string_view name, std::string detail) {
  only_unknown_ = false;
  faults_.push_back({pointer_of(name), std::move(detail)});
}

void CheckedObject::add_faults(const Error& error) {
  only_unknown_ = only_unknown_ && error.code == ErrorCode::kUnknownField;
  faults_.insert(faults_.end(), error.fields.begin(), error.fields.end());
}

Result<void> CheckedObject::finish() {
  if (json_.is_object()) {
    for (const auto& [name, value] : json_.items()) {
      if (!known_.contains(name)) {
        faults_.push_back({pointer_of(to_valid_utf8(name)),
                           "There is no such field. Those that are: " +
                               joined(std::vector<std::string>(known_.begin(), known_.end())) + "."});
      }
    }
  }
  if (faults_.empty()) {
    return {};
  }
  Error error{only_unknown_ ? ErrorCode::kUnknownField : ErrorCode::kInvalidField,
              faults_.front().pointer + ": " + faults_.front().detail};
  if (error.public_message.starts_with(": ")) {
    error.public_message = faults_.front().detail;
  }
  error.fields = faults_;
  return fail(std::move(error));
}

}  // namespace pictor::domain
