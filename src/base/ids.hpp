#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace pictor {

/// A new UUIDv7 (RFC 9562) in Crockford base32, 26 characters; later ids of one process sort after earlier ones.
/// Thread-safe.
[[nodiscard]] std::string new_time_ordered_id(Timestamp now);

/// True for 26 characters of Crockford's lower-case alphabet, the first at most 7.
[[nodiscard]] bool is_time_ordered_id(std::string_view text);

/// An id with its kind in the type and in the text: `ses_01jd…`. A wrong kind does not compile, a wrong text is 404.
template <class Kind>
class Id {
 public:
  Id() = default;
  [[nodiscard]] static Id make(Timestamp now) { return Id(std::string(Kind::kPrefix) + new_time_ordered_id(now)); }
  /// @error kNotFound  not an id of this kind
  [[nodiscard]] static Result<Id> parse(std::string_view text) {
    constexpr std::string_view prefix = Kind::kPrefix;
    if (!text.starts_with(prefix) || !is_time_ordered_id(text.substr(prefix.size()))) {
      return fail_not_found();
    }
    return Id(std::string(text));
  }
  /// For text that this program wrote itself (a database row).
  [[nodiscard]] static Id trusted(std::string text) { return Id(std::move(text)); }

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace pictor

template <class Kind>
struct std::hash<pictor::Id<Kind>> {
  std::size_t operator()(const pictor::Id<Kind>& id) const noexcept { return std::hash<std::string>()(id.str()); }
};
