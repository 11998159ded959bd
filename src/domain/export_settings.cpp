#include "domain/export_settings.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "domain/checked_object.hpp"

namespace pictor::domain {
namespace {

constexpr int kMaxSide = 65'535;

constexpr std::array kFits = {
    std::pair{Fit::kInside, "inside"}, std::pair{Fit::kCover, "cover"},     std::pair{Fit::kContain, "contain"},
    std::pair{Fit::kFill, "fill"},     std::pair{Fit::kOutside, "outside"},
};
/// `focal` and `smart` are in the enum but not here: they come with their crops.
constexpr std::array kGravities = {
    std::pair{Gravity::kCentre, "centre"},       std::pair{Gravity::kNorth, "north"},
    std::pair{Gravity::kNorthEast, "northeast"}, std::pair{Gravity::kEast, "east"},
    std::pair{Gravity::kSouthEast, "southeast"}, std::pair{Gravity::kSouth, "south"},
    std::pair{Gravity::kSouthWest, "southwest"}, std::pair{Gravity::kWest, "west"},
    std::pair{Gravity::kNorthWest, "northwest"},
};
struct KeepFlag {
  const char* name;
  bool Keep::* flag;
};
constexpr std::array kKeepFlags = {
    KeepFlag{"icc", &Keep::icc},         KeepFlag{"copyright", &Keep::copyright},
    KeepFlag{"exif", &Keep::exif},       KeepFlag{"gps", &Keep::gps},
    KeepFlag{"xmp", &Keep::xmp},         KeepFlag{"iptc", &Keep::iptc},
    KeepFlag{"gainmap", &Keep::gainmap},
};

template <class Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& row : table) {
    names.emplace_back(row.second);
  }
  return names;
}

template <class Table, class Value>
const char* name_in(const Table& table, Value value) {
  for (const auto& row : table) {
    if (row.first == value) {
      return row.second;
    }
  }
  return table[0].second;
}

template <class Table>
auto value_in(const Table& table, const std::string& name) {
  for (const auto& row : table) {
    if (name == row.second) {
      return row.first;
    }
  }
  return table[0].first;
}

std::vector<std::string> writable_names() {
  std::vector<std::string> names;
  for (const FormatTraits& row : kFormats) {
    if (row.writable && row.format != ImageFormat::kTiff) {
      names.emplace_back(row.name);
    }
  }
  return names;
}

void read_format(CheckedObject& body, ExportSettings& settings) {
  std::vector<std::string> allowed = writable_names();
  allowed.insert(allowed.end(), {"jpg", "original", "auto"});
  if (const auto name = body.one_of("format", allowed)) {
    settings.choice =
        *name == "original" ? OutputChoice::kOriginal : (*name == "auto" ? OutputChoice::kAuto : OutputChoice::kFormat);
    if (settings.choice == OutputChoice::kFormat) {
      settings.format = *format_from_name(*name);
    }
  }
  if (const auto names = body.texts("accept", 16, 32)) {
    std::vector<ImageFormat> accept;
    for (const std::string& name : *names) {
      const std::optional<ImageFormat> format = format_from_name(name);
      if (!format || !traits_of(*format).writable) {
        body.add_fault("accept",
                       "\"" + name.substr(0, 32) + "\" is not a format that this server writes; see /v1/formats.");
        return;
      }
      accept.push_back(*format);
    }
    if (accept.empty()) {
      body.add_fault("accept", "Name at least one format.");
      return;
    }
    settings.accept = std::move(accept);
  }
}

