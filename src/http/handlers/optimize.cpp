#include <algorithm>
#include <cstdio>

#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"
#include "http/header_values.hpp"
#include "http/json_upload.hpp"
#include "http/range.hpp"

namespace pictor::http::handlers {
namespace {

/// JSON is given to who asks for it by name and for no picture by name.
bool wants_json(const Request& request) {
  const std::string accept = request.header_list("Accept");
  if (!accepts_by_name(accept, "application/json")) {
    return false;
  }
  const std::vector<AcceptEntry> entries = parse_accept(accept);
  return std::none_of(entries.begin(), entries.end(),
                      [](const AcceptEntry& entry) { return entry.type.starts_with("image/") && entry.quality > 0; });
}

/// True when some picture would be taken at all.
bool accepts_pictures(const std::string& accept) {
  return std::any_of(domain::kFormats.begin(), domain::kFormats.end(), [&accept](const domain::FormatTraits& traits) {
    return traits.writable && acceptance(accept, traits.mime) > 0;
  });
}

/// What `format=auto` may take: formats named in Accept, and those that every client shows when it takes any. Empty
/// when Accept names none (`*/*` of curl says nothing about AVIF): the default list holds.
std::string formats_of_accept(const std::string& accept) {
  std::string formats;
  bool named = false;
  for (const domain::FormatTraits& traits : domain::kFormats) {
    const bool by_name = accepts_by_name(accept, traits.mime);
    const bool everybody = traits.format == domain::ImageFormat::kJpeg || traits.format == domain::ImageFormat::kPng;
    named = named || by_name;
    if (traits.writable && (by_name || (everybody && acceptance(accept, traits.mime) > 0))) {
      formats += (formats.empty() ? "" : ",") + std::string(traits.name);
    }
  }
  return named ? formats : std::string();
}

/// Query and form fields in one list; `auto` learns from Accept unless `accept` is given.
Result<Fields> fields_of(const Request& request, bool as_json) {
  Fields fields = request.target.query;
  fields.insert(fields.end(), request.upload.fields.begin(), request.upload.fields.end());
  const std::string accept = request.header_list("Accept");
  if (!as_json && !accepts_pictures(accept)) {
    return fail({ErrorCode::kNotAcceptable, "The answer can be had as an image, or as application/json."});
  }
  const auto value_of = [&fields](std::string_view name) {
    const auto at =
        std::find_if(fields.begin(), fields.end(), [name](const auto& field) { return field.first == name; });
    return at == fields.end() ? std::string() : at->second;
  };
  if (value_of("format") == "auto" && value_of("accept").empty()) {
    if (const std::string formats = formats_of_accept(accept); !formats.empty()) {
      fields.emplace_back("accept", formats);
    }
  }
  return fields;
}

Result<service::Incoming> image_of(Request& request, Api& api) {
  if (!request.has_body) {
    return fail(empty_upload());
  }
  Upload& upload = request.upload;
  if (upload.json) {
    const Json list = Json::array({*std::move(upload.json)});
    Result<std::vector<service::Incoming>> images =
        images_from_json(list, upload, api.services().blobs, api.config().limits, "");
    if (!images) {
      return fail(images.error());
    }
    upload.images = *std::move(images);
  }
  if (upload.images.empty()) {
    return fail_field("/image", "The form has no image: send one under image or file.");
  }
  if (upload.images.size() > 1) {
    return fail({ErrorCode::kTooManyImages, "This call takes one image; POST /v1/export takes many."});
  }
  if (upload.images.front().error) {
    return fail(*upload.images.front().error);
  }
  return std::move(upload.images.front());
}

double percent_saved(std::int64_t before, std::int64_t after) {
  return before <= 0 ? 0 : static_cast<double>(before - after) * 100 / static_cast<double>(before);
}

std::string one_decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

Response json_result(const service::OptimizeResult& result) {
  Json json = Json::object();
  if (result.kept) {
    json["exportId"] = result.kept->id.str();
    json["expiresAt"] = format_timestamp(result.kept->expires_at);
    json["url"] = domain::to_api_json(result.variant, result.kept->id)["url"];
    json["variant"] = domain::to_api_json(result.variant, result.kept->id);
  }
  json["source"] = {{"format", domain::traits_of(result.source.format).name},
                    {"mime", domain::traits_of(result.source.format).mime},
                    {"width", result.source.width},
                    {"height", result.source.height},
                    {"frames", result.source.frames},
                    {"bytes", result.source_bytes}};
  json["metadata"] = result.metadata ? domain::to_api_json(*result.metadata) : Json(nullptr);
  json["warnings"] = result.warnings;
  json["creditsCharged"] = result.credits.charged;
  return json_response(200, json);
}

Response image_result(service::OptimizeResult& result) {
  const domain::Variant& variant = result.variant;
  Response response;
  response.set("Content-Type", std::string(domain::traits_of(variant.format).mime));
  response.set("Content-Disposition", make_disposition("attachment", variant.filename));
  response.set("Cache-Control", "no-store");
  response.set("Vary", "Accept");
  response.set("Repr-Digest", repr_digest(variant.blob));
  response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  response.body = FileBody{std::move(result.file), 0, variant.bytes, result.blob.pin, variant.blob};
  return response;
}

void add_figures(Response& response, const service::OptimizeResult& result) {
  const domain::Variant& variant = result.variant;
  response.set("X-Original-Size", std::to_string(result.source_bytes));
  response.set("X-Optimized-Size", std::to_string(variant.bytes));
  response.set("X-Savings-Percent", one_decimal(percent_saved(result.source_bytes, variant.bytes)));
  if (variant.ssimulacra2) {
    response.set("X-Quality-Score", one_decimal(*variant.ssimulacra2));
  }
  response.set("X-Credits-Charged", std::to_string(result.credits.charged));
  response.set("X-Credits-Balance", std::to_string(result.credits.balance));
}

/// POST /v1/optimize (openapi: optimize).
Result<Response> optimize(Request& request, Api& api) {
  const bool as_json = wants_json(request);
  const Result<Fields> fields = fields_of(request, as_json);
  if (!fields) {
    return fail(fields.error());
  }
  Result<service::OptimizeRequest> wanted = service::parse_optimize_fields(*fields);
  if (!wanted) {
    return fail(wanted.error());
  }
  Result<service::Incoming> image = image_of(request, api);
  if (!image) {
    return fail(image.error());
  }
  wanted->image = *std::move(image);
  wanted->keep_result = as_json;
  wanted->before_effects = request.begin_effects;
  wanted->when_undone = request.when_undone;
  Result<service::OptimizeResult> result = api.services().optimizer.optimize(request.who(), *wanted, api.stop_token());
  if (!result) {
    return fail(result.error());
  }
  Response response = as_json ? json_result(*result) : image_result(*result);
  add_figures(response, *result);
  return response;
}

}  // namespace

void add_optimize(Router& router, Api& api) {
  router.add({Method::kPost,
              "/v1/optimize",
              Access::kKey,
              domain::Scope::kExport,
              BodyKind::kPassingUpload,
              Lane::kSlow,
              {},
              [&api](Request& request) { return optimize(request, api); },
              true});
}

}  // namespace pictor::http::handlers
