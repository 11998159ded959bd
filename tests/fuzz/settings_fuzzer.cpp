// A client's settings, options and edits as JSON or as flat fields: what is taken can be written and taken again.
#include "base/json.hpp"
#include "domain/analyze_options.hpp"
#include "domain/export_settings.hpp"
#include "domain/metadata.hpp"
#include "input.hpp"

namespace {

using namespace pictor;

void check_object(const Json& json) {
  if (const auto settings = domain::parse_export_settings(json)) {
    const auto again = domain::parse_export_settings(domain::to_json(*settings));
    fuzz::require(again && domain::to_json(*again) == domain::to_json(*settings));
  }
  if (const auto options = domain::parse_analyze_options(json)) {
    const auto again = domain::parse_analyze_options(domain::to_json(*options));
    fuzz::require(again && domain::to_json(*again) == domain::to_json(*options));
  }
  if (const auto edited = domain::merge_patch({}, json)) {
    // What GET gives can be PUT back.
    const auto put_back = domain::merge_patch(*edited, domain::to_api_json(*edited));
    fuzz::require(put_back && domain::to_api_json(*put_back) == domain::to_api_json(*edited));
    const auto stored = domain::metadata_from_json(domain::to_json(*edited));
    fuzz::require(stored && domain::to_json(*stored) == domain::to_json(*edited));
  }
  static_cast<void>(domain::metadata_from_json(json));
}

/// `name=value` lines.
void check_flat(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> fields;
  while (!text.empty() && fields.size() < 40) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t equals = std::min(line.find('='), line.size());
    fields.emplace_back(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
  }
  if (const auto settings = domain::parse_flat_settings(fields)) {
    fuzz::require(domain::parse_export_settings(domain::to_json(*settings)).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = fuzz::Input(bytes, size).text();
  if (const auto json = parse_json(text)) {
    check_object(*json);
  } else {
    check_flat(text);
  }
  return 0;
}
