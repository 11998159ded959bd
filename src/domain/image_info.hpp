#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "domain/format.hpp"

namespace pictor::domain {

/// What the words in an uploaded file say (EXIF, IPTC, XMP); empty strings where it says nothing.
struct EmbeddedMetadata {
  std::string alt;
  std::string title;
  std::string caption;
  std::string description;
  std::vector<std::string> tags;
  std::string copyright;
  std::string creator;
  std::string credit;
  bool has_gps = false;
  bool has_exif = false;
  bool has_iptc = false;
  bool has_xmp = false;
  std::string captured_at;  ///< EXIF DateTimeOriginal as written, or empty
  std::string camera;       ///< make and model, or empty
};

/// What the header of a file says, read without decoding it. Made by the engine's probe.
struct ImageInfo {
  ImageFormat format = ImageFormat::kJpeg;
  int width = 0;   ///< px, as stored: before `orientation` is applied (as sharp's metadata() has it)
  int height = 0;  ///< px of one frame, as stored
  int frames = 1;
  int bit_depth = 8;
  bool has_alpha = false;
  int orientation = 1;                ///< EXIF 1..8
  std::string colour_space = "srgb";  ///< srgb grey cmyk rgb16 grey16 lab
  std::string icc_profile;            ///< its description, empty when there is none
  EmbeddedMetadata embedded;
  std::string perceptual_hash;        ///< 16 hexadecimal digits (64-bit DCT hash of the upright picture), filled by
                                      ///< `preview`, else empty
  std::vector<std::string> warnings;  ///< codes such as `truncated`

  /// Memory that decoding it may need, bytes: pixels × bands × bytes a sample × frames, with working copies.
  [[nodiscard]] std::uint64_t decode_cost() const;
  [[nodiscard]] int upright_width() const { return orientation >= 5 ? height : width; }
  [[nodiscard]] int upright_height() const { return orientation >= 5 ? width : height; }
};

/// One JSON form for the engine's protocol and for rows. Field names are the snake_case ones of the struct.
[[nodiscard]] Json to_json(const ImageInfo& info);
[[nodiscard]] Result<ImageInfo> image_info_from_json(const Json& json);
/// The `embedded` object of the API's image shape; null when the file carried nothing.
[[nodiscard]] Json to_api_json(const EmbeddedMetadata& embedded);

}  // namespace pictor::domain
