#include <gtest/gtest.h>

#include "imaging/testing/pictures.hpp"

namespace pictor::imaging {
namespace {

using testing::decoded;
using testing::encoded;
using testing::gradient;
using testing::render_one;
using testing::settings_of;
using vips::VImage;

class EditsOfPixels : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::start_once(); }

  static VImage edited(const VImage& source, const std::string& settings) {
    const auto made = render_one(encoded(source, ".png"),
                                 settings_of((R"({"format":"png","neverWorse":false,)" + settings + "}").c_str()));
    EXPECT_TRUE(made) << settings << made.error().public_message << made.error().private_message;
    return made ? decoded(made->bytes) : VImage::black(1, 1);
  }
  static bool is_red(const VImage& image, int x, int y) {
    const std::vector<double> pixel = image.getpoint(x, y);
    return pixel.at(0) > 180 && pixel.at(1) < 90 && pixel.at(2) < 90;
  }
  static VImage flat(int width, int height, std::vector<double> colour) {
    return (VImage::black(width, height, VImage::option()->set("bands", static_cast<int>(colour.size()))) + colour)
        .cast(VIPS_FORMAT_UCHAR)
        .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  }
};

TEST_F(EditsOfPixels, QuarterTurnsAreExactAndClockwise) {
  // The red corner goes from the top left to the top right.
  const VImage turned = edited(gradient(80, 40), R"("rotate":90)");
  EXPECT_EQ(turned.width(), 40);
  EXPECT_EQ(turned.height(), 80);
  EXPECT_TRUE(is_red(turned, 37, 3));
  EXPECT_FALSE(is_red(turned, 3, 3));
  const VImage back = edited(gradient(80, 40), R"("rotate":-90)");
  EXPECT_TRUE(is_red(back, 3, 77));
  EXPECT_EQ((edited(gradient(80, 40), R"("rotate":360)") - gradient(80, 40)).abs().max(), 0);
}

