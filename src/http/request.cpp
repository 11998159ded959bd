#include "http/request.hpp"

#include <algorithm>
#include <array>

namespace pictor::http {
namespace {

constexpr std::array kMethods = {
    std::pair{Method::kGet, std::string_view("GET")},         std::pair{Method::kHead, std::string_view("HEAD")},
    std::pair{Method::kPost, std::string_view("POST")},       std::pair{Method::kPut, std::string_view("PUT")},
    std::pair{Method::kPatch, std::string_view("PATCH")},     std::pair{Method::kDelete, std::string_view("DELETE")},
    std::pair{Method::kOptions, std::string_view("OPTIONS")},
};

bool same_name(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [lower](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

Method method_from_name(std::string_view name) {
  for (const auto& [method, text] : kMethods) {
    if (text == name) {
      return method;
    }
  }
  return Method::kOther;
}

std::string_view name_of(Method method) {
  for (const auto& [known, text] : kMethods) {
    if (known == method) {
      return text;
    }
  }
  return "OTHER";
}

std::string_view Request::header(std::string_view name) const {
  for (const Header& field : headers) {
    if (same_name(field.name, name)) {
      return field.value;
    }
  }
  return {};
}

std::string Request::header_list(std::string_view name) const {
  std::string joined;
  for (const Header& field : headers) {
    if (same_name(field.name, name)) {
      joined += joined.empty() ? field.value : ", " + field.value;
    }
  }
  return joined;
}

std::optional<std::string> Request::query(std::string_view name) const {
  for (const auto& [key, value] : target.query) {
    if (key == name) {
      return value;
    }
  }
  return std::nullopt;
}

const std::string& Request::parameter(std::string_view name) const {
  static const std::string kNone;
  const auto at = parameters.find(name);
  return at == parameters.end() ? kNone : at->second;
}

Result<void> Request::allow_query(const std::vector<std::string_view>& known) const {
  Error error{ErrorCode::kUnknownField, {}};
  for (const auto& [name, value] : target.query) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      error.fields.push_back({"?" + name, "There is no such parameter here."});
    }
  }
  if (error.fields.empty()) {
    return {};
  }
  error.public_message = error.fields.front().pointer + ": " + error.fields.front().detail;
  return fail(std::move(error));
}

}  // namespace pictor::http
