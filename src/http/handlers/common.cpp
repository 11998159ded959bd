#include "http/handlers/common.hpp"

#include <algorithm>
#include <sys/stat.h>

#include "domain/checked_object.hpp"
#include "http/json_upload.hpp"

namespace pictor::http::handlers {

Result<Json> json_body(const Request& request) {
  if (request.body.empty()) {
    return fail({ErrorCode::kMalformedRequest, "The body is empty: this call needs a JSON object."});
  }
  return parse_json(request.body);
}

Result<domain::PageRequest> page_request(const Request& request, std::vector<std::string_view> others) {
  others.insert(others.end(), {"limit", "cursor"});
  if (Result<void> known = request.allow_query(others); !known) {
    return fail(known.error());
  }
  domain::PageRequest page;
  if (const auto limit = request.query("limit")) {
    const bool digits =
        !limit->empty() && limit->size() <= 3 && limit->find_first_not_of("0123456789") == std::string::npos;
    page.limit = digits ? std::stoi(*limit) : 0;
    if (page.limit < 1 || page.limit > 100) {
      return fail_field("?limit", "This must be a whole number from 1 to 100.");
    }
  }
  page.cursor = request.query("cursor").value_or("");
  const auto is_id_character = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (page.cursor.size() > 64 || !std::all_of(page.cursor.begin(), page.cursor.end(), is_id_character)) {
    return fail_field("?cursor", "This must be the nextCursor of the page before.");
  }
  return page;
}

Response page_response(const Request& request, const domain::PageRequest& page, Json items,
                       const std::optional<std::string>& next_cursor) {
  Response response = json_response(
      200, {{"data", std::move(items)}, {"nextCursor", next_cursor ? Json(*next_cursor) : Json(nullptr)}});
  if (next_cursor) {
    std::string path;
    for (const std::string& segment : request.target.segments) {
      path += "/" + segment;
    }
    std::string query = "?limit=" + std::to_string(page.limit) + "&cursor=" + *next_cursor;
    for (const auto& [name, value] : request.target.query) {
      if (name != "limit" && name != "cursor") {
        query += "&" + name + "=" + percent_encode(value);
      }
    }
    response.set("Link", "<" + path + query + ">; rel=\"next\"");
  }
  return response;
}

Error empty_upload() {
  return {ErrorCode::kMalformedRequest,
          "The body is empty: send images as multipart/form-data, as JSON, or one image as the body itself."};
}

Result<void> check_fields(const Upload& upload, const std::vector<std::string_view>& known) {
  Error error{ErrorCode::kUnknownField, {}};
  std::vector<std::string_view> seen;
  for (const auto& [name, value] : upload.fields) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      error.fields.push_back({"/" + domain::pointer_token(name), "There is no such form field here."});
    } else if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      return fail_field("/" + name, "This form field may come only once.");
    }
    seen.push_back(name);
  }
  if (error.fields.empty()) {
    return {};
  }
  error.public_message = error.fields.front().pointer + ": " + error.fields.front().detail;
  return fail(std::move(error));
}

Result<std::optional<Json>> json_field(const Upload& upload, std::string_view name) {
  for (const auto& [key, value] : upload.fields) {
    if (key == name) {
      Result<Json> parsed = parse_json(value);
      if (!parsed) {
        Error error = parsed.error();
        error.public_message = "The form field " + std::string(name) + " must be JSON. " + error.public_message;
        return fail(std::move(error));
      }
      return std::optional<Json>(*std::move(parsed));
    }
  }
  return std::optional<Json>();
}

Result<std::vector<service::Incoming>> images_of(Request& request, Api& api) {
  if (!request.has_body) {
    return fail(empty_upload());
  }
  Upload& upload = request.upload;
  if (!upload.json) {
    if (Result<void> known = check_fields(upload, {}); !known) {
      return fail(known.error());
    }
    return std::move(upload.images);
  }
  const Json body = *std::move(upload.json);
  domain::CheckedObject object(body, "");
  const Json* images = object.raw("images");
  if (Result<void> checked = object.finish(); !checked) {
    return fail(checked.error());
  }
  return images_from_json(images == nullptr ? Json() : *images, upload, api.services().blobs, api.config().limits,
                          "/images");
}

Result<std::int64_t> size_of(const UniqueFd& descriptor) {
  struct stat status{};
  if (::fstat(descriptor.get(), &status) != 0) {
    return fail_internal("fstat of a blob failed");
  }
  return std::int64_t{status.st_size};
}

std::string public_base(const Request& request, const Api& api) {
  std::string base = api.config().public_url;
  while (base.ends_with('/')) {
    base.pop_back();
  }
  if (!base.empty()) {
    return base;
  }
  const std::string_view host = request.header("Host");
  const bool plain =
      !host.empty() && host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") ==
                           std::string_view::npos;
  return plain ? "http://" + std::string(host) : std::string();
}

}  // namespace pictor::http::handlers
