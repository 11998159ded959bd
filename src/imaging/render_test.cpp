#include <fstream>
#include <gtest/gtest.h>
#include <regex>

#include "imaging/steps/steps.hpp"
#include "imaging/testing/pictures.hpp"
#include "imaging/vips_blob.hpp"

namespace pictor::imaging {
namespace {

using testing::decoded;
using testing::encoded;
using testing::gradient;
using testing::noisy;
using testing::render_one;
using testing::settings_of;
using vips::VImage;

class Render : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::start_once(); }
  static bool is_red(const VImage& image, int x, int y) {
    const double unit = image.format() == VIPS_FORMAT_USHORT ? 257 : 1;
    const std::vector<double> pixel = image.getpoint(x, y);
    return pixel.at(0) > 180 * unit && pixel.at(1) < 90 * unit && pixel.at(2) < 90 * unit;
  }
};

TEST_F(Render, EveryFormatComesOutWithItsOwnBytes) {
  const auto source = encoded(gradient(120, 80), ".png");
  for (const auto& [name, loader] : std::map<std::string, std::string>{
           {"jpeg", "jpeg"}, {"webp", "webp"}, {"avif", "heif"}, {"png", "png"}, {"gif", "gif"}, {"original", "png"}}) {
    const auto made = render_one(source, settings_of(("{\"format\":\"" + name + "\",\"neverWorse\":false}").c_str()));
    ASSERT_TRUE(made) << name << made.error().private_message;
    const VImage image = decoded(made->bytes);
    EXPECT_NE(std::string(image.get_string("vips-loader")).find(loader), std::string::npos) << name;
    EXPECT_EQ(image.width(), 120) << name;
    EXPECT_EQ(made->result.files.at(0).bytes, static_cast<std::int64_t>(made->bytes.size()));
    EXPECT_TRUE(is_red(image, 5, 5)) << name;
  }
}

TEST_F(Render, AllEightOrientationsComeOutUpright) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    // What a camera would have stored: the upright picture turned the other way.
    VImage stored = gradient(80, 48);
    static constexpr int kInverse[] = {0, 1, 2, 3, 4, 5, 8, 7, 6};
    stored = stored.copy();
    stored.set(VIPS_META_ORIENTATION, kInverse[orientation]);
    stored = stored.autorot().copy();
    stored.set(VIPS_META_ORIENTATION, orientation);
    const auto made = render_one(encoded(stored, ".jpg"), settings_of(R"({"format":"png"})"));
    ASSERT_TRUE(made) << orientation;
    const VImage image = decoded(made->bytes);
    EXPECT_EQ(image.width(), 80) << orientation;
    EXPECT_TRUE(is_red(image, 4, 4)) << orientation;
    EXPECT_FALSE(is_red(image, 75, 4)) << orientation;
    EXPECT_EQ(image.get_typeof(VIPS_META_ORIENTATION) == 0 ? 1 : image.get_int(VIPS_META_ORIENTATION), 1);
  }
}

TEST_F(Render, FitsGiveTheSizesTheyPromise) {
  const auto source = encoded(gradient(400, 200), ".png");
  const std::vector<std::tuple<std::string, int, int>> cases = {
      {"inside", 100, 50}, {"cover", 100, 100}, {"contain", 100, 100}, {"fill", 100, 100}, {"outside", 200, 100}};
  for (const auto& [fit, width, height] : cases) {
    const auto made = render_one(
        source, settings_of((R"({"format":"png","resize":{"width":100,"height":100,"fit":")" + fit + "\"}}").c_str()));
    ASSERT_TRUE(made) << fit << made.error().private_message;
    EXPECT_EQ(decoded(made->bytes).width(), width) << fit;
    EXPECT_EQ(decoded(made->bytes).height(), height) << fit;
  }
}

