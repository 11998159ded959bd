#include "domain/checked_object.hpp"
#include "http/archive.hpp"
#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"
#include "http/header_values.hpp"
#include "http/problem.hpp"
#include "http/range.hpp"

namespace pictor::http::handlers {
namespace {

/// GET /v1/exports/{exportId} (openapi: getExport).
Result<Response> read(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({"snippet"}); !known) {
    return fail(known.error());
  }
  const std::optional<std::string> snippet = request.query("snippet");
  if (snippet && *snippet != "html") {
    return fail_field("?snippet", "This must be html.");
  }
  const std::string& id = request.parameter("exportId");
  const Result<domain::Export> found = api.services().exports.find(request.who(), id);
  if (!found) {
    return fail(found.error());
  }
  Json json = domain::to_api_json(*found, &problem_of);
  if (snippet) {
    const Result<std::string> html = api.services().exports.snippet(request.who(), id, api.config().public_url);
    if (!html) {
      return fail(html.error());
    }
    json["snippet"] = *html;
  }
  return json_response(200, json);
}

/// GET …/files/{name} (openapi: getExportFile): by key, or by a signed link.
Result<Response> file(Request& request, Api& api) {
  const std::string& id = request.parameter("exportId");
  const std::string& name = request.parameter("name");
  Result<service::Exports::File> found =
      request.principal ? api.services().exports.file(request.who(), id, name)
                        : api.services().exports.file_by_link(id, name, request.query("expires").value_or(""),
                                                              request.query("signature").value_or(""));
  if (!found) {
    return fail(found.error());
  }
  Download download;
  download.size = found->variant.bytes;
  download.sha256 = found->variant.blob;
  download.media_type = domain::traits_of(found->variant.format).mime;
  download.filename = found->variant.filename;
  download.modified = found->modified;
  download.descriptor = std::move(found->descriptor);
  return answer_download(request, std::move(download));
}

/// GET …/archive (openapi: getExportArchive).
Result<Response> archive(Request& request, Api& api) {
  const std::string& id = request.parameter("exportId");
  const Result<domain::Export> found = api.services().exports.find(request.who(), id);
  if (!found) {
    return fail(found.error());
  }
  const Result<std::vector<domain::Variant>> variants = api.services().exports.files(request.who(), id);
  if (!variants) {
    return fail(variants.error());
  }
  if (variants->empty()) {
    return fail({ErrorCode::kNotFound, "This export has no finished file."});
  }
  std::vector<ArchiveFile> files;
  for (const domain::Variant& variant : *variants) {
    files.push_back(
        {variant.filename, variant.bytes, [&api, variant] { return api.services().exports.open(variant); }});
  }
  Response response;
  response.set("Content-Type", "application/zip");
  response.set("Content-Disposition", make_disposition("attachment", found->id.str() + ".zip"));
  response.set("Cache-Control", "private, no-store");
  response.body = make_zip_source(std::move(files), found->created_at);
  return response;
}

/// POST …/links (openapi: createExportLinks).
Result<Response> links(Request& request, Api& api) {
  const Result<Json> body = request.body.empty() ? Json::object() : parse_json(request.body);
  if (!body) {
    return fail(body.error());
  }
  domain::CheckedObject object(*body, "");
  const int expires_in = object.integer("expiresIn", 1, 604'800).value_or(3'600);
  const std::vector<std::string> names = object.texts("names", 10'000, 255).value_or(std::vector<std::string>());
  if (Result<void> checked = object.finish(); !checked) {
    return fail(checked.error());
  }
  const Result<std::vector<service::Exports::Link>> made =
      api.services().exports.links(request.who(), request.parameter("exportId"), expires_in, names);
  if (!made) {
    return fail(made.error());
  }
  const std::string base = public_base(request, api);
  Json list = Json::array();
  for (const service::Exports::Link& link : *made) {
    list.push_back({{"name", link.name}, {"url", base + link.path}, {"expiresAt", format_timestamp(link.expires_at)}});
  }
  return json_response(200, {{"links", std::move(list)}});
}

}  // namespace

void add_exports(Router& router, Api& api) {
  const auto add = [&router, &api](Method method, std::string_view pattern, Access access, BodyKind body,
                                   std::vector<std::string_view> produces,
                                   Result<Response> (*handler)(Request&, Api&)) {
    router.add({method, pattern, access, domain::Scope::kImages, body, Lane::kQuick, std::move(produces),
                [&api, handler](Request& request) { return handler(request, api); }});
  };
  add(Method::kGet, "/v1/exports/{exportId}", Access::kKey, BodyKind::kNone, {"application/json"}, read);
  add(Method::kGet, "/v1/exports/{exportId}/files/{name}", Access::kKeyOrLink, BodyKind::kNone, {}, file);
  add(Method::kGet, "/v1/exports/{exportId}/archive", Access::kKey, BodyKind::kNone, {"application/zip"}, archive);
  add(Method::kPost, "/v1/exports/{exportId}/links", Access::kKey, BodyKind::kJson, {"application/json"}, links);
}

}  // namespace pictor::http::handlers
