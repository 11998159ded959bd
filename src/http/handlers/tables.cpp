#include "http/handlers/handlers.hpp"

namespace pictor::http::handlers {
namespace {

Json formats_json() {
  Json list = Json::array();
  for (const domain::FormatTraits& row : domain::kFormats) {
    if (row.readable || row.writable) {
      list.push_back({{"name", row.name},
                      {"mime", row.mime},
                      {"extension", row.extension},
                      {"input", row.readable},
                      {"output", row.writable},
                      {"alpha", row.has_alpha},
                      {"animation", row.animated},
                      {"lossy", row.lossy}});
    }
  }
  return {{"data", std::move(list)}};
}

Json presets_json() {
  Json list = Json::array();
  for (const domain::PresetTraits& row : domain::kPresets) {
    list.push_back({{"name", row.name},
                    {"ssimulacra2", row.ssimulacra2},
                    {"quality", {{"jpeg", row.jpeg_quality}, {"webp", row.webp_quality}, {"avif", row.avif_quality}}},
                    {"png", row.png_palette ? "palette" : "lossless"}});
  }
  return {{"data", std::move(list)}};
}

Json plans_json(const std::vector<domain::Plan>& plans) {
  Json list = Json::array();
  for (const domain::Plan& plan : plans) {
    list.push_back(domain::to_api_json(plan));
  }
  return {{"data", std::move(list)}};
}

}  // namespace

void add_tables(Router& router, Api& api) {
  const auto add = [&router](std::string_view pattern, const Json& json) {
    Endpoint endpoint;
    endpoint.pattern = pattern;
    endpoint.access = Access::kAnyone;
    endpoint.produces = {"application/json"};
    endpoint.handle = [text = dump_json(json)](Request&) -> Result<Response> {
      Response response = text_response(200, "application/json; charset=utf-8", text);
      response.set("Cache-Control", "public, max-age=300");
      return response;
    };
    router.add(std::move(endpoint));
  };
  // openapi: listFormats, listPresets, listPlans
  add("/v1/formats", formats_json());
  add("/v1/presets", presets_json());
  add("/v1/plans", plans_json(api.services().accounts.plans()));
}

}  // namespace pictor::http::handlers