TEST_F(Render, TransparentPixelsDoNotBleedWhenScaled) {
  // Green that shows beside pure red that does not: without premultiplication the edge turns brown.
  const VImage green = (VImage::black(64, 64, VImage::option()->set("bands", 4)) + std::vector<double>{0, 255, 0, 255})
                           .cast(VIPS_FORMAT_UCHAR);
  const VImage hidden = (VImage::black(64, 64, VImage::option()->set("bands", 4)) + std::vector<double>{255, 0, 0, 0})
                            .cast(VIPS_FORMAT_UCHAR);
  const VImage both = green.join(hidden, VIPS_DIRECTION_HORIZONTAL)
                          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const auto made = render_one(encoded(both, ".png"), settings_of(R"({"format":"png","resize":{"width":10}})"));
  ASSERT_TRUE(made);
  const VImage image = decoded(made->bytes);
  for (int x = 0; x < image.width(); ++x) {
    const std::vector<double> pixel = image.getpoint(x, 2);
    if (pixel.at(3) > 16) {
      EXPECT_LT(pixel.at(0), 30) << x;
    }
  }
}

TEST_F(Render, AlphaIsPaintedOnTheBackgroundWhereTheFormatHasNone) {
  const VImage clear = VImage::black(32, 32, VImage::option()->set("bands", 4))
                           .cast(VIPS_FORMAT_UCHAR)
                           .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const auto made = render_one(encoded(clear, ".png"), settings_of(R"({"format":"jpeg","background":"#0000ff"})"));
  ASSERT_TRUE(made);
  const std::vector<double> pixel = decoded(made->bytes).getpoint(16, 16);
  EXPECT_LT(pixel.at(0), 20);
  EXPECT_GT(pixel.at(2), 235);
}

TEST_F(Render, CmykComesOutAsTheColourItPrints) {
  const VImage cmyk = (VImage::black(32, 32, VImage::option()->set("bands", 4)) + std::vector<double>{0, 255, 255, 0})
                          .cast(VIPS_FORMAT_UCHAR)
                          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_CMYK));
  const auto made = render_one(encoded(cmyk, ".jpg"), settings_of(R"({"format":"png"})"));
  ASSERT_TRUE(made) << made.error().private_message;
  const VImage image = decoded(made->bytes);
  EXPECT_EQ(image.bands(), 3);
  const std::vector<double> pixel = image.getpoint(16, 16);
  EXPECT_GT(pixel.at(0), 200);
  EXPECT_LT(pixel.at(2), 80);
}

TEST_F(Render, SixteenBitPicturesKeepTheirTones) {
  const VImage wide = (gradient(64, 64).cast(VIPS_FORMAT_USHORT) * 257)
                          .cast(VIPS_FORMAT_USHORT)
                          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_RGB16));
  for (const char* format : {"jpeg", "webp", "png", "avif"}) {
    const auto made =
        render_one(encoded(wide, ".png"), settings_of((std::string("{\"format\":\"") + format + "\"}").c_str()));
    ASSERT_TRUE(made) << format << made.error().private_message;
    EXPECT_TRUE(is_red(decoded(made->bytes).colourspace(VIPS_INTERPRETATION_sRGB), 5, 5)) << format;
  }
}

VImage animation(int frames) {
  std::vector<VImage> pages;
  for (int i = 0; i < frames; ++i) {
    pages.push_back((gradient(40, 30) + 10 * i).cast(VIPS_FORMAT_UCHAR));
  }
  VImage tall = VImage::arrayjoin(pages, VImage::option()->set("across", 1))
                    .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  tall.set(VIPS_META_PAGE_HEIGHT, 30);
  tall.set("delay", std::vector<int>{100, 200, 300});
  tall.set("loop", 2);
  return tall;
}

TEST_F(Render, AnimationsKeepFramesTimesAndLoops) {
  for (const char* format : {"webp", "gif"}) {
    const auto made =
        render_one(encoded(animation(3), ".gif"),
                   settings_of((std::string(R"({"resize":{"width":20},"format":")") + format + "\"}").c_str()));
    ASSERT_TRUE(made) << format << made.error().private_message;
    const VImage all =
        VImage::new_from_buffer(made->bytes.data(), made->bytes.size(), "", VImage::option()->set("n", -1));
    EXPECT_EQ(all.get_int("n-pages"), 3) << format;
    EXPECT_EQ(all.width(), 20) << format;
    EXPECT_EQ(all.get_array_int("delay"), (std::vector<int>{100, 200, 300})) << format;
  }
}

