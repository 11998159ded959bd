#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/account.hpp"
#include "http/query.hpp"
#include "service/intake.hpp"

namespace pictor::http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
[[nodiscard]] Method method_from_name(std::string_view name);
[[nodiscard]] std::string_view name_of(Method method);

struct Header {
  std::string name;  ///< as sent; compared without case
  std::string value;
};

/// What an upload amounts to once its body has arrived: pictures in the blob store, small fields, or JSON.
struct Upload {
  bool passing = false;  ///< the images serve this request alone
  std::vector<service::Incoming> images;
  Fields fields;             ///< small multipart parts in the order sent: `options`, `settings`, flat names
  std::optional<Json> json;  ///< of a JSON body; long strings in it are placeholders (json_upload.hpp)
  std::string placeholder;   ///< what those begin with; empty when there are none
  std::vector<service::Incoming> long_values;
};

/// One request as handlers see it. Owned by its connection; one thread at a time.
struct Request {
  Method method = Method::kGet;
  std::string method_name;
  Target target;
  std::vector<Header> headers;
  std::map<std::string, std::string, std::less<>> parameters;  ///< of the route's pattern
  std::string id;                                              ///< X-Request-Id
  std::string remote_address;                                  ///< of the client, also behind a trusted proxy
  std::optional<domain::Principal> principal;
  std::string body;  ///< of endpoints that take JSON or CSV
  Upload upload;     ///< of endpoints that take images
  bool has_body = false;
  std::optional<std::int64_t> content_length;
  /// Set when the request came with an Idempotency-Key: from the call on, what stores write on this thread is one
  /// transaction with the stored answer. Called before the handler, but for endpoints with `late_effects`.
  std::function<void()> begin_effects;
  /// Set with `begin_effects`: takes what must be undone when that transaction is rolled back.
  std::function<void(std::function<void()>)> when_undone;
  std::vector<Header> answer_headers;  ///< for whatever answer it gets: limits
  std::shared_ptr<void> slow_place;    ///< its place among the account's slow calls, until its handler is done

  /// The first field's value; empty when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  /// All fields of that name joined by commas (RFC 9110 5.3).
  [[nodiscard]] std::string header_list(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const;
  /// A parameter of the path pattern; empty when the pattern has none of that name.
  [[nodiscard]] const std::string& parameter(std::string_view name) const;
  /// Who asks; only on endpoints that need a key.
  [[nodiscard]] const domain::Principal& who() const { return *principal; }
  /// @error kUnknownField  `?name` of every query parameter that is not in `known`
  [[nodiscard]] Result<void> allow_query(const std::vector<std::string_view>& known) const;
};

}  // namespace pictor::http
