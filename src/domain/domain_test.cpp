#include <gtest/gtest.h>
#include <map>

#include "domain/account.hpp"
#include "domain/analyze_options.hpp"
#include "domain/export_settings.hpp"
#include "domain/metadata.hpp"
#include "domain/ports/image_engine.hpp"
#include "domain/render_cost.hpp"
#include "domain/session.hpp"

namespace pictor::domain {
namespace {

Json json_of(const char* text) { return *parse_json(text); }

TEST(ExportSettings, DefaultsAreThoseOfTheContract) {
  const ExportSettings settings = *parse_export_settings(Json::object());
  EXPECT_EQ(to_json(settings)["format"], "webp");
  EXPECT_EQ(to_json(settings)["preset"], "high");
  EXPECT_EQ(to_json(settings)["keep"], Json({"icc", "copyright"}));
  EXPECT_EQ(encoder_quality(settings, ImageFormat::kAvif), 55);
  EXPECT_TRUE(settings.never_worse);
}

TEST(ExportSettings, RoundTripsThroughJson) {
  const Json sent = json_of(
      R"({"format":"auto","accept":["webp","jpeg"],"preset":"low","quality":40,"lossless":true,"effort":9,"resize":{"height":300,"fit":"cover","gravity":"northeast","enlarge":true},)"
      R"("responsive":true,"responsiveSizes":[900,300],"embedMetadata":false,"keep":["none"],"background":"#a1b2c3","neverWorse":false,"prefer":"file","filename":"{filename}-x"})");
  const Result<ExportSettings> first = parse_export_settings(sent);
  ASSERT_TRUE(first) << first.error().public_message;
  const Result<ExportSettings> second = parse_export_settings(to_json(*first));
  ASSERT_TRUE(second);
  EXPECT_EQ(to_json(*first), to_json(*second));
  EXPECT_EQ(second->responsive_sizes, (std::vector<int>{300, 900}));
  EXPECT_EQ(second->resize->gravity, Gravity::kNorthEast);
  EXPECT_FALSE(second->keep.icc);
  EXPECT_EQ(second->background.green, 0xB2);
}

TEST(ExportSettings, EveryEditRoundTripsThroughJson) {
  const Json sent = json_of(
      R"({"target":{"metric":"ssimulacra2","score":77.5},"maxBytes":90000,"rotate":-90,"flip":"both","crop":{"left":1,"top":2,"width":30,"height":40},"trim":true,"pad":12,)"
      R"("sharpen":1.5,"blur":0.5,"watermark":{"imageId":"img_1","gravity":"north","opacity":0.5,"scale":0.1,"margin":3},"page":2,"dpr":1.5,"resize":{"width":10,"gravity":"smart"}})");
  const Result<ExportSettings> first = parse_export_settings(sent);
  ASSERT_TRUE(first) << first.error().public_message;
  const Result<ExportSettings> second = parse_export_settings(to_json(*first));
  ASSERT_TRUE(second) << second.error().public_message;
  EXPECT_EQ(to_json(*first), to_json(*second));
  EXPECT_EQ(second->target, 77.5);
  EXPECT_EQ(second->max_bytes, 90'000);
  EXPECT_EQ(second->edits.trim, 10);
  EXPECT_EQ(second->edits.pad.left, 12);
  EXPECT_EQ(second->edits.crop->height, 40);
  EXPECT_EQ(second->edits.watermark->opacity, 0.5);
  EXPECT_EQ(second->resize->gravity, Gravity::kSmart);
}

TEST(ExportSettings, TargetWinsOverQualityAndQualityOverPreset) {
  const auto promised = [](const char* text) { return promised_score(*parse_export_settings(json_of(text))); };
  EXPECT_EQ(promised("{}"), 82);
  EXPECT_EQ(promised(R"({"preset":"low"})"), 60);
  EXPECT_EQ(promised(R"({"preset":"low","quality":50})"), std::nullopt);
  EXPECT_EQ(promised(R"({"preset":"low","quality":50,"target":{"score":71}})"), 71);
  EXPECT_EQ(promised(R"({"maxBytes":1000})"), std::nullopt) << "it is to be filled";
  EXPECT_EQ(promised(R"({"maxBytes":1000,"preset":"low"})"), 60);
}

TEST(ExportSettings, MaxBytesStaysToBeFilledWhenTheSettingsAreReadAgain) {
  const ExportSettings settings = *parse_export_settings(json_of(R"({"maxBytes":1000})"));
  EXPECT_EQ(promised_score(*parse_export_settings(to_json(settings))), std::nullopt);
}

TEST(ExportSettings, AnImagesOwnPresetOverrulesTheQualityOfTheRequest) {
  const ExportSettings base = *parse_export_settings(json_of(R"({"quality":40})"));
  EXPECT_EQ(promised_score(*parse_export_settings(json_of(R"({"preset":"low"})"), "/x", base)), 60);
}

TEST(ExportSettings, EditsOutOfRangeAreNamed) {
  for (const auto& [text, pointer] : std::map<std::string, std::string>{
           {R"({"target":{"score":101}})", "/settings/target/score"},
           {R"({"target":{"metric":"psnr","score":40}})", "/settings/target/metric"},
           {R"({"target":{}})", "/settings/target/score"},
           {R"({"target":80})", "/settings/target"},
           {R"({"maxBytes":0})", "/settings/maxBytes"},
           {R"({"rotate":361})", "/settings/rotate"},
           {R"({"crop":{"left":0,"top":0,"width":0,"height":5}})", "/settings/crop/width"},
           {R"({"crop":{"left":-1,"top":0,"width":5,"height":5}})", "/settings/crop/left"},
           {R"({"crop":{"width":5}})", "/settings/crop/height"},
           {R"({"trim":256})", "/settings/trim"},
           {R"({"pad":-1})", "/settings/pad"},
           {R"({"pad":{"up":1}})", "/settings/pad/up"},
           {R"({"sharpen":0.1})", "/settings/sharpen"},
           {R"({"blur":251})", "/settings/blur"},
           {R"({"flip":"up"})", "/settings/flip"},
           {R"({"watermark":{"opacity":0.5}})", "/settings/watermark/imageId"},
           {R"({"watermark":{"imageId":"img_1","gravity":"smart"}})", "/settings/watermark/gravity"},
           {R"({"page":-1})", "/settings/page"},
           {R"({"dpr":0})", "/settings/dpr"},
           {R"({"resize":{"width":-1}})", "/settings/resize/width"},
           {R"({"resize":{"fit":"cover"}})", "/settings/resize/width"},
           {R"({"resize":{"width":100000}})", "/settings/resize/width"}}) {
    const Result<ExportSettings> bad = parse_export_settings(json_of(text.c_str()));
    ASSERT_FALSE(bad) << text;
    EXPECT_EQ(bad.error().fields.at(0).pointer, pointer) << text;
  }
}

TEST(ExportSettings, AnImagesOwnSettingsWinOverTheRequests) {
  const ExportSettings base = *parse_export_settings(json_of(R"({"format":"avif","preset":"low"})"));
  const ExportSettings own = *parse_export_settings(json_of(R"({"preset":"maximum"})"), "/x", base);
  EXPECT_EQ(own.format, ImageFormat::kAvif);
  EXPECT_EQ(own.preset, Preset::kMaximum);
}

TEST(ExportSettings, EveryFaultIsNamedWithItsPointer) {
  const Result<ExportSettings> bad = parse_export_settings(json_of(
      R"({"format":"bmp","quality":0,"resize":{"width":0},"background":"red","keep":["icc","nope"],"filename":"../x","fromat":1})"));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::kInvalidField);
  std::vector<std::string> pointers;
  for (const FieldError& field : bad.error().fields) {
    pointers.push_back(field.pointer);
  }
  EXPECT_EQ(pointers, (std::vector<std::string>{"/settings/format", "/settings/quality", "/settings/resize/width",
                                                "/settings/keep", "/settings/background", "/settings/filename",
                                                "/settings/fromat"}));
}

TEST(ExportSettings, AnUnknownFieldAloneIsUnknownField) {
  const Result<ExportSettings> bad = parse_export_settings(json_of(R"({"qualty":80})"));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::kUnknownField);
  EXPECT_EQ(bad.error().fields.at(0).pointer, "/settings/qualty");
}

TEST(ExportSettings, WrongTypesAndHugeNumbersAreFaultsNotCrashes) {
  for (const char* text : {R"({"quality":1e300})", R"({"quality":"80"})", R"({"quality":80.5})", R"({"resize":[]})",
                           R"({"resize":{}})", R"({"responsiveSizes":[1e99]})", R"({"responsiveSizes":"480"})",
                           R"({"keep":"all"})", R"({"effort":-1})", R"([])", R"("x")"}) {
    EXPECT_FALSE(parse_export_settings(json_of(text))) << text;
  }
}

TEST(EncodeCost, FollowsTheSizeOfTheResultAndWhatIsDoneForIt) {
  ImageInfo info;
  info.width = 4'000;
  info.height = 3'000;
  const auto cost = [&info](const char* text) { return encode_cost(info, *parse_export_settings(json_of(text))); };
  EXPECT_GT(cost(R"({"format":"avif"})"), cost(R"({"format":"jpeg"})"));
  EXPECT_GT(cost(R"({"format":"jpeg"})"), cost(R"({"format":"jpeg","quality":80})")) << "no metric";
  EXPECT_LT(cost(R"({"resize":{"width":1600}})"), cost("{}") / 5);
  EXPECT_EQ(cost(R"({"resize":{"width":9000}})"), cost("{}")) << "nothing grows";
  EXPECT_GT(cost(R"({"resize":{"width":9000,"enlarge":true}})"), cost("{}"));
  EXPECT_LT(cost(R"({"format":"avif"})"), 700'000'000U) << "12 megapixels";
  info.frames = 100;
  EXPECT_GT(cost("{}"), 12'000'000U * 400U);
}

TEST(FlatSettings, WriteTargetsAndSidesAsPeopleDo) {
  const Result<ExportSettings> settings = parse_flat_settings({{"target", "ssimulacra2:80.5"},
                                                               {"crop", "1,2,30,40"},
                                                               {"pad", "1,2,3,4"},
                                                               {"sharpen", "true"},
                                                               {"blur", "1.5"},
                                                               {"gravity", "smart"},
                                                               {"height", "9"},
                                                               {"dpr", "2"}});
  ASSERT_TRUE(settings) << settings.error().public_message;
  EXPECT_EQ(settings->target, 80.5);
  EXPECT_EQ(settings->edits.crop->width, 30);
  EXPECT_EQ(settings->edits.pad.left, 4);
  EXPECT_EQ(settings->edits.sharpen, 1.0);
  EXPECT_EQ(settings->edits.dpr, 2);
}

TEST(FlatSettings, FaultsNameTheParameterThatWasSent) {
  for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
           {"target", "80"}, {"target", "ssimulacra2:x"}, {"crop", "1,2,3"}, {"crop", "1,2,0,4"}, {"pad", "1,2,3,x"}}) {
    const Result<ExportSettings> bad = parse_flat_settings({{name, text}});
    ASSERT_FALSE(bad) << name << text;
    EXPECT_EQ(bad.error().fields.at(0).pointer, "?" + name) << text;
  }
}

