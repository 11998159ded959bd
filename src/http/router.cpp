#include "http/router.hpp"

#include <algorithm>

namespace pictor::http {
namespace {

bool is_parameter(const std::string& segment) { return segment.starts_with('{'); }

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return std::equal(
      pattern.begin(), pattern.end(), segments.begin(), segments.end(),
      [](const std::string& wanted, const std::string& segment) { return is_parameter(wanted) || wanted == segment; });
}

}  // namespace

void Router::add(Endpoint endpoint) {
  Pattern pattern;
  std::string_view rest = endpoint.pattern.substr(1);
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    pattern.segments.emplace_back(rest.substr(0, slash));
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  }
  pattern.endpoint = endpoints_.size();
  endpoints_.push_back(std::move(endpoint));
  patterns_.push_back(std::move(pattern));
}

Router::Match Router::match(Method method, const std::vector<std::string>& segments) const {
  const Method wanted = method == Method::kHead ? Method::kGet : method;
  Match match;
  const Pattern* found = nullptr;
  for (const Pattern& pattern : patterns_) {
    if (!fits(pattern.segments, segments)) {
      continue;
    }
    const Endpoint& endpoint = endpoints_[pattern.endpoint];
    if (endpoint.method == wanted && match.endpoint == nullptr) {
      match.endpoint = &endpoint;
      found = &pattern;
    }
    match.allow += (match.allow.empty() ? "" : ", ") + std::string(name_of(endpoint.method));
    if (endpoint.method == Method::kGet) {
      match.allow += ", HEAD";
    }
  }
  if (!match.allow.empty()) {
    match.allow += ", OPTIONS";
  }
  if (found != nullptr) {
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (const std::string& name = found->segments[i]; is_parameter(name)) {
        match.parameters.emplace(name.substr(1, name.size() - 2), segments[i]);
      }
    }
  }
  return match;
}

}  // namespace pictor::http
