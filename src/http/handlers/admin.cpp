#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"
#include "service/admin_requests.hpp"
#include "service/keys.hpp"

namespace pictor::http::handlers {
namespace {

/// 201 with what was made, and a key's text, this once.
Response made_response(Json json, const service::AccountRegistry::Created& created, const std::string& location) {
  json["key"] = created.key_text;
  Response response = json_response(201, json);
  response.set("Location", location);
  response.set("Cache-Control", "no-store");
  return response;
}

Result<Json> view_json(Api& api, const domain::AccountId& account) {
  const Result<service::AccountView> view = api.services().accounts.view(account);
  return view ? Result<Json>(service::to_admin_json(*view)) : Result<Json>(fail(view.error()));
}

/// The account that the path names. Nobody locks the operator out by HTTP.
Result<domain::Account> find_customer(Request& request, Api& api) {
  Result<domain::Account> account = api.services().accounts.registry().find(request.parameter("accountId"));
  if (account && account->is_operator) {
    return fail({ErrorCode::kInsufficientScope,
                 "The operator's own account is suspended and deleted on the command line only."});
  }
  return account;
}

/// GET /v1/admin/accounts (openapi: adminListAccounts).
Result<Response> list(Request& request, Api& api) {
  const Result<domain::PageRequest> page = page_request(request, {"plan", "status", "email"});
  if (!page) {
    return fail(page.error());
  }
  const Result<domain::AccountFilter> filter =
      service::parse_account_filter(request.query("plan"), request.query("status"), request.query("email"));
  if (!filter) {
    return fail(filter.error());
  }
  const Result<domain::Page<service::AccountView>> found = api.services().accounts.list(*filter, *page);
  if (!found) {
    return fail(found.error());
  }
  Json items = Json::array();
  for (const service::AccountView& view : found->items) {
    items.push_back(service::to_admin_json(view));
  }
  return page_response(request, *page, std::move(items), found->next_cursor);
}

/// POST /v1/admin/accounts (openapi: adminCreateAccount). Also where nobody may sign up.
Result<Response> create(Request& /*request*/, Api& api, const Json& body) {
  service::AccountRegistry& registry = api.services().accounts.registry();
  const Result<service::NewAccount> wanted = service::parse_new_account(body, &registry.plans());
  if (!wanted) {
    return fail(wanted.error());
  }
  const auto created = registry.create_account(wanted->name, wanted->email, wanted->plan);
  if (!created) {
    return fail(created.error());
  }
  Result<Json> json = view_json(api, created->account.id);
  if (!json) {
    return fail(json.error());
  }
  (*json)["keyId"] = created->key.id.str();
  return made_response(*std::move(json), *created, "/v1/admin/accounts/" + created->account.id.str());
}

/// GET /v1/admin/accounts/{accountId} (openapi: adminGetAccount).
Result<Response> read(Request& request, Api& api) {
  const Result<domain::Account> account = api.services().accounts.registry().find(request.parameter("accountId"));
  if (!account) {
    return fail(account.error());
  }
  const Result<Json> json = view_json(api, account->id);
  return json ? Result<Response>(json_response(200, *json)) : Result<Response>(fail(json.error()));
}

/// PATCH /v1/admin/accounts/{accountId} (openapi: adminChangeAccount).
Result<Response> change(Request& request, Api& api, const Json& body) {
  service::AccountRegistry& registry = api.services().accounts.registry();
  const Result<domain::AccountChange> wanted = service::parse_account_change(body, registry.plans());
  if (!wanted) {
    return fail(wanted.error());
  }
  if (wanted->suspended.value_or(false)) {
    if (const Result<domain::Account> customer = find_customer(request, api); !customer) {
      return fail(customer.error());
    }
  }
  const Result<domain::Account> changed = registry.change(request.parameter("accountId"), *wanted);
  if (!changed) {
    return fail(changed.error());
  }
  const Result<Json> json = view_json(api, changed->id);
  return json ? Result<Response>(json_response(200, *json)) : Result<Response>(fail(json.error()));
}

/// DELETE /v1/admin/accounts/{accountId} (openapi: adminDeleteAccount).
Result<Response> remove(Request& request, Api& api) {
  const Result<domain::Account> account = find_customer(request, api);
  if (!account) {
    return fail(account.error());
  }
  if (Result<void> gone = api.services().accounts.remove(account->id); !gone) {
    return fail(gone.error());
  }
  return empty_response();
}

/// POST /v1/admin/accounts/{accountId}/grants (openapi: adminGrantCredits).
Result<Response> grant(Request& request, Api& api, const Json& body) {
  const Result<service::Grant> wanted = service::parse_grant(body);
  if (!wanted) {
    return fail(wanted.error());
  }
  const Result<domain::CreditEntry> entry =
      api.services().accounts.registry().grant(request.parameter("accountId"), wanted->amount, wanted->reason);
  if (!entry) {
    return fail(entry.error());
  }
  return json_response(201, domain::to_api_json(*entry));
}

/// POST /v1/admin/accounts/{accountId}/keys (openapi: adminCreateKey).
Result<Response> create_key(Request& request, Api& api, const Json& body) {
  const Result<service::NewKey> wanted = service::parse_new_key(body, domain::kAllScopes, SystemClock().now());
  if (!wanted) {
    return fail(wanted.error());
  }
  service::AccountRegistry& registry = api.services().accounts.registry();
  const Result<domain::Account> account = registry.find(request.parameter("accountId"));
  if (!account) {
    return fail(account.error());
  }
  const auto created = registry.create_key(account->id.str(), *wanted);
  if (!created) {
    return fail(created.error());
  }
  return made_response(service::to_api_json(created->key), *created, "/v1/admin/accounts/" + created->account.id.str());
}

using Handler = Result<Response> (*)(Request&, Api&);
using BodyHandler = Result<Response> (*)(Request&, Api&, const Json&);

}  // namespace

void add_admin(Router& router, Api& api) {
  const std::vector<std::string_view> json = {"application/json"};
  const auto add = [&](Method method, std::string_view pattern, std::vector<std::string_view> produces,
                       Handler handler) {
    router.add({method, pattern, Access::kKey, domain::Scope::kAdmin, BodyKind::kNone, Lane::kQuick,
                std::move(produces), [&api, handler](Request& request) { return handler(request, api); }});
  };
  const auto add_with_body = [&](Method method, std::string_view pattern, BodyHandler handler) {
    router.add({method, pattern, Access::kKey, domain::Scope::kAdmin, BodyKind::kJson, Lane::kQuick, json,
                [&api, handler](Request& request) -> Result<Response> {
                  if (Result<void> known = request.allow_query({}); !known) {
                    return fail(known.error());
                  }
                  const Result<Json> body = json_body(request);
                  return body ? handler(request, api, *body) : Result<Response>(fail(body.error()));
                }});
  };
  add(Method::kGet, "/v1/admin/accounts", json, list);
  add_with_body(Method::kPost, "/v1/admin/accounts", create);
  add(Method::kGet, "/v1/admin/accounts/{accountId}", json, read);
  add_with_body(Method::kPatch, "/v1/admin/accounts/{accountId}", change);
  add(Method::kDelete, "/v1/admin/accounts/{accountId}", {}, remove);
  add_with_body(Method::kPost, "/v1/admin/accounts/{accountId}/grants", grant);
  add_with_body(Method::kPost, "/v1/admin/accounts/{accountId}/keys", create_key);
}

}  // namespace pictor::http::handlers