TEST(FlatSettings, ReadTheNamesOfOptimize) {
  const Result<ExportSettings> settings = parse_flat_settings(
      {{"format", "jpeg"}, {"width", "1600"}, {"fit", "cover"}, {"keep", "icc,exif"}, {"lossless", "false"}});
  ASSERT_TRUE(settings) << settings.error().public_message;
  EXPECT_EQ(settings->format, ImageFormat::kJpeg);
  EXPECT_EQ(settings->resize->width, 1600);
  EXPECT_TRUE(settings->keep.exif);
  EXPECT_FALSE(settings->keep.copyright);
  const Result<ExportSettings> bad = parse_flat_settings({{"width", "-1"}});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().fields.at(0).pointer, "?width");
}

TEST(MergePatch, ChangesWhatIsNamedAndKeepsTheRest) {
  Metadata current;
  current.alt = "A dog.";
  current.title = "Dog";
  current.copyright = "Ada";
  const Result<Metadata> next =
      merge_patch(current, json_of(R"({"alt":"A red dog.","copyright":null,"review":"approved"})"));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->alt, "A red dog.");
  EXPECT_EQ(next->title, "Dog");
  EXPECT_FALSE(next->copyright);
  EXPECT_EQ(next->source, "edited");
}

TEST(MergePatch, ApprovingAloneIsNoEditOfWords) {
  const Result<Metadata> next = merge_patch(Metadata{}, json_of(R"({"review":"approved"})"));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->source, "local");
}

