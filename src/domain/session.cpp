#include "domain/session.hpp"

namespace pictor::domain {

std::string Image::state() const {
  if (analyzed && exported) {
    return "both";
  }
  return analyzed ? "analyzed" : (exported ? "exported" : "uploaded");
}

Json to_api_json(const Image& image) {
  const ImageInfo& info = image.info;
  return {{"id", image.id.str()},
          {"originalFilename", image.original_filename},
          {"format", traits_of(info.format).name},
          {"mime", traits_of(info.format).mime},
          {"size", image.size},
          {"width", info.width},
          {"height", info.height},
          {"frames", info.frames},
          {"hasAlpha", info.has_alpha},
          {"orientation", info.orientation},
          {"colourSpace", info.colour_space},
          {"iccProfile", info.icc_profile.empty() ? Json(nullptr) : Json(info.icc_profile)},
          {"sha256", image.blob},
          {"perceptualHash", info.perceptual_hash.empty() ? Json(nullptr) : Json(info.perceptual_hash)},
          {"state", image.state()},
          {"embedded", to_api_json(info.embedded)},
          {"similarTo", Json::array()},
          {"warnings", image.warnings},
          {"metadata", image.metadata ? to_api_json(*image.metadata) : Json(nullptr)},
          {"createdAt", format_timestamp(image.created_at)}};
}

Json to_api_json(const Session& session, const std::vector<Image>& images, const std::vector<Rejected>& rejected) {
  Json json{{"sessionId", session.id.str()},
            {"status", session.status == SessionStatus::kOpen ? "open" : "expired"},
            {"createdAt", format_timestamp(session.created_at)},
            {"expiresAt", format_timestamp(session.expires_at)},
            {"images", Json::array()},
            {"rejected", Json::array()}};
  for (const Image& image : images) {
    json["images"].push_back(to_api_json(image));
  }
  for (const Rejected& file : rejected) {
    json["rejected"].push_back({{"filename", file.filename},
                                {"code", error_code_name(file.error.code)},
                                {"detail", file.error.public_message}});
  }
  return json;
}

std::string metadata_etag(const Image& image) {
  return "\"" + image.id.str().substr(4) + "-" + std::to_string(image.metadata ? image.metadata->version : 0) + "\"";
}

}  // namespace pictor::domain
