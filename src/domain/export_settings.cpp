#include "domain/export_settings.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "domain/checked_object.hpp"

namespace pictor::domain {
namespace {

constexpr int kMaxSide = 65'535;

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

/// `{"metric":"ssimulacra2","score":80}`
void read_target(CheckedObject& body, ExportSettings& settings) {
  const Json* json = body.object("target");
  if (json == nullptr) {
    return;
  }
  CheckedObject fields(*json, body.pointer_of("target"));
  fields.one_of("metric", {"ssimulacra2"});
  const std::optional<double> score = fields.number("score", 1, 100);
  if (!fields.has("score")) {
    fields.add_fault("score", "Say the score to reach, from 1 to 100.");
  }
  if (const Result<void> checked = fields.finish(); !checked) {
    body.add_faults(checked.error());
    return;
  }
  settings.target = score;
}

void read_quality(CheckedObject& body, ExportSettings& settings) {
  std::vector<std::string> presets;
  for (const PresetTraits& row : kPresets) {
    presets.emplace_back(row.name);
  }
  if (const auto name = body.one_of("preset", presets)) {
    settings.preset_given = true;
    for (const PresetTraits& row : kPresets) {
      settings.preset = row.name == *name ? row.preset : settings.preset;
    }
  }
  if (const auto quality = body.integer("quality", 1, 100)) {
    settings.quality = quality;
    settings.target.reset();
  } else if (body.has("preset")) {
    // An image's own preset is not overruled by the quality of the whole request.
    settings.quality.reset();
    settings.target.reset();
  }
  settings.lossless = body.boolean("lossless").value_or(settings.lossless);
  settings.effort = body.integer("effort", 0, 9).value_or(settings.effort);
  if (const auto deadline = body.integer("deadlineMs", 1, 600'000)) {
    settings.deadline_ms = deadline;
  }
  read_target(body, settings);
  if (const auto most = body.integer("maxBytes", 1, 2'000'000'000)) {
    settings.max_bytes = most;
  }
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
  // A preset that nobody chose is not written where bytes decide: read again, it would be one that was chosen.
  if (settings.preset_given || !settings.max_bytes) {
    json["preset"] = traits_of(settings.preset).name;
  }
  if (settings.quality) {
    json["quality"] = *settings.quality;
  }
  if (settings.target) {
    json["target"] = {{"metric", "ssimulacra2"}, {"score", *settings.target}};
  }
  if (settings.max_bytes) {
    json["maxBytes"] = *settings.max_bytes;
  }
  json["lossless"] = settings.lossless;
  json["effort"] = settings.effort;
  if (settings.deadline_ms) {
    json["deadlineMs"] = *settings.deadline_ms;
  }
  write_edits(json, settings.edits, settings.resize);
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
  read_edits(body, settings.edits, settings.resize);
  read_responsive(body, settings);
  read_keep(body, settings);
  read_background(body, settings);
  read_naming(body, settings);
  if (const Result<void> checked = body.finish(); !checked) {
    return fail(checked.error());
  }
  return settings;
}

std::optional<double> promised_score(const ExportSettings& settings) {
  if (settings.target) {
    return settings.target;
  }
  if (settings.quality || (settings.max_bytes && !settings.preset_given)) {
    return std::nullopt;
  }
  return traits_of(settings.preset).ssimulacra2;
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