TEST(MergePatch, TakesBackWhatGetGaveButNoReadOnlyChange) {
  Metadata current;
  current.alt = "A dog.";
  current.confidence = 0.82;
  EXPECT_TRUE(merge_patch(current, to_api_json(current)));
  const Result<Metadata> bad =
      merge_patch(current, json_of(R"({"confidence":1,"colour":"red","filename":"a/b"})"), "/data/3/metadata");
  ASSERT_FALSE(bad);
  ASSERT_EQ(bad.error().fields.size(), 3U);
  EXPECT_EQ(bad.error().fields[0].pointer, "/data/3/metadata/filename");
}

TEST(Metadata, RoundTripsThroughRowsWithItsFacts) {
  Metadata metadata;
  metadata.alt = "Ein Hund – 犬";
  metadata.facts.subject = {.label = "dog", .wider = "animal", .confidence = 0.9, .source = SubjectSource::kGroup};
  metadata.facts.colours = {{"#102030", "dark blue", 0.5}};
  const Metadata back = *metadata_from_json(to_json(metadata));
  EXPECT_EQ(to_json(back), to_json(metadata));
  EXPECT_EQ(back.facts.subject.source, SubjectSource::kGroup);
  EXPECT_FALSE(to_api_json(metadata)["facts"].contains("subject"));
}