TEST_F(Render, AnAnimationIntoAStillFormatGivesItsFirstFrameAndSaysSo) {
  const auto made = render_one(encoded(animation(3), ".gif"), settings_of(R"({"format":"png"})"));
  ASSERT_TRUE(made);
  EXPECT_EQ(decoded(made->bytes).height(), 30);
  EXPECT_EQ(made->result.warnings, std::vector<std::string>{"animation_flattened"});
}

TEST_F(Render, ASmallerSourceIsPassedThrough) {
  const auto source = encoded(noisy(200, 150), ".jpg", VImage::option()->set("Q", 30)->set("optimize_coding", true));
  const auto made = render_one(source, settings_of(R"({"format":"jpeg","quality":95})"));
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->result.files.at(0).passthrough);
  EXPECT_LE(made->bytes.size(), source.size());
  const auto forced = render_one(source, settings_of(R"({"format":"jpeg","quality":95,"neverWorse":false})"));
  ASSERT_TRUE(forced);
  EXPECT_FALSE(forced->result.files.at(0).passthrough);
  EXPECT_GT(forced->bytes.size(), source.size());
}

TEST_F(Render, AWebpThatIsTooWideNamesTheLimit) {
  const auto source = encoded(VImage::black(17'000, 2), ".png");
  const auto made = render_one(source, settings_of(R"({"format":"webp"})"));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kFormatLimit);
  EXPECT_NE(made.error().public_message.find("16383"), std::string::npos);
}

TEST_F(Render, ATruncatedJpegIsShownAsFarAsItGoes) {
  auto source = encoded(noisy(300, 300), ".jpg");
  source.resize(source.size() / 2);
  const auto made = render_one(source, settings_of(R"({"format":"png"})"));
  ASSERT_TRUE(made) << made.error().private_message;
  EXPECT_EQ(decoded(made->bytes).height(), 300);
  EXPECT_EQ(made->result.warnings, std::vector<std::string>{"truncated"});
}

TEST_F(Render, ATruncatedPictureIsNeverPassedThrough) {
  for (const char* suffix : {".png", ".jpg"}) {
    auto source = encoded(noisy(300, 300), suffix);
    source.resize(source.size() * 9 / 10);
    const auto made = render_one(source, settings_of(R"({"format":"original","preset":"maximum"})"));
    ASSERT_TRUE(made) << made.error().private_message;
    EXPECT_FALSE(made->result.files.front().passthrough) << suffix;
    EXPECT_EQ(made->result.warnings, std::vector<std::string>{"truncated"}) << suffix;
  }
}

TEST_F(Render, AutoTakesTheSmallestThatIsAccepted) {
  const auto source = encoded(noisy(200, 150), ".png");
  const auto made = render_one(source, settings_of(R"({"format":"auto","accept":["jpeg","webp","png"]})"));
  ASSERT_TRUE(made);
  for (const char* format : {"jpeg", "webp", "png"}) {
    const auto one = render_one(source, settings_of((std::string("{\"format\":\"") + format + "\"}").c_str()));
    ASSERT_TRUE(one);
    const domain::RenderedFile& file = one->result.files.at(0);
    // A format that can't keep the promise is no rival.
    EXPECT_TRUE(!file.limited_by.empty() || made->bytes.size() <= one->bytes.size())
        << format << " " << made->bytes.size() << " " << one->bytes.size() << " " << *file.ssimulacra2;
  }
  EXPECT_EQ(made->result.files.at(0).limited_by, "");
}

TEST_F(Render, ADrawingStaysADrawingWhenNothingNeedsItsPixels) {
  const std::string drawing =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"30\"><!-- note --><script>alert(1)</script>"
      "<rect width=\"40\" height=\"30\" onclick=\"x()\" fill=\"red\"/></svg>";
  const std::vector<std::uint8_t> source(drawing.begin(), drawing.end());
  const auto made = render_one(source, settings_of(R"({"format":"original","embedMetadata":false})"));
  ASSERT_TRUE(made) << made.error().private_message;
  const std::string cleaned(made->bytes.begin(), made->bytes.end());
  EXPECT_EQ(made->result.files.at(0).format, domain::ImageFormat::kSvg);
  EXPECT_LT(cleaned.size(), drawing.size());
  EXPECT_EQ(cleaned.find("script"), std::string::npos);
  EXPECT_EQ(cleaned.find("onclick"), std::string::npos);
  EXPECT_NE(cleaned.find("<rect"), std::string::npos);
  const auto sized = render_one(source, settings_of(R"({"format":"original","resize":{"width":20}})"));
  ASSERT_TRUE(sized);
  EXPECT_EQ(sized->result.files.at(0).format, domain::ImageFormat::kPng) << "a size in pixels needs pixels";
  EXPECT_EQ(sized->result.warnings, std::vector<std::string>{"format_substituted"});
}

TEST_F(Render, ResponsiveWidthsComeFromOneDecode) {
  const auto source = encoded(gradient(800, 600), ".jpg");
  const UniqueFd input = testing::file_of(source);
  const auto info = probe(input.get());
  ASSERT_TRUE(info);
  std::vector<UniqueFd> files;
  std::vector<int> outputs;
  for (int i = 0; i < 3; ++i) {
    files.push_back(testing::empty_file());
    outputs.push_back(files.back().get());
  }
  const domain::RenderRequest request{
      settings_of(R"({"format":"webp"})"), {{"full", std::nullopt}, {"480w", 480}, {"100w", 100}}, std::nullopt, 0};
  const auto result = render(input.get(), *info, request, outputs, {}, {});
  ASSERT_TRUE(result) << result.error().private_message;
  EXPECT_EQ(decoded(testing::content_of(files[0])).width(), 800);
  EXPECT_EQ(decoded(testing::content_of(files[1])).width(), 480);
  EXPECT_EQ(decoded(testing::content_of(files[1])).height(), 360);
  EXPECT_EQ(decoded(testing::content_of(files[2])).width(), 100);
}

TEST_F(Render, PreviewMakesASmallUprightWebpAndAStableHash) {
  const UniqueFd input = testing::file_of(encoded(gradient(900, 600), ".jpg"));
  const UniqueFd other = testing::file_of(encoded(gradient(450, 300), ".png"));
  const UniqueFd thumbnail = testing::empty_file();
  const UniqueFd ignored = testing::empty_file();
  const auto result = preview(input.get(), *probe(input.get()), thumbnail.get());
  const auto second = preview(other.get(), *probe(other.get()), ignored.get());
  ASSERT_TRUE(result && second);
  EXPECT_EQ(decoded(testing::content_of(thumbnail)).width(), 320);
  EXPECT_EQ(result->info.perceptual_hash.size(), 16U);
  const auto left = std::stoull(result->info.perceptual_hash, nullptr, 16);
  const auto right = std::stoull(second->info.perceptual_hash, nullptr, 16);
  EXPECT_LE(__builtin_popcountll(left ^ right), 6);
  EXPECT_TRUE(result->info.warnings.empty());
}

TEST_F(Render, VisionGetsThreeBandsOnWhite) {
  const VImage clear = VImage::black(2'000, 1'000, VImage::option()->set("bands", 4))
                           .cast(VIPS_FORMAT_UCHAR)
                           .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  const UniqueFd input = testing::file_of(encoded(clear, ".png"));
  const auto pixels = decode_for_vision(input.get(), *probe(input.get()));
  ASSERT_TRUE(pixels);
  EXPECT_EQ(pixels->width, 1'600);
  EXPECT_EQ(pixels->bytes.size(), 1'600U * 800 * 3);
  EXPECT_TRUE(pixels->has_alpha);
  EXPECT_EQ(pixels->bytes.front(), 255);
}

TEST(Pipeline, IsTheListInTheDocumentation) {
  std::ifstream file(std::string(PICTOR_SOURCE_DIR) + "/docs/pipeline.md");
  std::vector<std::string> listed;
  const std::regex line("^[0-9]+\\. `([a-z]+)`.*");
  for (std::string text; std::getline(file, text);) {
    std::smatch match;
    if (std::regex_match(text, match, line)) {
      listed.push_back(match[1]);
    }
  }
  std::vector<std::string> steps;
  for (const SourceStep& step : kSourceSteps) {
    steps.emplace_back(step.name);
  }
  for (const ResultStep& step : kResultSteps) {
    steps.emplace_back(step.name);
  }
  EXPECT_EQ(listed, steps);
}

}  // namespace
}  // namespace pictor::imaging
