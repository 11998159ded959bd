#include "domain/export.hpp"

#include <cmath>

#include "domain/json_fields.hpp"

namespace pictor::domain {
namespace {

double percent_saved(std::int64_t before, std::int64_t after) {
  if (before <= 0) {
    return 0;
  }
  return std::round(static_cast<double>(before - after) * 1'000 / static_cast<double>(before)) / 10;
}

/// Percent-encodes a file name as one path segment (RFC 3986).
std::string path_segment(const std::string& name) {
  static constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text;
  for (const char c : name) {
    if (kPlain.find(c) != std::string_view::npos) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += '%';
      text += kHex[byte >> 4U];
      text += kHex[byte & 15U];
    }
  }
  return text;
}

/// 76, or 76.4 where the encoder has fractions.
Json quality_json(double quality) {
  const double tenths = std::round(quality * 10) / 10;
  return tenths == std::floor(tenths) ? Json(static_cast<int>(tenths)) : Json(tenths);
}

Json common_json(const Variant& variant) {
  return {{"name", variant.name},
          {"filename", variant.filename},
          {"format", traits_of(variant.format).name},
          {"mime", traits_of(variant.format).mime},
          {"width", variant.width},
          {"height", variant.height},
          {"bytes", variant.bytes},
          {"sha256", variant.blob},
          {"quality", variant.quality ? quality_json(*variant.quality) : Json(nullptr)},
          {"score", variant.ssimulacra2
                        ? Json{{"metric", "ssimulacra2"}, {"value", std::round(*variant.ssimulacra2 * 100) / 100}}
                        : Json(nullptr)},
          {"encoder", variant.encoder},
          {"tried", variant.tried},
          {"limitedBy", variant.limited_by.empty() ? Json(nullptr) : Json(variant.limited_by)},
          {"passthrough", variant.passthrough}};
}

/// The picture itself counts, not its smaller copies.
const Variant* full_variant(const ExportImage& image) {
  for (const Variant& variant : image.variants) {
    if (variant.name == "full") {
      return &variant;
    }
  }
  return image.variants.empty() ? nullptr : &image.variants.front();
}

}  // namespace

Json to_json(const Variant& variant) {
  Json json = common_json(variant);
  json["source_bytes"] = variant.source_bytes;
  return json;
}

Result<Variant> variant_from_json(const Json& json) {
  const FieldReader reader(json);
  const std::optional<ImageFormat> format = format_from_name(reader.text("format"));
  if (!format) {
    return fail_internal("variant without a known format");
  }
  Variant variant;
  variant.name = reader.text("name", "full");
  variant.filename = reader.text("filename");
  variant.format = *format;
  variant.width = reader.integer("width");
  variant.height = reader.integer("height");
  variant.bytes = reader.integer64("bytes");
  variant.blob = reader.text("sha256");
  if (reader.has("quality")) {
    variant.quality = reader.number("quality");
  }
  if (reader.has("score")) {
    variant.ssimulacra2 = reader.object("score").number("value");
  }
  variant.encoder = reader.text("encoder");
  variant.tried = reader.integer("tried", 1);
  variant.limited_by = reader.text("limitedBy");
  variant.passthrough = reader.boolean("passthrough");
  variant.source_bytes = reader.integer64("source_bytes");
  return variant;
}

Json to_api_json(const Variant& variant, const ExportId& export_id) {
  Json json = common_json(variant);
  json["url"] = "/v1/exports/" + export_id.str() + "/files/" + path_segment(variant.filename);
  json["savings"] = {{"bytes", variant.source_bytes - variant.bytes},
                     {"percent", percent_saved(variant.source_bytes, variant.bytes)}};
  return json;
}

Json to_api_json(const Export& result, ProblemOf problem_of) {
  Json images = Json::array();
  std::int64_t before = 0;
  std::int64_t after = 0;
  int count = 0;
  for (const ExportImage& image : result.images) {
    Json variants = Json::array();
    for (const Variant& variant : image.variants) {
      variants.push_back(to_api_json(variant, result.id));
    }
    if (const Variant* full = full_variant(image)) {
      before += full->source_bytes;
      after += full->bytes;
      ++count;
    }
    images.push_back({{"imageId", image.image.empty() ? Json(nullptr) : Json(image.image.str())},
                      {"originalFilename", image.original_filename},
                      {"variants", std::move(variants)},
                      {"warnings", image.warnings},
                      {"problem", image.problem ? problem_of(*image.problem) : Json(nullptr)}});
  }
  const std::string path = "/v1/exports/" + result.id.str();
  return {{"exportId", result.id.str()},
          {"sessionId", result.session.empty() ? Json(nullptr) : Json(result.session.str())},
          {"jobId", result.job.empty() ? Json(nullptr) : Json(result.job.str())},
          {"status", result.status},
          {"sample", result.sample},
          {"createdAt", format_timestamp(result.created_at)},
          {"expiresAt", format_timestamp(result.expires_at)},
          {"settings", to_json(result.settings)},
          {"images", std::move(images)},
          {"totals",
           {{"images", count},
            {"bytesBefore", before},
            {"bytesAfter", after},
            {"savedPercent", percent_saved(before, after)}}},
          {"archiveUrl", path + "/archive"}};
}

}  // namespace pictor::domain
