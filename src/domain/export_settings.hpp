#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "domain/edits.hpp"
#include "domain/format.hpp"

namespace pictor::domain {

enum class Preset { kMaximum, kVeryHigh, kHigh, kMedium, kLow, kMinimum };

/// `GET /v1/presets` prints this table; section 5.
struct PresetTraits {
  Preset preset;
  std::string_view name;
  double ssimulacra2;  ///< the score promised when the search is on
  int jpeg_quality;
  int webp_quality;
  int avif_quality;
  bool png_palette;
};

inline constexpr std::array kPresets = {
    PresetTraits{Preset::kMaximum, "maximum", 95, 98, 98, 80, false},
    PresetTraits{Preset::kVeryHigh, "very_high", 90, 90, 90, 65, false},
    PresetTraits{Preset::kHigh, "high", 82, 82, 82, 55, false},
    PresetTraits{Preset::kMedium, "medium", 75, 75, 75, 45, true},
    PresetTraits{Preset::kLow, "low", 60, 60, 60, 35, true},
    PresetTraits{Preset::kMinimum, "minimum", 40, 35, 35, 20, true},
};

[[nodiscard]] constexpr const PresetTraits& traits_of(Preset preset) {
  for (const PresetTraits& row : kPresets) {
    if (row.preset == preset) {
      return row;
    }
  }
  return kPresets[2];
}

/// `format` of a request: a format to write, the source's own, or the smallest of `accept`.
enum class OutputChoice { kFormat, kOriginal, kAuto };

/// What of the upload's own metadata stays (`keep`).
struct Keep {
  bool icc = true;
  bool copyright = true;
  bool exif = false;
  bool gps = false;
  bool xmp = false;
  bool iptc = false;
  bool gainmap = false;
};

struct Rgb {
  std::uint8_t red = 255;
  std::uint8_t green = 255;
  std::uint8_t blue = 255;
};

/// Section 5's settings, checked and with defaults filled in.
struct ExportSettings {
  OutputChoice choice = OutputChoice::kFormat;
  ImageFormat format = ImageFormat::kWebp;  ///< when choice is kFormat
  std::vector<ImageFormat> accept = {ImageFormat::kAvif, ImageFormat::kWebp, ImageFormat::kJpeg, ImageFormat::kPng};
  Preset preset = Preset::kHigh;
  bool preset_given = false;     ///< by the client: `maxBytes` then stops at its score instead of filling the bytes
  std::optional<int> quality;    ///< 1..100 on the encoder's own scale, no search; wins over preset
  std::optional<double> target;  ///< SSIMULACRA2 1..100: the smallest file that reaches it; wins over quality
  std::optional<std::int64_t> max_bytes;  ///< the best picture within it
  bool lossless = false;
  int effort = 4;  ///< 0..9
  std::optional<int> deadline_ms;
  std::optional<Resize> resize;
  Edits edits;
  bool responsive = false;
  std::vector<int> responsive_sizes = {480, 768, 1024, 1440};  ///< px widths, ascending, distinct
  bool embed_metadata = true;
  Keep keep;
  Rgb background;
  bool never_worse = true;
  bool prefer_file = false;  ///< `prefer`: file
  std::string filename;      ///< template, `{filename}` is the metadata's; empty: that alone
};

/// The form that requests have: what was asked plus defaults. `parse(to_json(s)) == s`.
[[nodiscard]] Json to_json(const ExportSettings& settings);

/// From a client's JSON object; defaults elsewhere come from `base`, so that an image's settings win over the
/// request's.
/// @error kUnknownField, kInvalidField  all bad fields at once, under `pointer`
[[nodiscard]] Result<ExportSettings> parse_export_settings(const Json& json, const std::string& pointer = "/settings",
                                                           const ExportSettings& base = {});

/// Flat names of `POST /v1/optimize` (`format preset quality width height fit gravity enlarge keep=icc,copyright …`) as
/// the JSON object that parse_export_settings reads. Names that belong to optimize itself (analyze, language, filename,
/// reservationId) are not looked at here.
/// @error kUnknownField, kInvalidField  pointer `?name`
[[nodiscard]] Result<ExportSettings> parse_flat_settings(
    const std::vector<std::pair<std::string, std::string>>& fields);

/// The SSIMULACRA2 score that the settings promise: `target`, else the preset's; nothing when `quality` says what is
/// wanted, and for `maxBytes` alone, which is to be filled.
[[nodiscard]] std::optional<double> promised_score(const ExportSettings& settings);

/// Quality on the encoder's scale for a format: `quality`, else the preset's column.
[[nodiscard]] int encoder_quality(const ExportSettings& settings, ImageFormat format);

}  // namespace pictor::domain