TEST(ApiKeys, CarryAChecksumThatCatchesTypingErrors) {
  const std::string key = new_api_key();
  EXPECT_EQ(key.size(), 43U);
  EXPECT_TRUE(is_well_formed_api_key(key));
  std::string wrong = key;
  wrong[10] = wrong[10] == 'a' ? 'b' : 'a';
  EXPECT_FALSE(is_well_formed_api_key(wrong));
  EXPECT_FALSE(is_well_formed_api_key(key.substr(1)));
  EXPECT_NE(hash_api_key(key, "pepper one"), hash_api_key(key, "pepper two"));
}

TEST(RenderRequest, RoundTripsThroughTheProtocol) {
  RenderRequest request;
  request.settings.quality = 33;
  request.targets = {{"full", std::nullopt}, {"480w", 480}};
  request.metadata = Metadata{.alt = "A dog."};
  request.source_bytes = 123;
  const RenderRequest back = *render_request_from_json(to_json(request));
  EXPECT_EQ(to_json(back), to_json(request));
  EXPECT_EQ(back.targets.at(1).width, 480);
}

TEST(AnalyzeOptions, ChecksLengths) {
  EXPECT_TRUE(parse_analyze_options(json_of(R"({"language":"en-GB","keywords":["fox"],"maxAltLength":80})")));
  EXPECT_FALSE(parse_analyze_options(json_of(R"({"keywords":[""]})")));
  EXPECT_FALSE(parse_analyze_options(json_of(R"({"maxAltLength":0})")));
  EXPECT_FALSE(parse_analyze_options(Json{{"context", std::string(2'001, 'x')}}));
}

}  // namespace
}  // namespace pictor::domain
