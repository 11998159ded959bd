#include "domain/image_info.hpp"

#include "domain/json_fields.hpp"

namespace pictor::domain {

std::uint64_t ImageInfo::decode_cost() const {
  const std::uint64_t samples =
      colour_space == "cmyk" ? 4U : (colour_space.starts_with("grey") ? 1U : 3U) + (has_alpha ? 1U : 0U);
  const std::uint64_t bytes_a_sample = bit_depth > 8 ? 2U : 1U;
  const std::uint64_t frame =
      static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height) * samples * bytes_a_sample;
  // Decoders that work in bands hold little; those that need the whole picture hold it, a working copy and the output.
  static constexpr std::uint64_t kFixed = 48ULL << 20U;
  const std::uint64_t held = frames > 1 ? frame * static_cast<std::uint64_t>(frames) : frame;
  return kFixed + held * 2;
}

Json to_json(const ImageInfo& info) {
  const EmbeddedMetadata& words = info.embedded;
  return {{"format", traits_of(info.format).name},
          {"width", info.width},
          {"height", info.height},
          {"frames", info.frames},
          {"bit_depth", info.bit_depth},
          {"has_alpha", info.has_alpha},
          {"orientation", info.orientation},
          {"colour_space", info.colour_space},
          {"icc_profile", info.icc_profile},
          {"perceptual_hash", info.perceptual_hash},
          {"warnings", info.warnings},
          {"embedded",
           {{"alt", words.alt},
            {"title", words.title},
            {"caption", words.caption},
            {"description", words.description},
            {"tags", words.tags},
            {"copyright", words.copyright},
            {"creator", words.creator},
            {"credit", words.credit},
            {"has_gps", words.has_gps},
            {"has_exif", words.has_exif},
            {"has_iptc", words.has_iptc},
            {"has_xmp", words.has_xmp},
            {"captured_at", words.captured_at},
            {"camera", words.camera}}}};
}

Result<ImageInfo> image_info_from_json(const Json& json) {
  ImageInfo info;
  const FieldReader reader(json);
  const std::optional<ImageFormat> format = format_from_name(reader.text("format"));
  if (!format) {
    return fail_internal("image info without a known format");
  }
  info.format = *format;
  info.width = reader.integer("width");
  info.height = reader.integer("height");
  info.frames = reader.integer("frames", 1);
  info.bit_depth = reader.integer("bit_depth", 8);
  info.has_alpha = reader.boolean("has_alpha");
  info.orientation = reader.integer("orientation", 1);
  info.colour_space = reader.text("colour_space", "srgb");
  info.icc_profile = reader.text("icc_profile");
  info.perceptual_hash = reader.text("perceptual_hash");
  info.warnings = reader.texts("warnings");
  const FieldReader words = reader.object("embedded");
  info.embedded = {words.text("alt"),         words.text("title"),       words.text("caption"),
                   words.text("description"), words.texts("tags"),       words.text("copyright"),
                   words.text("creator"),     words.text("credit"),      words.boolean("has_gps"),
                   words.boolean("has_exif"), words.boolean("has_iptc"), words.boolean("has_xmp"),
                   words.text("captured_at"), words.text("camera")};
  if (info.width < 1 || info.height < 1 || info.frames < 1 || info.orientation < 1 || info.orientation > 8) {
    return fail_internal("image info with impossible sizes");
  }
  return info;
}

Json to_api_json(const EmbeddedMetadata& embedded) {
  Json json = Json::object();
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      json[name] = value;
    }
  };
  put("alt", embedded.alt);
  put("title", embedded.title);
  put("caption", embedded.caption);
  put("description", embedded.description);
  if (!embedded.tags.empty()) {
    json["seoTags"] = embedded.tags;
  }
  put("copyright", embedded.copyright);
  put("creator", embedded.creator);
  put("credit", embedded.credit);
  put("capturedAt", embedded.captured_at);
  put("camera", embedded.camera);
  Json blocks = Json::array();
  if (embedded.has_exif) {
    blocks.push_back("exif");
  }
  if (embedded.has_iptc) {
    blocks.push_back("iptc");
  }
  if (embedded.has_xmp) {
    blocks.push_back("xmp");
  }
  if (blocks.empty() && json.empty()) {
    return nullptr;
  }
  json["blocks"] = std::move(blocks);
  json["hasGps"] = embedded.has_gps;
  return json;
}

}  // namespace pictor::domain
