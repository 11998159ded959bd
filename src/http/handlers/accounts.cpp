#include <utility>

#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"

namespace pictor::http::handlers {
namespace {

constexpr int kRowsAtOnce = 200;

/// POST /v1/accounts (openapi: createAccount). Needs no key.
Result<Response> sign_up(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  service::Accounts& accounts = api.services().accounts;
  if (Result<void> open = accounts.check_open(); !open) {
    return fail(open.error());
  }
  const Result<Json> body = json_body(request);
  if (!body) {
    return fail(body.error());
  }
  const Result<service::AccountRegistry::Created> created = accounts.sign_up(*body, request.remote_address);
  if (!created) {
    return fail(created.error());
  }
  const Result<service::AccountView> view = accounts.view(created->account.id);
  if (!view) {
    return fail(view.error());
  }
  Json json = service::to_api_json(*view);
  json["keyId"] = created->key.id.str();
  json["key"] = created->key_text;
  Response response = json_response(201, json);
  response.set("Location", "/v1/account");
  response.set("Cache-Control", "no-store");
  return response;
}

/// GET /v1/account (openapi: getAccount).
Result<Response> read(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  const Result<service::AccountView> view = api.services().accounts.view(request.who().account);
  if (!view) {
    return fail(view.error());
  }
  return json_response(200, service::to_api_json(*view));
}

/// `{"account":{…},"keys":[…],…}`, row by row out of the store.
class ExportSource final : public ChunkSource {
 public:
  ExportSource(service::Accounts& accounts, domain::AccountId account, const Json& view)
      : accounts_(accounts),
        account_(std::move(account)),
        sections_(accounts.export_sections()),
        head_("{\"account\":" + dump_json(view)) {}

  Result<std::string> next() override {
    std::string piece = std::exchange(head_, {});
    if (section_ == sections_.size()) {
      return std::exchange(tail_, {});
    }
    const Result<domain::ExportedRows> found =
        accounts_.export_rows(account_, sections_[section_], offset_, kRowsAtOnce);
    if (!found) {
      return fail(found.error());
    }
    if (offset_ == 0) {
      piece += ",\"" + sections_[section_] + "\":[";
    }
    for (const std::string& row : found->rows) {
      piece += (offset_ == 0 ? "" : ",") + row;
      ++offset_;
    }
    if (found->is_last) {
      piece += "]";
      offset_ = 0;
      ++section_;
    }
    return piece;
  }

 private:
  service::Accounts& accounts_;
  domain::AccountId account_;
  std::vector<std::string> sections_;
  std::string head_;
  std::string tail_ = "}";
  std::size_t section_ = 0;
  int offset_ = 0;
};

/// GET /v1/account/export (openapi: exportAccount).
Result<Response> export_all(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  service::Accounts& accounts = api.services().accounts;
  const Result<service::AccountView> view = accounts.view(request.who().account);
  if (!view) {
    return fail(view.error());
  }
  Response response;
  response.set("Content-Type", "application/json; charset=utf-8");
  response.set("Content-Disposition", "attachment; filename=\"pictor-account.json\"");
  response.set("Cache-Control", "no-store");
  response.body = std::make_unique<ExportSource>(accounts, view->account.id, service::to_api_json(*view));
  return response;
}

/// DELETE /v1/account (openapi: deleteAccount).
Result<Response> remove(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  if (Result<void> gone = api.services().accounts.remove(request.who().account); !gone) {
    return fail(gone.error());
  }
  return empty_response();
}

}  // namespace

void add_accounts(Router& router, Api& api) {
  const auto add = [&router, &api](Method method, std::string_view pattern, Access access,
                                   std::optional<domain::Scope> scope, BodyKind body,
                                   std::vector<std::string_view> produces,
                                   Result<Response> (*handler)(Request&, Api&)) {
    router.add({method, pattern, access, scope, body, Lane::kQuick, std::move(produces),
                [&api, handler](Request& request) { return handler(request, api); }});
  };
  const std::vector<std::string_view> json = {"application/json"};
  add(Method::kPost, "/v1/accounts", Access::kAnyone, std::nullopt, BodyKind::kJson, json, sign_up);
  add(Method::kGet, "/v1/account", Access::kKey, std::nullopt, BodyKind::kNone, json, read);
  // The whole of an account is its owner's business: the keys that may manage keys.
  add(Method::kGet, "/v1/account/export", Access::kKey, domain::Scope::kKeys, BodyKind::kNone, json, export_all);
  add(Method::kDelete, "/v1/account", Access::kKey, domain::Scope::kKeys, BodyKind::kNone, {}, remove);
}

}  // namespace pictor::http::handlers
