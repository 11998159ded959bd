#include "domain/analyze_options.hpp"

#include "domain/checked_object.hpp"

namespace pictor::domain {

Json to_json(const AnalyzeOptions& options) {
  Json json{{"language", options.language},
            {"keywords", options.keywords},
            {"maxAltLength", options.max_alt_length},
            {"force", options.force}};
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      json[name] = value;
    }
  };
  put("context", options.context);
  put("tone", options.tone);
  put("brand", options.brand);
  put("provider", options.provider);
  return json;
}

Result<AnalyzeOptions> parse_analyze_options(const Json& json, const std::string& pointer) {
  CheckedObject body(json, pointer);
  AnalyzeOptions options;
  options.language = body.text("language", 35, 2).value_or(options.language);
  options.context = body.text("context", 2'000).value_or("");
  options.keywords = body.texts("keywords", 20, 100).value_or(std::vector<std::string>{});
  options.tone = body.text("tone", 200).value_or("");
  options.brand = body.text("brand", 200).value_or("");
  options.max_alt_length = body.integer("maxAltLength", 10, 1'000).value_or(options.max_alt_length);
  options.provider = body.text("provider", 64).value_or("");
  options.force = body.boolean("force").value_or(false);
  if (const Result<void> checked = body.finish(); !checked) {
    return fail(checked.error());
  }
  return options;
}

}  // namespace pictor::domain
