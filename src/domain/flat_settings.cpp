#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "domain/export_settings.hpp"

namespace pictor::domain {
namespace {

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// `?keep=icc,copyright`
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) {
      parts.push_back(text.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  return parts;
}

/// A whole number, any other number, or the text itself.
Json number_or_text(const std::string& text) {
  const char* end = text.data() + text.size();
  int whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc() && read.ptr == end) {
    return whole;
  }
  double number = 0;
  if (const auto read = std::from_chars(text.data(), end, number);
      read.ec == std::errc() && read.ptr == end && !text.empty()) {
    return number;
  }
  return text;
}

/// `crop=left,top,width,height`, `pad=top,right,bottom,left`: as the object that the parser reads.
Json sides(const std::string& text, const std::array<const char*, 4>& names) {
  const std::vector<std::string> parts = split(text);
  if (parts.size() != names.size()) {
    return text;
  }
  Json object;
  for (std::size_t i = 0; i < names.size(); ++i) {
    object[names.at(i)] = number_or_text(parts.at(i));
  }
  return object;
}

/// `target=ssimulacra2:80`
Json target(const std::string& text) {
  const std::size_t colon = text.find(':');
  return colon == std::string::npos
             ? Json(text)
             : Json({{"metric", text.substr(0, colon)}, {"score", number_or_text(text.substr(colon + 1))}});
}

/// Query text to the JSON type that the field has; text that does not fit stays text, so that the parser names the
/// fault.
Json flat_value(const std::string& name, const std::string& text) {
  if (one_of(name, {"keep", "accept"})) {
    return Json(split(text));
  }
  if (one_of(name, {"background", "format", "preset", "fit", "gravity", "flip", "filename", "prefer"})) {
    return text;
  }
  if (name == "target") {
    return target(text);
  }
  if (name == "crop") {
    return sides(text, {"left", "top", "width", "height"});
  }
  if (name == "pad" && text.find(',') != std::string::npos) {
    return sides(text, {"top", "right", "bottom", "left"});
  }
  if (name == "watermark") {
    return {{"imageId", text}};
  }
  if (text == "true" || text == "false") {
    return text == "true";
  }
  if (text == "1" && one_of(name, {"lossless", "enlarge", "neverWorse", "embedMetadata"})) {
    return true;
  }
  return number_or_text(text);
}

/// `/resize/width` is `?width` here, `/crop/left` is `?crop`.
std::string flat_name(const std::string& pointer) {
  const std::string inner = pointer.substr(pointer.rfind("/resize/", 0) == 0 ? 8 : 1);
  return "?" + inner.substr(0, inner.find('/'));
}

}  // namespace

Result<ExportSettings> parse_flat_settings(const std::vector<std::pair<std::string, std::string>>& fields) {
  Json json = Json::object();
  Json resize = Json::object();
  for (const auto& [name, text] : fields) {
    Json& object = one_of(name, {"width", "height", "fit", "gravity", "enlarge"}) ? resize : json;
    if (object.contains(name)) {
      return fail_field("?" + name, "This is given twice.");
    }
    if (one_of(name, {"resize", "responsive", "responsiveSizes"})) {
      Error error{ErrorCode::kUnknownField,
                  "?" + name + ": There is no such field here; use width, height, fit, gravity, enlarge."};
      error.fields.push_back({"?" + name, "There is no such field here; use width, height, fit, gravity, enlarge."});
      return fail(std::move(error));
    }
    object[name] = flat_value(name, text);
  }
  if (!resize.empty()) {
    json["resize"] = std::move(resize);
  }
  Result<ExportSettings> settings = parse_export_settings(json, "");
  if (!settings) {
    Error error = settings.error();
    for (FieldError& field : error.fields) {
      field.pointer = flat_name(field.pointer);
    }
    error.public_message =
        error.fields.empty() ? error.public_message : error.fields.front().pointer + ": " + error.fields.front().detail;
    return fail(std::move(error));
  }
  return settings;
}

}  // namespace pictor::domain