void read_quality(CheckedObject& body, ExportSettings& settings) {
  std::vector<std::string> presets;
  for (const PresetTraits& row : kPresets) {
    presets.emplace_back(row.name);
  }
  if (const auto name = body.one_of("preset", presets)) {
    for (const PresetTraits& row : kPresets) {
      settings.preset = row.name == *name ? row.preset : settings.preset;
    }
  }
  if (const auto quality = body.integer("quality", 1, 100)) {
    settings.quality = quality;
  }
  settings.lossless = body.boolean("lossless").value_or(settings.lossless);
  settings.effort = body.integer("effort", 0, 9).value_or(settings.effort);
  if (const auto deadline = body.integer("deadlineMs", 1, 600'000)) {
    settings.deadline_ms = deadline;
  }
  for (const char* name : {"target", "maxBytes"}) {
    if (body.has(name)) {
      body.add_fault(name, "This server does not search for a score or a size yet: use \"preset\" or \"quality\".");
    }
  }
}

void read_resize(CheckedObject& body, ExportSettings& settings) {
  const Json* json = body.object("resize");
  if (json == nullptr) {
    return;
  }
  CheckedObject fields(*json, body.pointer_of("resize"));
  Resize resize;
  resize.width = fields.integer("width", 1, kMaxSide);
  resize.height = fields.integer("height", 1, kMaxSide);
  if (const auto fit = fields.one_of("fit", names_of(kFits))) {
    resize.fit = value_in(kFits, *fit);
  }
  if (const auto gravity = fields.one_of("gravity", names_of(kGravities))) {
    resize.gravity = value_in(kGravities, *gravity);
  }
  resize.enlarge = fields.boolean("enlarge").value_or(false);
  if (!fields.has("width") && !fields.has("height")) {
    fields.add_fault("width", "Give a width, a height, or both.");
  }
  if (const Result<void> checked = fields.finish(); !checked) {
    body.add_faults(checked.error());
    return;
  }
  settings.resize = resize;
}

void read_responsive(CheckedObject& body, ExportSettings& settings) {
  settings.responsive = body.boolean("responsive").value_or(settings.responsive);
  const Json* sizes = body.array("responsiveSizes", 20);
  if (sizes == nullptr) {
    return;
  }
  std::vector<int> widths;
  for (const Json& size : *sizes) {
    if (!size.is_number_integer() || size.get<double>() < 1 || size.get<double>() > kMaxSide) {
      body.add_fault("responsiveSizes", "Each width must be a whole number from 1 to 65535.");
      return;
    }
    widths.push_back(size.get<int>());
  }
  if (widths.empty()) {
    body.add_fault("responsiveSizes", "Give at least one width.");
    return;
  }
  std::sort(widths.begin(), widths.end());
  widths.erase(std::unique(widths.begin(), widths.end()), widths.end());
  settings.responsive_sizes = std::move(widths);
}

void read_keep(CheckedObject& body, ExportSettings& settings) {
  const auto names = body.texts("keep", 16, 32);
  if (!names) {
    return;
  }
  Keep keep{.icc = false, .copyright = false};
  for (const std::string& name : *names) {
    bool known = name == "none" || name == "all";
    for (const KeepFlag& row : kKeepFlags) {
      if (name == "all" || name == row.name) {
        keep.*row.flag = true;
        known = true;
      }
    }
    if (!known) {
      body.add_fault("keep",
                     "\"" + name + "\" is not one of: icc, copyright, exif, gps, xmp, iptc, gainmap, all, none.");
      return;
    }
    if (name == "none" && names->size() > 1) {
      body.add_fault("keep", "\"none\" stands alone.");
      return;
    }
  }
  settings.keep = keep;
}

void read_background(CheckedObject& body, ExportSettings& settings) {
  const auto text = body.text("background", 7);
  if (!text) {
    return;
  }
  std::string digits = text->starts_with('#') ? text->substr(1) : std::string();
  if (digits.size() == 3) {
    digits = {digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]};
  }
  unsigned value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 6 || problem != std::errc() || end != digits.data() + 6) {
    body.add_fault("background", "A colour is written as #rrggbb or #rgb.");
    return;
  }
  settings.background = {static_cast<std::uint8_t>(value >> 16U), static_cast<std::uint8_t>(value >> 8U),
                         static_cast<std::uint8_t>(value)};
}

void read_naming(CheckedObject& body, ExportSettings& settings) {
  settings.embed_metadata = body.boolean("embedMetadata").value_or(settings.embed_metadata);
  settings.never_worse = body.boolean("neverWorse").value_or(settings.never_worse);
  if (const auto prefer = body.one_of("prefer", {"analysis", "file"})) {
    settings.prefer_file = *prefer == "file";
  }
  if (const auto name = body.text("filename", 120)) {
    std::string plain = *name;
    if (const std::size_t at = plain.find("{filename}"); at != std::string::npos) {
      plain.replace(at, 10, "x");
    }
    const bool clean = std::none_of(plain.begin(), plain.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F ||
             std::string_view("/\\:*?\"<>|{}").find(c) != std::string_view::npos;
    });
    if (!clean || plain.starts_with('.')) {
      body.add_fault("filename",
                     "A name has no / \\ : * ? \" < > | or control characters and does not begin with a dot; "
                     "{filename} stands for the metadata's name.");
    } else {
      settings.filename = *name;
    }
  }
}

std::string hex_colour(const Rgb& colour) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "#";
  for (const std::uint8_t value : {colour.red, colour.green, colour.blue}) {
    text += kHex[value >> 4U];
    text += kHex[value & 15U];
  }
  return text;
}

/// `?keep=icc,copyright`
Json split_list(const std::string& text) {
  Json list = Json::array();
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) {
      list.push_back(text.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  return list;
}

/// Query text to the JSON type that the field has; text that does not fit stays text, so that the parser names the
/// fault.
Json flat_value(const std::string& name, const std::string& text) {
  if (name == "keep" || name == "accept") {
    return split_list(text);
  }
  if (text == "true" || text == "false") {
    return text == "true";
  }
  if (text == "1" && (name == "lossless" || name == "enlarge" || name == "neverWorse" || name == "embedMetadata")) {
    return true;
  }
  int number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = problem == std::errc() && end == text.data() + text.size();
  const bool wants_text =
      name == "background" || name == "format" || name == "preset" || name == "fit" || name == "gravity";
  return is_number && !wants_text ? Json(number) : Json(text);
}

}  // namespace