TEST_F(EditsOfPixels, OtherAnglesGrowThePictureAndClearTheCorners) {
  const VImage clear = edited(flat(100, 100, {10, 200, 10}), R"("rotate":45)");
  EXPECT_NEAR(clear.width(), 141, 2);
  EXPECT_EQ(clear.getpoint(1, 1).at(3), 0);
  EXPECT_EQ(clear.getpoint(70, 70).at(3), 255);
  const auto jpeg = render_one(encoded(flat(100, 100, {10, 200, 10}), ".png"),
                               settings_of(R"({"format":"jpeg","rotate":45,"background":"#0000ff"})"));
  ASSERT_TRUE(jpeg);
  EXPECT_GT(decoded(jpeg->bytes).getpoint(4, 4).at(2), 200);
}

TEST_F(EditsOfPixels, FlipsMirror) {
  EXPECT_TRUE(is_red(edited(gradient(80, 40), R"("flip":"horizontal")"), 77, 3));
  EXPECT_TRUE(is_red(edited(gradient(80, 40), R"("flip":"vertical")"), 3, 37));
  EXPECT_TRUE(is_red(edited(gradient(80, 40), R"("flip":"both")"), 77, 37));
}

TEST_F(EditsOfPixels, CropCutsThatVeryRectangle) {
  const VImage source = gradient(200, 100);
  const VImage cut = edited(source, R"("crop":{"left":30,"top":20,"width":50,"height":40})");
  EXPECT_EQ(cut.width(), 50);
  EXPECT_EQ(cut.height(), 40);
  EXPECT_EQ((cut - source.crop(30, 20, 50, 40)).abs().max(), 0);
}

TEST_F(EditsOfPixels, CropOutsideIsRefusedWithTheSize) {
  const auto made = render_one(encoded(gradient(200, 100), ".png"),
                               settings_of(R"({"crop":{"left":180,"top":0,"width":50,"height":40}})"));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kInvalidField);
  EXPECT_EQ(made.error().fields.at(0).pointer, "/settings/crop");
  EXPECT_NE(made.error().public_message.find("200 × 100"), std::string::npos);
}

TEST_F(EditsOfPixels, CropOfALargeJpegThatDecodersShrinkKeepsItsPlace) {
  const auto made = render_one(
      encoded(gradient(2'000, 1'000), ".jpg[Q=95]"),
      settings_of(R"({"format":"png","crop":{"left":0,"top":0,"width":1000,"height":500},"resize":{"width":100}})"));
  ASSERT_TRUE(made) << made.error().private_message;
  const VImage image = decoded(made->bytes);
  EXPECT_EQ(image.width(), 100);
  EXPECT_EQ(image.height(), 50);
  // The red corner is a quarter of the whole, so half of the cut.
  EXPECT_TRUE(is_red(image, 46, 10));
  EXPECT_FALSE(is_red(image, 54, 10));
}

TEST_F(EditsOfPixels, TrimTakesTheBorderAndNothingElse) {
  const VImage bordered = flat(100, 80, {250, 250, 250}).insert(flat(40, 20, {10, 20, 30}), 15, 25);
  const VImage trimmed = edited(bordered, R"("trim":true)");
  EXPECT_EQ(trimmed.width(), 40);
  EXPECT_EQ(trimmed.height(), 20);
  const VImage plain = edited(flat(30, 20, {90, 90, 90}), R"("trim":10)");
  EXPECT_EQ(plain.width(), 30);
}

TEST_F(EditsOfPixels, TrimOfAPictureWithOneVisiblePixelLeavesThatPixel) {
  const VImage clear = flat(50, 40, {0, 0, 0, 0}).insert(flat(1, 1, {200, 10, 10, 255}), 20, 10);
  const VImage trimmed = edited(clear, R"("trim":true)");
  EXPECT_EQ(trimmed.width(), 1);
  EXPECT_EQ(trimmed.height(), 1);
  EXPECT_EQ(trimmed.getpoint(0, 0).at(0), 200);
}

TEST_F(EditsOfPixels, FinePatternsKeepTheirLightWhenScaled) {
  // Black and white lines of one px: half the light is 188 of 255, not 128.
  const VImage lines = VImage::xyz(64, 64).extract_band(0).remainder_const({2}).linear(255, 0).cast(VIPS_FORMAT_UCHAR);
  const VImage colour =
      lines.bandjoin(lines).bandjoin(lines).copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
  EXPECT_NEAR(edited(colour, R"("resize":{"width":16})").getpoint(8, 8).at(0), 188, 4);
}

TEST_F(EditsOfPixels, DprMultipliesTheSize) {
  EXPECT_EQ(edited(gradient(200, 100), R"("resize":{"width":50},"dpr":2)").width(), 100);
}

TEST_F(EditsOfPixels, PadAddsTheBackgroundAround) {
  const VImage padded =
      edited(gradient(40, 30), R"("pad":{"top":1,"right":2,"bottom":3,"left":4},"background":"#0000ff")");
  EXPECT_EQ(padded.width(), 46);
  EXPECT_EQ(padded.height(), 34);
  EXPECT_EQ(padded.getpoint(0, 0).at(2), 255);
  EXPECT_TRUE(is_red(padded, 5, 2));
}

TEST_F(EditsOfPixels, BlurSoftensAndSharpenHardensAnEdge) {
  const VImage edge = flat(40, 40, {60, 60, 60}).insert(flat(20, 40, {190, 190, 190}), 20, 0);
  EXPECT_GT(edited(edge, R"("blur":3)").getpoint(18, 20).at(0), 75);
  EXPECT_LT(edited(edge, R"("sharpen":1)").getpoint(19, 20).at(0), 60);
}

TEST_F(EditsOfPixels, SmartCropKeepsWhatStandsOut) {
  const VImage picture = flat(400, 100, {120, 120, 120}).insert(flat(30, 30, {230, 40, 30}), 340, 35);
  const VImage cut = edited(picture, R"("resize":{"width":100,"height":100,"fit":"cover","gravity":"smart"})");
  EXPECT_EQ(cut.width(), 100);
  double reds = 0;
  for (int x = 0; x < 100; ++x) {
    reds += is_red(cut, x, 50) ? 1 : 0;
  }
  EXPECT_GT(reds, 25);
}

Result<testing::RenderOutcome> rendered(const std::vector<std::uint8_t>& source, domain::RenderRequest request) {
  const UniqueFd input = testing::file_of(source);
  const Result<domain::ImageInfo> info = probe(input.get());
  if (!info) {
    return fail(info.error());
  }
  const UniqueFd output = testing::empty_file();
  const int descriptor = output.get();
  request.targets = {{"full", std::nullopt}};
  request.source_bytes = static_cast<std::int64_t>(source.size());
  Result<domain::RenderResult> result = render(input.get(), *info, request, {&descriptor, 1}, {}, {});
  if (!result) {
    return fail(result.error());
  }
  return testing::RenderOutcome{*std::move(result), testing::content_of(output)};
}

TEST_F(EditsOfPixels, FocalPointAndFacesFollowTheTurnsAndDecide) {
  const auto source = encoded(gradient(400, 100), ".png");
  domain::RenderRequest request;
  request.settings = settings_of(
      R"({"format":"png","flip":"horizontal","resize":{"width":100,"height":100,"fit":"cover","gravity":"focal"}})");
  // The red corner is 100 × 25 px at the top left; mirrored, at the top right.
  request.focal_point = {{0.1, 0.1}};
  const auto focal = rendered(source, request);
  ASSERT_TRUE(focal) << focal.error().private_message;
  EXPECT_TRUE(is_red(decoded(focal->bytes), 50, 5));
  request.settings.resize->gravity = domain::Gravity::kSmart;
  request.faces = {{0.9, 0.4, 0.05, 0.2}};
  const auto faces = rendered(source, request);
  ASSERT_TRUE(faces);
  EXPECT_FALSE(is_red(decoded(faces->bytes), 50, 5));
}

TEST_F(EditsOfPixels, WatermarkIsPaintedWhereItLeans) {
  const auto mark = encoded(flat(20, 10, {255, 0, 0, 255}), ".png");
  const UniqueFd file = testing::file_of(mark);
  domain::RenderRequest request;
  request.settings = settings_of(
      R"({"format":"png","watermark":{"imageId":"img_x","gravity":"southeast","scale":0.5,"margin":5,"opacity":0.5}})");
  request.watermark = domain::RenderRequest::Mark{probe(file.get()).value(), file.get()};
  for (const char* form : {".png", ".jpg[Q=95]"}) {
    const auto made = rendered(encoded(flat(100, 80, {0, 0, 200}), form), request);
    ASSERT_TRUE(made) << made.error().private_message;
    const VImage image = decoded(made->bytes);
    EXPECT_EQ(image.bands(), 3);
    const std::vector<double> inside = image.getpoint(70, 65);
    EXPECT_NEAR(inside.at(0), 127, 6) << form;
    EXPECT_NEAR(inside.at(2), 100, 6) << form;
    EXPECT_LT(image.getpoint(97, 77).at(0), 8) << form;
    EXPECT_LT(image.getpoint(40, 65).at(0), 8) << form;
  }
}

TEST_F(EditsOfPixels, ExtremeShapesComeThrough) {
  EXPECT_EQ(edited(flat(1, 1, {9, 8, 7}), R"("resize":{"width":50},"blur":2,"sharpen":true,"trim":true)").width(), 1);
  const VImage tall = edited(flat(1, 20'000, {9, 8, 7}), R"("resize":{"height":500})");
  EXPECT_EQ(tall.width(), 1);
  EXPECT_EQ(tall.height(), 500);
}

TEST_F(EditsOfPixels, SixteenBitsAndAlphaSurviveAllSteps) {
  const VImage wide = (flat(60, 40, {50, 100, 150, 200}).cast(VIPS_FORMAT_USHORT) * 257)
                          .cast(VIPS_FORMAT_USHORT)
                          .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_RGB16));
  const VImage image = edited(wide, R"("resize":{"width":30},"blur":1,"sharpen":true,"rotate":90,"pad":2)");
  EXPECT_EQ(image.format(), VIPS_FORMAT_USHORT);
  const std::vector<double> middle = image.getpoint(10, 15);
  EXPECT_NEAR(middle.at(0) / 257, 50, 2);
  EXPECT_NEAR(middle.at(2) / 257, 150, 2);
  EXPECT_NEAR(middle.at(3) / 257, 200, 2);
}

}  // namespace
}  // namespace pictor::imaging
