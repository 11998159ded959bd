#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"

namespace pictor::http::handlers {
namespace {

/// Exports of a session in short: the whole is under their own address.
Json exports_json(const std::vector<domain::Export>& exports) {
  Json list = Json::array();
  for (const domain::Export& result : exports) {
    list.push_back({{"exportId", result.id.str()},
                    {"jobId", result.job.str()},
                    {"status", result.status},
                    {"sample", result.sample},
                    {"createdAt", format_timestamp(result.created_at)},
                    {"url", "/v1/exports/" + result.id.str()}});
  }
  return list;
}

/// POST /v1/sessions (openapi: createSession).
Result<Response> create(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  const Result<std::vector<service::Incoming>> images = images_of(request, api);
  if (!images) {
    return fail(images.error());
  }
  const Result<service::SessionView> view = api.services().sessions.create(request.who(), *images);
  if (!view) {
    return fail(view.error());
  }
  Response response = json_response(201, domain::to_api_json(view->session, view->images, view->rejected));
  response.set("Location", "/v1/sessions/" + view->session.id.str());
  return response;
}

/// POST /v1/sessions/{sessionId}/images (openapi: addImages): the images that this call added.
Result<Response> add(Request& request, Api& api) {
  const Result<std::vector<service::Incoming>> images = images_of(request, api);
  if (!images) {
    return fail(images.error());
  }
  const Result<service::SessionView> view =
      api.services().sessions.add_images(request.who(), request.parameter("sessionId"), *images);
  if (!view) {
    return fail(view.error());
  }
  Response response = json_response(201, domain::to_api_json(view->session, view->images, view->rejected));
  response.set("Location", "/v1/sessions/" + view->session.id.str());
  return response;
}

/// GET /v1/sessions/{sessionId} (openapi: getSession).
Result<Response> read(Request& request, Api& api) {
  const Result<service::SessionView> view = api.services().sessions.find(request.who(), request.parameter("sessionId"));
  if (!view) {
    return fail(view.error());
  }
  const Result<std::vector<domain::Export>> exports =
      api.services().exports.of_session(request.who(), view->session.id);
  if (!exports) {
    return fail(exports.error());
  }
  Json json = domain::to_api_json(view->session, view->images, view->rejected);
  json["exports"] = exports_json(*exports);
  return json_response(200, json);
}

/// GET /v1/sessions (openapi: listSessions).
Result<Response> list(Request& request, Api& api) {
  const Result<domain::PageRequest> page = page_request(request);
  if (!page) {
    return fail(page.error());
  }
  const Result<domain::Page<service::SessionView>> found = api.services().sessions.list(request.who(), *page);
  if (!found) {
    return fail(found.error());
  }
  Json items = Json::array();
  for (const service::SessionView& view : found->items) {
    items.push_back(domain::to_api_json(view.session, view.images, view.rejected));
  }
  return page_response(request, *page, std::move(items), found->next_cursor);
}

/// DELETE /v1/sessions/{sessionId} (openapi: deleteSession).
Result<Response> remove(Request& request, Api& api) {
  if (Result<void> gone = api.services().sessions.remove(request.who(), request.parameter("sessionId")); !gone) {
    return fail(gone.error());
  }
  return empty_response();
}

}  // namespace

void add_sessions(Router& router, Api& api) {
  const auto bound = [&api](Result<Response> (*handler)(Request&, Api&)) {
    return [&api, handler](Request& request) { return handler(request, api); };
  };
  const domain::Scope scope = domain::Scope::kImages;
  router.add({Method::kPost,
              "/v1/sessions",
              Access::kKey,
              scope,
              BodyKind::kUpload,
              Lane::kSlow,
              {"application/json"},
              bound(create)});
  router.add({Method::kGet,
              "/v1/sessions",
              Access::kKey,
              scope,
              BodyKind::kNone,
              Lane::kQuick,
              {"application/json"},
              bound(list)});
  router.add({Method::kGet,
              "/v1/sessions/{sessionId}",
              Access::kKey,
              scope,
              BodyKind::kNone,
              Lane::kQuick,
              {"application/json"},
              bound(read)});
  router.add({Method::kDelete,
              "/v1/sessions/{sessionId}",
              Access::kKey,
              scope,
              BodyKind::kNone,
              Lane::kQuick,
              {},
              bound(remove)});
  router.add({Method::kPost,
              "/v1/sessions/{sessionId}/images",
              Access::kKey,
              scope,
              BodyKind::kUpload,
              Lane::kSlow,
              {"application/json"},
              bound(add)});
}

}  // namespace pictor::http::handlers