Json to_json(const ExportSettings& settings) {
  Json json;
  json["format"] =
      settings.choice == OutputChoice::kOriginal
          ? "original"
          : (settings.choice == OutputChoice::kAuto ? "auto" : std::string(traits_of(settings.format).name));
  json["accept"] = Json::array();
  for (const ImageFormat format : settings.accept) {
    json["accept"].push_back(traits_of(format).name);
  }
  json["preset"] = traits_of(settings.preset).name;
  if (settings.quality) {
    json["quality"] = *settings.quality;
  }
  json["lossless"] = settings.lossless;
  json["effort"] = settings.effort;
  if (settings.deadline_ms) {
    json["deadlineMs"] = *settings.deadline_ms;
  }
  if (settings.resize) {
    const Resize& resize = *settings.resize;
    Json fields;
    if (resize.width) {
      fields["width"] = *resize.width;
    }
    if (resize.height) {
      fields["height"] = *resize.height;
    }
    fields["fit"] = name_in(kFits, resize.fit);
    fields["gravity"] = name_in(kGravities, resize.gravity);
    fields["enlarge"] = resize.enlarge;
    json["resize"] = std::move(fields);
  }
  json["responsive"] = settings.responsive;
  json["responsiveSizes"] = settings.responsive_sizes;
  json["embedMetadata"] = settings.embed_metadata;
  json["keep"] = Json::array();
  for (const KeepFlag& row : kKeepFlags) {
    if (settings.keep.*row.flag) {
      json["keep"].push_back(row.name);
    }
  }
  if (json["keep"].empty()) {
    json["keep"].push_back("none");
  }
  json["background"] = hex_colour(settings.background);
  json["neverWorse"] = settings.never_worse;
  json["prefer"] = settings.prefer_file ? "file" : "analysis";
  if (!settings.filename.empty()) {
    json["filename"] = settings.filename;
  }
  return json;
}

Result<ExportSettings> parse_export_settings(const Json& json, const std::string& pointer, const ExportSettings& base) {
  CheckedObject body(json, pointer);
  ExportSettings settings = base;
  read_format(body, settings);
  read_quality(body, settings);
  read_resize(body, settings);
  read_responsive(body, settings);
  read_keep(body, settings);
  read_background(body, settings);
  read_naming(body, settings);
  if (const Result<void> checked = body.finish(); !checked) {
    return fail(checked.error());
  }
  return settings;
}

Result<ExportSettings> parse_flat_settings(const std::vector<std::pair<std::string, std::string>>& fields) {
  Json json = Json::object();
  Json resize = Json::object();
  for (const auto& [name, text] : fields) {
    const bool of_resize =
        name == "width" || name == "height" || name == "fit" || name == "gravity" || name == "enlarge";
    Json& target = of_resize ? resize : json;
    if (target.contains(name)) {
      return fail_field("?" + name, "This is given twice.");
    }
    if (name == "resize" || name == "responsive" || name == "responsiveSizes") {
      Error error{ErrorCode::kUnknownField,
                  "?" + name + ": There is no such field here; use width, height, fit, gravity, enlarge."};
      error.fields.push_back({"?" + name, "There is no such field here; use width, height, fit, gravity, enlarge."});
      return fail(std::move(error));
    }
    target[name] = flat_value(name, text);
  }
  if (!resize.empty()) {
    json["resize"] = std::move(resize);
  }
  Result<ExportSettings> settings = parse_export_settings(json, "");
  if (!settings) {
    Error error = settings.error();
    for (FieldError& field : error.fields) {
      std::string name = field.pointer.substr(field.pointer.rfind("/resize/", 0) == 0 ? 8 : 1);
      field.pointer = "?" + name;
    }
    error.public_message =
        error.fields.empty() ? error.public_message : error.fields.front().pointer + ": " + error.fields.front().detail;
    return fail(std::move(error));
  }
  return settings;
}

int encoder_quality(const ExportSettings& settings, ImageFormat format) {
  if (settings.quality) {
    return *settings.quality;
  }
  const PresetTraits& preset = traits_of(settings.preset);
  switch (format) {
    case ImageFormat::kWebp:
      return preset.webp_quality;
    case ImageFormat::kAvif:
    case ImageFormat::kHeif:
      return preset.avif_quality;
    default:
      return preset.jpeg_quality;
  }
}

}  // namespace pictor::domain
