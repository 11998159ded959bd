#include "child/picture_operations.hpp"

#include <utility>

#include "imaging/imaging.hpp"
#include "vision/looker.hpp"

namespace pictor::child {
namespace {

/// Imaging and vision as one child has them. `looker` may be null.
class PictureOperations final : public Operations {
 public:
  explicit PictureOperations(std::unique_ptr<const vision::Looker> looker) : looker_(std::move(looker)) {}

  Result<domain::ImageInfo> probe(int input) override { return imaging::probe(input); }

  Result<domain::PreviewResult> preview(int input, const domain::ImageInfo& info, int thumbnail) override {
    return imaging::preview(input, info, thumbnail);
  }

  Result<domain::Facts> look(int input, const domain::ImageInfo& info) override {
    if (!looker_) {
      return fail_internal("no vision models are loaded");
    }
    const Result<imaging::RgbPixels> decoded = imaging::decode_for_vision(input, info);
    if (!decoded) {
      return fail(decoded.error());
    }
    const vision::Pixels pixels{.width = decoded->width,
                                .height = decoded->height,
                                .stride = static_cast<std::size_t>(decoded->width) * 3,
                                .rgb = decoded->bytes,
                                .has_alpha = decoded->has_alpha,
                                .original_width = info.upright_width(),
                                .original_height = info.upright_height()};
    return looker_->look(pixels);
  }

  Result<domain::RenderResult> render(int input, const domain::ImageInfo& info, const domain::RenderRequest& request,
                                      std::span<const int> outputs,
                                      const std::function<void(const std::string&)>& on_step) override {
    // Nothing stops it from inside: who no longer wants the result ends the child.
    return imaging::render(input, info, request, outputs, {}, on_step);
  }

 private:
  std::unique_ptr<const vision::Looker> looker_;
};

}  // namespace

Result<Loaded> load_pictures(const engine::EngineSettings& settings) {
  if (const Result<void> started =
          imaging::start({.max_pixels = settings.max_pixels, .max_frames = settings.max_frames});
      !started) {
    return fail(started.error());
  }
  Loaded loaded;
  std::unique_ptr<const vision::Looker> looker;
  if (settings.vision) {
    auto models = vision::Looker::load({.models = settings.models, .library = settings.onnxruntime});
    if (models) {
      looker = *std::move(models);
      loaded.vision = vision::Looker::model_name();
    } else {
      // Pictures can still be read and written; the log and `doctor` say what is missing.
      loaded.vision_problem = models.error().private_message;
    }
  }
  loaded.operations = std::make_unique<PictureOperations>(std::move(looker));
  return loaded;
}

}  // namespace pictor::child
