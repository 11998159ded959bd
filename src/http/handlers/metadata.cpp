#include "domain/checked_object.hpp"
#include "http/csv.hpp"
#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"
#include "http/handlers/metadata_table.hpp"
#include "http/header_values.hpp"

namespace pictor::http::handlers {
namespace {

constexpr std::size_t kMaxRows = 10'000;

/// One row of the metadata form: also the answer to an edit of one image.
Json row_json(const domain::Image& image) {
  return {{"imageId", image.id.str()},
          {"originalFilename", image.original_filename},
          {"metadata", image.metadata ? domain::to_api_json(*image.metadata) : Json(nullptr)}};
}

Response image_response(const domain::Image& image) {
  Response response = json_response(200, row_json(image));
  response.set("ETag", domain::metadata_etag(image));
  return response;
}

bool wants_csv(const Request& request) {
  return negotiate(request.header_list("Accept"), {"application/json", "text/csv"}) == "text/csv";
}

Response table_response(const Request& request, const std::string& session, const std::vector<domain::Image>& images) {
  if (wants_csv(request)) {
    Response response = text_response(200, "text/csv; charset=utf-8; header=present", metadata_csv(images));
    response.set("Content-Disposition", make_disposition("attachment", session + ".csv"));
    response.set("Cache-Control", "no-store");
    return response;
  }
  Json rows = Json::array();
  for (const domain::Image& image : images) {
    rows.push_back(row_json(image));
  }
  return json_response(200, {{"sessionId", session}, {"data", std::move(rows)}});
}

/// GET /v1/sessions/{sessionId}/metadata (openapi: getMetadata).
Result<Response> read(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({"review"}); !known) {
    return fail(known.error());
  }
  const std::optional<std::string> review = request.query("review");
  if (review && *review != "pending" && *review != "approved" && *review != "rejected") {
    return fail_field("?review", "This must be one of: pending, approved, rejected.");
  }
  const std::string& session = request.parameter("sessionId");
  const Result<std::vector<domain::Image>> images = api.services().reviews.all(request.who(), session, review);
  if (!images) {
    return fail(images.error());
  }
  return table_response(request, session, *images);
}

/// The JSON form that GET gives.
Result<std::vector<service::Reviews::Row>> rows_of_json(const Request& request, const std::string& session) {
  const Result<Json> body = json_body(request);
  if (!body) {
    return fail(body.error());
  }
  domain::CheckedObject object(*body, "");
  if (const auto named = object.text("sessionId", 64); named && *named != session) {
    object.add_fault("sessionId", "This is another session than the address names.");
  }
  std::vector<service::Reviews::Row> rows;
  const Json* data = object.array("data", kMaxRows);
  if (data == nullptr && !object.has("data")) {
    object.add_fault("data", "This must be a list of {imageId, metadata}.");
  }
  for (std::size_t i = 0; data != nullptr && i < data->size(); ++i) {
    const std::string pointer = "/data/" + std::to_string(i);
    domain::CheckedObject item((*data)[i], pointer);
    service::Reviews::Row row;
    row.image_id = item.text("imageId", 64, 1).value_or("");
    if (!item.has("imageId")) {
      item.add_fault("imageId", "Name the image.");
    }
    (void)item.text("originalFilename", 1024);  // what GET gave may come back
    row.pointer = pointer;
    if (const Json* patch = item.object("metadata")) {
      row.patch = *patch;
      rows.push_back(std::move(row));
    }
    if (Result<void> checked = item.finish(); !checked) {
      object.add_faults(checked.error());
    }
  }
  if (Result<void> checked = object.finish(); !checked) {
    return fail(checked.error());
  }
  return rows;
}

/// PUT /v1/sessions/{sessionId}/metadata (openapi: putMetadata): all or none.
Result<Response> put(Request& request, Api& api) {
  const std::string& session = request.parameter("sessionId");
  const bool is_csv = parse_media_type(request.header("Content-Type")).type == "text/csv";
  const Result<std::vector<service::Reviews::Row>> rows =
      is_csv ? rows_of_csv(request.body) : rows_of_json(request, session);
  if (!rows) {
    return fail(rows.error());
  }
  const Result<std::vector<domain::Image>> images = api.services().reviews.put(request.who(), session, *rows);
  if (!images) {
    return fail(images.error());
  }
  return table_response(request, session, *images);
}

/// What is wrong with a patch whatever the words are now: told before If-Match is looked at.
Result<void> check_patch(const Json& patch) {
  Json editable = patch;
  if (editable.is_object()) {
    for (const char* name : {"confidence", "source", "model", "facts", "reasons", "version", "editedAt"}) {
      editable.erase(name);
    }
  }
  const Result<domain::Metadata> merged = domain::merge_patch({}, editable);
  return merged ? Result<void>() : fail(merged.error());
}

/// PATCH …/images/{imageId}/metadata (openapi: patchMetadata).
Result<Response> patch(Request& request, Api& api) {
  const Result<Json> body = json_body(request);
  if (!body) {
    return fail(body.error());
  }
  if (Result<void> checked = check_patch(*body); !checked) {
    return fail(checked.error());
  }
  const std::string if_match = request.header_list("If-Match");
  const Result<domain::Image> image =
      api.services().reviews.patch(request.who(), request.parameter("sessionId"), request.parameter("imageId"), *body,
                                   if_match.empty() ? std::nullopt : std::optional<std::string>(if_match));
  if (!image) {
    return fail(image.error());
  }
  return image_response(*image);
}

/// GET …/metadata/versions (openapi: listMetadataVersions), oldest first.
Result<Response> versions(Request& request, Api& api) {
  const Result<std::vector<domain::MetadataVersion>> found =
      api.services().reviews.versions(request.who(), request.parameter("sessionId"), request.parameter("imageId"));
  if (!found) {
    return fail(found.error());
  }
  Json list = Json::array();
  for (const domain::MetadataVersion& version : *found) {
    list.push_back({{"version", version.version},
                    {"changedBy", version.changed_by},
                    {"changedAt", format_timestamp(version.changed_at)},
                    {"metadata", domain::to_api_json(version.metadata)}});
  }
  return json_response(200, {{"data", std::move(list)}});
}

/// POST …/metadata/restore (openapi: restoreMetadata).
Result<Response> restore(Request& request, Api& api) {
  const Result<Json> body = json_body(request);
  if (!body) {
    return fail(body.error());
  }
  domain::CheckedObject object(*body, "");
  const std::optional<int> version = object.integer("version", 1, 1'000'000'000);
  if (!version && !object.has("version")) {
    object.add_fault("version", "Name the version to go back to.");
  }
  if (Result<void> checked = object.finish(); !checked) {
    return fail(checked.error());
  }
  const Result<domain::Image> image = api.services().reviews.restore(request.who(), request.parameter("sessionId"),
                                                                     request.parameter("imageId"), *version);
  if (!image) {
    return fail(image.error());
  }
  return image_response(*image);
}

}  // namespace

void add_metadata(Router& router, Api& api) {
  const auto add = [&router, &api](Method method, std::string_view pattern, BodyKind body,
                                   std::vector<std::string_view> produces,
                                   Result<Response> (*handler)(Request&, Api&)) {
    router.add({method, pattern, Access::kKey, domain::Scope::kImages, body, Lane::kQuick, std::move(produces),
                [&api, handler](Request& request) { return handler(request, api); }});
  };
  const std::vector<std::string_view> json = {"application/json"};
  const std::vector<std::string_view> table = {"application/json", "text/csv"};
  add(Method::kGet, "/v1/sessions/{sessionId}/metadata", BodyKind::kNone, table, read);
  add(Method::kPut, "/v1/sessions/{sessionId}/metadata", BodyKind::kTable, table, put);
  add(Method::kPatch, "/v1/sessions/{sessionId}/images/{imageId}/metadata", BodyKind::kJson, json, patch);
  add(Method::kGet, "/v1/sessions/{sessionId}/images/{imageId}/metadata/versions", BodyKind::kNone, json, versions);
  add(Method::kPost, "/v1/sessions/{sessionId}/images/{imageId}/metadata/restore", BodyKind::kJson, json, restore);
}

}  // namespace pictor::http::handlers
