#include "domain/ports/image_engine.hpp"

#include <algorithm>

#include "domain/json_fields.hpp"

namespace pictor::domain {
namespace {

bool all_numbers(const Json& list) {
  return std::all_of(list.begin(), list.end(), [](const Json& value) { return value.is_number(); });
}

}  // namespace

Json to_json(const RenderRequest& request) {
  Json targets = Json::array();
  for (const RenderTarget& target : request.targets) {
    targets.push_back({{"name", target.name}, {"width", target.width ? Json(*target.width) : Json(nullptr)}});
  }
  return {{"settings", to_json(request.settings)},
          {"targets", std::move(targets)},
          {"metadata", request.metadata ? to_json(*request.metadata) : Json(nullptr)},
          {"source_bytes", request.source_bytes},
          {"focal_point", request.focal_point ? Json(*request.focal_point) : Json(nullptr)},
          {"faces", request.faces}};
}

Result<RenderRequest> render_request_from_json(const Json& json) {
  const FieldReader reader(json);
  RenderRequest request;
  const Json* settings = reader.find("settings");
  Result<ExportSettings> parsed = parse_export_settings(settings != nullptr ? *settings : Json::object());
  if (!parsed) {
    return fail(parsed.error());
  }
  request.settings = *std::move(parsed);
  for (const Json& row : reader.array("targets")) {
    const FieldReader target(row);
    request.targets.push_back({target.text("name", "full"),
                               target.has("width") ? std::optional<int>(target.integer("width")) : std::nullopt});
  }
  if (reader.has("metadata")) {
    Result<Metadata> metadata = metadata_from_json(*reader.find("metadata"));
    if (!metadata) {
      return fail(metadata.error());
    }
    request.metadata = *std::move(metadata);
  }
  request.source_bytes = reader.integer64("source_bytes");
  if (const Json& point = reader.array("focal_point"); point.size() == 2 && all_numbers(point)) {
    request.focal_point = {point[0].get<double>(), point[1].get<double>()};
  }
  for (const Json& row : reader.array("faces")) {
    if (row.is_array() && row.size() == 4 && all_numbers(row)) {
      request.faces.push_back({row[0].get<double>(), row[1].get<double>(), row[2].get<double>(), row[3].get<double>()});
    }
  }
  return request;
}

Json to_json(const RenderResult& result) {
  Json files = Json::array();
  for (const RenderedFile& file : result.files) {
    files.push_back({{"name", file.name},
                     {"format", traits_of(file.format).name},
                     {"width", file.width},
                     {"height", file.height},
                     {"bytes", file.bytes},
                     {"quality", file.quality ? Json(*file.quality) : Json(nullptr)},
                     {"ssimulacra2", file.ssimulacra2 ? Json(*file.ssimulacra2) : Json(nullptr)},
                     {"encoder", file.encoder},
                     {"tried", file.tried},
                     {"limited_by", file.limited_by},
                     {"passthrough", file.passthrough}});
  }
  return {{"files", std::move(files)}, {"warnings", result.warnings}};
}

Result<RenderResult> render_result_from_json(const Json& json) {
  const FieldReader reader(json);
  RenderResult result;
  for (const Json& row : reader.array("files")) {
    const FieldReader file(row);
    const std::optional<ImageFormat> format = format_from_name(file.text("format"));
    if (!format) {
      return fail_internal("rendered file without a known format");
    }
    result.files.push_back(
        {.name = file.text("name", "full"),
         .format = *format,
         .width = file.integer("width"),
         .height = file.integer("height"),
         .bytes = file.integer64("bytes"),
         .quality = file.has("quality") ? std::optional<double>(file.number("quality")) : std::nullopt,
         .ssimulacra2 = file.has("ssimulacra2") ? std::optional<double>(file.number("ssimulacra2")) : std::nullopt,
         .encoder = file.text("encoder"),
         .tried = file.integer("tried", 1),
         .limited_by = file.text("limited_by"),
         .passthrough = file.boolean("passthrough")});
  }
  result.warnings = reader.texts("warnings");
  return result;
}

}  // namespace pictor::domain
