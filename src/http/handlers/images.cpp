#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"
#include "http/header_values.hpp"
#include "http/range.hpp"

namespace pictor::http::handlers {
namespace {

/// GET /v1/sessions/{sessionId}/images/{imageId} (openapi: getImage). The ETag is that of the metadata, for If-Match.
Result<Response> read(Request& request, Api& api) {
  const Result<domain::Image> image =
      api.services().sessions.image(request.who(), request.parameter("sessionId"), request.parameter("imageId"));
  if (!image) {
    return fail(image.error());
  }
  Response response = json_response(200, domain::to_api_json(*image));
  response.set("ETag", domain::metadata_etag(*image));
  return response;
}

/// …/original (openapi: getOriginal).
Result<Response> original(Request& request, Api& api) {
  Result<std::pair<domain::Image, UniqueFd>> found =
      api.services().sessions.original(request.who(), request.parameter("sessionId"), request.parameter("imageId"));
  if (!found) {
    return fail(found.error());
  }
  const domain::Image& image = found->first;
  const domain::FormatTraits& traits = domain::traits_of(image.info.format);
  Download download;
  download.size = image.size;
  download.sha256 = image.blob;
  download.media_type = traits.mime;
  download.filename =
      image.original_filename.empty() ? image.id.str() + "." + std::string(traits.extension) : image.original_filename;
  download.modified = image.created_at;
  download.descriptor = std::move(found->second);
  return answer_download(request, std::move(download));
}

/// …/thumbnail (openapi: getThumbnail).
Result<Response> thumbnail(Request& request, Api& api) {
  Result<std::pair<domain::Image, UniqueFd>> found =
      api.services().sessions.thumbnail(request.who(), request.parameter("sessionId"), request.parameter("imageId"));
  if (!found) {
    return fail(found.error());
  }
  const Result<std::int64_t> size = size_of(found->second);
  if (!size) {
    return fail(size.error());
  }
  Download download;
  download.size = *size;
  download.sha256 = found->first.thumbnail;
  download.media_type = "image/webp";
  download.filename = found->first.id.str() + ".webp";
  download.modified = found->first.created_at;
  download.inline_view = true;
  download.descriptor = std::move(found->second);
  return answer_download(request, std::move(download));
}

/// DELETE (openapi: deleteImage).
Result<Response> remove(Request& request, Api& api) {
  if (Result<void> gone = api.services().sessions.remove_image(request.who(), request.parameter("sessionId"),
                                                               request.parameter("imageId"));
      !gone) {
    return fail(gone.error());
  }
  return empty_response();
}

}  // namespace

void add_images(Router& router, Api& api) {
  const auto bound = [&api](Result<Response> (*handler)(Request&, Api&)) {
    return [&api, handler](Request& request) { return handler(request, api); };
  };
  const auto add = [&](Method method, std::string_view pattern, std::vector<std::string_view> produces,
                       Result<Response> (*handler)(Request&, Api&)) {
    router.add({method, pattern, Access::kKey, domain::Scope::kImages, BodyKind::kNone, Lane::kQuick,
                std::move(produces), bound(handler)});
  };
  add(Method::kGet, "/v1/sessions/{sessionId}/images/{imageId}", {"application/json"}, read);
  add(Method::kDelete, "/v1/sessions/{sessionId}/images/{imageId}", {}, remove);
  add(Method::kGet, "/v1/sessions/{sessionId}/images/{imageId}/original", {}, original);
  add(Method::kGet, "/v1/sessions/{sessionId}/images/{imageId}/thumbnail", {}, thumbnail);
}

}  // namespace pictor::http::handlers
