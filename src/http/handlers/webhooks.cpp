#include "service/webhooks.hpp"

#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"

namespace pictor::http::handlers {
namespace {

using Handler = Result<Response> (*)(Request&, service::Webhooks&);

Json with_secret(const service::Webhooks::WithSecret& made) {
  Json json = domain::to_api_json(made.webhook);
  json["secret"] = made.secret;
  return json;
}

/// POST /v1/webhooks (openapi: createWebhook).
Result<Response> create(Request& request, service::Webhooks& webhooks) {
  const Result<Json> body = json_body(request);
  if (!body) {
    return fail(body.error());
  }
  const auto made = webhooks.create(request.who(), *body);
  if (!made) {
    return fail(made.error());
  }
  Response response = json_response(201, with_secret(*made));
  response.set("Location", "/v1/webhooks/" + made->webhook.id.str());
  return response;
}

/// GET /v1/webhooks (openapi: listWebhooks).
Result<Response> list(Request& request, service::Webhooks& webhooks) {
  const Result<domain::PageRequest> page = page_request(request);
  if (!page) {
    return fail(page.error());
  }
  const auto found = webhooks.list(request.who(), *page);
  if (!found) {
    return fail(found.error());
  }
  Json items = Json::array();
  for (const domain::Webhook& webhook : found->items) {
    items.push_back(domain::to_api_json(webhook));
  }
  return page_response(request, *page, std::move(items), found->next_cursor);
}

/// GET /v1/webhooks/{webhookId} (openapi: getWebhook).
Result<Response> read(Request& request, service::Webhooks& webhooks) {
  const auto found = webhooks.find(request.who(), request.parameter("webhookId"));
  if (!found) {
    return fail(found.error());
  }
  return json_response(200, domain::to_api_json(*found));
}

/// PATCH /v1/webhooks/{webhookId} (openapi: updateWebhook).
Result<Response> update(Request& request, service::Webhooks& webhooks) {
  const Result<Json> body = json_body(request);
  if (!body) {
    return fail(body.error());
  }
  const auto changed = webhooks.update(request.who(), request.parameter("webhookId"), *body);
  if (!changed) {
    return fail(changed.error());
  }
  return json_response(200, domain::to_api_json(*changed));
}

/// DELETE /v1/webhooks/{webhookId} (openapi: deleteWebhook).
Result<Response> remove(Request& request, service::Webhooks& webhooks) {
  if (Result<void> gone = webhooks.remove(request.who(), request.parameter("webhookId")); !gone) {
    return fail(gone.error());
  }
  return empty_response();
}

/// POST /v1/webhooks/{webhookId}/rotate (openapi: rotateWebhookSecret).
Result<Response> rotate(Request& request, service::Webhooks& webhooks) {
  const auto rotated = webhooks.rotate(request.who(), request.parameter("webhookId"));
  if (!rotated) {
    return fail(rotated.error());
  }
  return json_response(200, with_secret(*rotated));
}

/// POST /v1/webhooks/{webhookId}/test (openapi: testWebhook).
Result<Response> test(Request& request, service::Webhooks& webhooks) {
  const auto made = webhooks.send_test(request.who(), request.parameter("webhookId"));
  if (!made) {
    return fail(made.error());
  }
  return json_response(202, domain::to_api_json(*made));
}

/// GET /v1/webhooks/{webhookId}/deliveries (openapi: listDeliveries).
Result<Response> deliveries(Request& request, service::Webhooks& webhooks) {
  const Result<domain::PageRequest> page = page_request(request);
  if (!page) {
    return fail(page.error());
  }
  const auto found = webhooks.deliveries(request.who(), request.parameter("webhookId"), *page);
  if (!found) {
    return fail(found.error());
  }
  Json items = Json::array();
  for (const domain::Delivery& delivery : found->items) {
    items.push_back(domain::to_api_json(delivery));
  }
  return page_response(request, *page, std::move(items), found->next_cursor);
}

/// POST /v1/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver (openapi: redeliver).
Result<Response> redeliver(Request& request, service::Webhooks& webhooks) {
  const auto made = webhooks.redeliver(request.who(), request.parameter("webhookId"), request.parameter("deliveryId"));
  if (!made) {
    return fail(made.error());
  }
  return json_response(202, domain::to_api_json(*made));
}

/// POST /v1/account/signing-secret (openapi: createSigningSecret).
Result<Response> make_signing_secret(Request& request, service::Webhooks& webhooks) {
  const Result<std::string> secret = webhooks.make_signing_secret(request.who());
  if (!secret) {
    return fail(secret.error());
  }
  return json_response(201, {{"secret", *secret}});
}

/// Whether a query makes sense to the endpoint: lists look themselves.
Result<Response> without_query(Handler handler, Request& request, service::Webhooks& webhooks) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  return handler(request, webhooks);
}

}  // namespace

void add_webhooks(Router& router, service::Webhooks& webhooks) {
  const auto add = [&](Method method, std::string_view pattern, Handler handler, BodyKind body = BodyKind::kNone,
                       Lane lane = Lane::kQuick) {
    const bool is_list = handler == list || handler == deliveries;
    std::vector<std::string_view> produces;
    if (method != Method::kDelete) {
      produces.emplace_back("application/json");
    }
    router.add({method, pattern, Access::kKey, domain::Scope::kWebhooks, body, lane, std::move(produces),
                [&webhooks, handler, is_list](Request& request) {
                  return is_list ? handler(request, webhooks) : without_query(handler, request, webhooks);
                }});
  };
  // Slow where a host name is looked up.
  add(Method::kPost, "/v1/webhooks", create, BodyKind::kJson, Lane::kSlow);
  add(Method::kGet, "/v1/webhooks", list);
  add(Method::kGet, "/v1/webhooks/{webhookId}", read);
  add(Method::kPatch, "/v1/webhooks/{webhookId}", update, BodyKind::kJson, Lane::kSlow);
  add(Method::kDelete, "/v1/webhooks/{webhookId}", remove);
  add(Method::kPost, "/v1/webhooks/{webhookId}/rotate", rotate);
  add(Method::kPost, "/v1/webhooks/{webhookId}/test", test);
  add(Method::kGet, "/v1/webhooks/{webhookId}/deliveries", deliveries);
  add(Method::kPost, "/v1/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver", redeliver);
  add(Method::kPost, "/v1/account/signing-secret", make_signing_secret);
}

}  // namespace pictor::http::handlers
