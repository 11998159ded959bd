#include "vision/looker.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>

#include "vision/fusion/fusion.hpp"
#include "vision/looks/blurhash.hpp"
#include "vision/looks/colours.hpp"
#include "vision/looks/focal_point.hpp"
#include "vision/looks/kind.hpp"
#include "vision/looks/statistics.hpp"
#include "vision/models/boxes.hpp"
#include "vision/models/classifier.hpp"
#include "vision/models/detector.hpp"
#include "vision/models/face_detector.hpp"
#include "vision/models/nsfw_classifier.hpp"
#include "vision/text/text_reader.hpp"

namespace pictor::vision {

struct Looker::Models {
  Labels labels;
  Classifier classifier;
  Detector detector;
  FaceDetector faces;
  NsfwClassifier nsfw;
  TextReader text;
};

Looker::Looker(std::unique_ptr<const Models> models) : models_(std::move(models)) {}
Looker::~Looker() = default;

namespace {

constexpr int kEnoughForModels = 1'100;  // px: past twice what the widest model sees, half the picture shows the same
constexpr double kPlainBorder = 0.97;
constexpr double kPlainBorderOfAlpha = 0.5;  // a cut-out may touch the edge here and there
constexpr double kSureFace = 0.7;
// Photographs rarely carry small print; what is flat and sharp may be full of it.
constexpr ReadingEffort kForPhotos{.longest_side = 640, .widest_total = 1'920};
constexpr ReadingEffort kForGraphics{.longest_side = 768, .widest_total = 2'240};

std::string orientation_of(int width, int height) {
  if (std::abs(width - height) <= std::max(width, height) / 50) {
    return "square";
  }
  return width > height ? "landscape" : "portrait";
}

/// The picture, halved until it is small enough for the networks; `room` keeps the halves alive.
Pixels for_models(const Pixels& pixels, Picture& room) {
  Pixels small = pixels;
  while (std::max(small.width, small.height) >= kEnoughForModels) {
    room = halved(small);
    small = room.pixels();
  }
  return small;
}

ReadingEffort effort_for(const Statistics& statistics) {
  const bool may_be_print = is_graphic(statistics) || statistics.light_share >= 0.5 ||
                            (statistics.grey_share >= 0.9 && statistics.hard_edge_share >= 0.03);
  return may_be_print ? kForGraphics : kForPhotos;
}

/// First failure among results of different types, if any.
template <class... Results>
std::optional<Error> first_error(const Results&... results) {
  std::optional<Error> error;
  (..., (error = !error && !results ? std::optional<Error>(results.error()) : error));
  return error;
}

}  // namespace

std::string Looker::model_name() {
  return "pictor-local-1 (efficientnet-lite2, centernet, blazeface, nsfw-mobilenet-v2, pp-ocr-v4)";
}

Result<std::unique_ptr<const Looker>> Looker::load(const VisionConfig& config) {
  const std::string folder = config.models.empty() ? PICTOR_MODELS_DIR : config.models;
  const std::string library = config.library.empty() ? PICTOR_ONNXRUNTIME_LIBRARY : config.library;
  const Result<std::shared_ptr<const Runtime>> runtime = Runtime::open(library);
  if (!runtime) {
    return fail(runtime.error());
  }
  Result<Labels> labels = Labels::load(folder + "/labels.json");
  Result<Classifier> classifier = Classifier::load(*runtime, folder);
  Result<Detector> detector = Detector::load(*runtime, folder);
  Result<FaceDetector> faces = FaceDetector::load(*runtime, folder);
  Result<NsfwClassifier> nsfw = NsfwClassifier::load(*runtime, folder);
  Result<TextReader> text = TextReader::load(*runtime, folder);
  if (const std::optional<Error> error = first_error(labels, classifier, detector, faces, nsfw, text)) {
    return fail(*error);
  }
  auto models = std::make_unique<const Models>(Models{*std::move(labels), *std::move(classifier), *std::move(detector),
                                                      *std::move(faces), *std::move(nsfw), *std::move(text)});
  std::unique_ptr<const Looker> looker(new Looker(std::move(models)));
  if (const Result<void> warm = looker->warm_up(); !warm) {
    return fail(warm.error());
  }
  return looker;
}

/// One look at a small striped picture runs every network once: whatever is made on first use is made before the fork.
Result<void> Looker::warm_up() const {
  Picture stripes{96, 96, {}};
  for (int i = 0; i < 96 * 96; ++i) {
    stripes.rgb.insert(stripes.rgb.end(), 3, static_cast<std::uint8_t>(i / 96 % 24 < 12 ? 230 : 20));
  }
  const Result<domain::Facts> facts = look(stripes.pixels());
  return facts ? Result<void>() : fail(facts.error());
}

Result<void> Looker::look_closer(const Pixels& pixels, Evidence& evidence) const {
  for (const std::size_t index : worth_a_closer_look(evidence, models_->labels)) {
    const domain::Box& box = evidence.detections[index].box;
    // A tenth more on every side: the classifier was trained on things with some room around them.
    const domain::Box wide =
        clipped_box(box[0] - 0.1 * box[2], box[1] - 0.1 * box[3], box[0] + 1.1 * box[2], box[1] + 1.1 * box[3]);
    Result<std::vector<float>> closer = models_->classifier.classify(
        pixels, {wide[0] * pixels.width, wide[1] * pixels.height, wide[2] * pixels.width, wide[3] * pixels.height});
    if (!closer) {
      return fail(closer.error());
    }
    evidence.closer.push_back({index, *std::move(closer)});
  }
  return {};
}

Result<domain::Facts> Looker::look(const Pixels& pixels) const {
  if (!pixels.is_valid()) {
    return fail(
        {ErrorCode::kImageUnreadable, "The image could not be read.", "vision: the pixels are fewer than their size"});
  }
  Picture room;
  const Pixels small = for_models(pixels, room);
  const Statistics statistics = measure(pixels);
  Result<std::vector<float>> central = models_->classifier.classify(small, Classifier::central_crop(small));
  Result<std::vector<float>> entire = models_->classifier.classify(small, whole(small));
  Result<std::vector<Detection>> detections = models_->detector.detect(small);
  Result<std::vector<domain::Face>> faces = models_->faces.detect(small);
  const Result<double> nsfw = models_->nsfw.score(small);
  Result<TextFound> text = statistics.is_blank ? TextFound{} : models_->text.read(pixels, effort_for(statistics));
  if (const std::optional<Error> error = first_error(central, entire, detections, faces, nsfw, text)) {
    return fail(*error);
  }

  domain::Facts facts;
  facts.width = pixels.original_width > 0 ? pixels.original_width : pixels.width;
  facts.height = pixels.original_height > 0 ? pixels.original_height : pixels.height;
  facts.orientation = orientation_of(facts.width, facts.height);
  facts.has_alpha = pixels.has_alpha;
  facts.is_blank = statistics.is_blank;
  facts.model = model_name();
  facts.nsfw = *nsfw;
  facts.faces = *std::move(faces);
  const Kind kind = kind_of({statistics, facts.width, facts.height, facts.has_alpha, text->regions, text->coverage});
  facts.kind = kind.word;
  facts.kind_confidence = kind.confidence;
  facts.text = std::move(text->lines);
  facts.colours = main_colours(small);
  facts.blurhash = facts.width >= facts.height ? blurhash(small, 4, 3) : blurhash(small, 3, 4);
  if (!facts.is_blank) {
    Evidence evidence{*std::move(central), *std::move(entire), *std::move(detections)};
    evidence.green_share = statistics.green_share;
    evidence.is_cut_out = statistics.plain_border >= (facts.has_alpha ? kPlainBorderOfAlpha : kPlainBorder);
    evidence.is_graphic = is_graphic(statistics);
    std::copy_if(facts.faces.begin(), facts.faces.end(), std::back_inserter(evidence.faces),
                 [](const domain::Face& face) { return face.confidence >= kSureFace; });
    if (const Result<void> looked = look_closer(small, evidence); !looked) {
      return fail(looked.error());
    }
    Sight sight = fuse(evidence, models_->labels);
    // What a page, a screen or a chart is about stands in its text; things "seen" in them are letters and lines.
    const bool is_about_text = kind.word == "document" || kind.word == "screenshot" || kind.word == "chart";
    facts.subject = is_about_text ? domain::Subject{} : std::move(sight.subject);
    facts.objects = std::move(sight.objects);
    facts.labels = is_about_text ? std::vector<domain::SceneLabel>{} : std::move(sight.labels);
  }
  facts.focal_point = focal_point(small, facts.faces, facts.subject);
  return facts;
}

}  // namespace pictor::vision
