#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"

namespace pictor::http::handlers {
namespace {

/// 201 with the key's text, this once.
Response made_response(const service::Keys::Made& made) {
  Json json = service::to_api_json(made.key);
  json["key"] = made.text;
  Response response = json_response(201, json);
  response.set("Location", "/v1/keys/" + made.key.id.str());
  response.set("Cache-Control", "no-store");
  return response;
}

/// GET /v1/keys (openapi: listKeys). Few by the plan's number, so paged out of the whole list.
Result<Response> list(Request& request, Api& api) {
  const Result<domain::PageRequest> page = page_request(request);
  if (!page) {
    return fail(page.error());
  }
  const Result<std::vector<domain::ApiKey>> keys = api.services().keys.list(request.who());
  if (!keys) {
    return fail(keys.error());
  }
  Json items = Json::array();
  std::optional<std::string> next;
  std::string last;
  // Newest first, as every list.
  for (auto key = keys->rbegin(); key != keys->rend(); ++key) {
    if (!page->cursor.empty() && key->id.str() >= page->cursor) {
      continue;
    }
    if (items.size() == static_cast<std::size_t>(page->limit)) {
      next = last;
      break;
    }
    last = key->id.str();
    items.push_back(service::to_api_json(*key));
  }
  return page_response(request, *page, std::move(items), next);
}

/// POST /v1/keys (openapi: createKey).
Result<Response> create(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  const Result<Json> body = json_body(request);
  if (!body) {
    return fail(body.error());
  }
  const domain::ScopeSet granted = request.who().scopes & domain::kAllScopes;
  const Result<service::NewKey> wanted = service::parse_new_key(*body, granted, SystemClock().now());
  if (!wanted) {
    return fail(wanted.error());
  }
  const Result<service::Keys::Made> made = api.services().keys.create(request.who(), *wanted);
  if (!made) {
    return fail(made.error());
  }
  return made_response(*made);
}

/// PATCH /v1/keys/{keyId} (openapi: changeKey).
Result<Response> change(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  const Result<Json> body = json_body(request);
  if (!body) {
    return fail(body.error());
  }
  const Result<domain::KeyChange> wanted = service::parse_key_change(*body);
  if (!wanted) {
    return fail(wanted.error());
  }
  const Result<domain::ApiKey> key = api.services().keys.change(request.who(), request.parameter("keyId"), *wanted);
  if (!key) {
    return fail(key.error());
  }
  return json_response(200, service::to_api_json(*key));
}

/// DELETE /v1/keys/{keyId} (openapi: deleteKey).
Result<Response> remove(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  if (Result<void> gone = api.services().keys.remove(request.who(), request.parameter("keyId")); !gone) {
    return fail(gone.error());
  }
  return empty_response();
}

/// POST /v1/keys/{keyId}/rotate (openapi: rotateKey). A body is not needed.
Result<Response> rotate(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  const Result<Json> body = request.body.empty() ? Result<Json>(Json::object()) : parse_json(request.body);
  if (!body) {
    return fail(body.error());
  }
  const Result<seconds> overlap = service::parse_overlap(*body);
  if (!overlap) {
    return fail(overlap.error());
  }
  const Result<service::Keys::Made> made =
      api.services().keys.rotate(request.who(), request.parameter("keyId"), *overlap);
  if (!made) {
    return fail(made.error());
  }
  return made_response(*made);
}

}  // namespace

void add_keys(Router& router, Api& api) {
  const auto add = [&router, &api](Method method, std::string_view pattern, BodyKind body,
                                   std::vector<std::string_view> produces,
                                   Result<Response> (*handler)(Request&, Api&)) {
    router.add({method, pattern, Access::kKey, domain::Scope::kKeys, body, Lane::kQuick, std::move(produces),
                [&api, handler](Request& request) { return handler(request, api); }});
  };
  const std::vector<std::string_view> json = {"application/json"};
  add(Method::kGet, "/v1/keys", BodyKind::kNone, json, list);
  add(Method::kPost, "/v1/keys", BodyKind::kJson, json, create);
  add(Method::kPatch, "/v1/keys/{keyId}", BodyKind::kJson, json, change);
  add(Method::kDelete, "/v1/keys/{keyId}", BodyKind::kNone, {}, remove);
  add(Method::kPost, "/v1/keys/{keyId}/rotate", BodyKind::kJson, json, rotate);
}

}  // namespace pictor::http::handlers
