#include <algorithm>
#include <array>
#include <gtest/gtest.h>

#include "vision/looks/blurhash.hpp"
#include "vision/looks/colours.hpp"
#include "vision/looks/focal_point.hpp"
#include "vision/looks/kind.hpp"
#include "vision/looks/statistics.hpp"
#include "vision/models/test_picture.hpp"

namespace pictor::vision {
namespace {

Picture plain(int width, int height, std::array<std::uint8_t, 3> colour) {
  Picture picture{width, height, {}};
  for (int i = 0; i < width * height; ++i) {
    picture.rgb.insert(picture.rgb.end(), colour.begin(), colour.end());
  }
  return picture;
}

void paint(Picture& picture, int left, int top, int width, int height, std::array<std::uint8_t, 3> colour) {
  for (int y = top; y < top + height; ++y) {
    for (int x = left; x < left + width; ++x) {
      std::copy(colour.begin(), colour.end(),
                picture.rgb.begin() + 3 * (static_cast<std::ptrdiff_t>(y) * picture.width + x));
    }
  }
}

/// Reproducible noise of ±12 on every value, as a sensor would add.
void add_grain(Picture& picture) {
  std::uint32_t state = 1;
  for (std::uint8_t& value : picture.rgb) {
    state = state * 1'664'525U + 1'013'904'223U;
    value = static_cast<std::uint8_t>(std::clamp(value + static_cast<int>(state >> 24) % 25 - 12, 0, 255));
  }
}

TEST(Blurhash, IsThatOfTheReferenceImplementation) {
  // blurhash-python 1.2 (Wolt's C encoder) on the same picture.
  EXPECT_EQ(blurhash(test_picture(32, 32).pixels(), 4, 3), "LzDww7NLkCxtxgW@azoIRjfljZWA");
}

TEST(Blurhash, HasTwoCharactersACosineAndSixMore) {
  EXPECT_EQ(blurhash(test_picture(50, 20).pixels(), 3, 4).size(), 28U);
}

TEST(ColourName, SaysWhatPeopleSay) {
  const std::vector<std::pair<std::array<int, 3>, std::string>> words{{{0, 0, 0}, "black"},
                                                                      {{255, 255, 255}, "white"},
                                                                      {{128, 128, 128}, "grey"},
                                                                      {{70, 70, 70}, "dark grey"},
                                                                      {{220, 220, 220}, "light grey"},
                                                                      {{220, 20, 20}, "red"},
                                                                      {{255, 140, 0}, "orange"},
                                                                      {{250, 220, 40}, "yellow"},
                                                                      {{30, 150, 40}, "green"},
                                                                      {{0, 60, 20}, "dark green"},
                                                                      {{30, 80, 220}, "blue"},
                                                                      {{10, 20, 90}, "dark blue"},
                                                                      {{160, 210, 250}, "light blue"},
                                                                      {{120, 40, 160}, "purple"},
                                                                      {{255, 130, 180}, "pink"},
                                                                      {{110, 70, 30}, "brown"},
                                                                      {{225, 205, 170}, "beige"},
                                                                      {{40, 180, 180}, "turquoise"}};
  for (const auto& [rgb, word] : words) {
    EXPECT_EQ(colour_name(rgb[0], rgb[1], rgb[2]), word) << rgb[0] << ',' << rgb[1] << ',' << rgb[2];
  }
}

TEST(MainColours, GiveSharesInOrder) {
  Picture picture = plain(120, 100, {250, 250, 250});
  paint(picture, 0, 0, 120, 30, {200, 20, 30});
  paint(picture, 0, 30, 12, 70, {20, 40, 160});
  const std::vector<domain::ColourShare> colours = main_colours(picture.pixels());
  ASSERT_EQ(colours.size(), 3U);
  EXPECT_EQ(colours[0].hex, "#fafafa");
  EXPECT_EQ(colours[0].name, "white");
  EXPECT_NEAR(colours[0].share, 0.63, 0.02);
  EXPECT_EQ(colours[1].hex, "#c8141e");
  EXPECT_NEAR(colours[1].share, 0.30, 0.02);
  EXPECT_EQ(colours[2].hex, "#1428a0");
}

TEST(MainColours, OfOneColourIsThatOne) {
  const std::vector<domain::ColourShare> colours = main_colours(plain(7, 3, {12, 200, 90}).pixels());
  ASSERT_EQ(colours.size(), 1U);
  EXPECT_EQ(colours[0].hex, "#0cc85a");
  EXPECT_DOUBLE_EQ(colours[0].share, 1);
}

TEST(Statistics, KnowABlankPicture) {
  EXPECT_TRUE(measure(plain(50, 40, {255, 255, 255}).pixels()).is_blank);
  Picture dotted = plain(50, 40, {255, 255, 255});
  paint(dotted, 20, 20, 1, 1, {0, 0, 0});
  EXPECT_FALSE(measure(dotted.pixels()).is_blank);
}

TEST(Statistics, CountSharesOfPixels) {
  Picture picture = plain(100, 100, {255, 255, 255});
  paint(picture, 0, 50, 100, 50, {40, 160, 40});
  const Statistics seen = measure(picture.pixels());
  EXPECT_NEAR(seen.light_share, 0.5, 1e-9);
  EXPECT_NEAR(seen.green_share, 0.5, 1e-9);
  EXPECT_NEAR(seen.largest_share, 0.5, 1e-9);
  EXPECT_NEAR(seen.palette_share, 1, 1e-9);
  EXPECT_NEAR(seen.hard_edge_share, 0.01, 1e-9);
  EXPECT_NEAR(seen.flat_share, 0.99, 1e-9);
}

TEST(Statistics, FindAxes) {
  Picture picture = plain(200, 100, {255, 255, 255});
  paint(picture, 20, 10, 1, 80, {0, 0, 0});
  paint(picture, 20, 90, 160, 1, {0, 0, 0});
  EXPECT_NEAR(measure(picture.pixels()).straight_line, 0.8, 0.02);
}

KindEvidence of(const Picture& picture) {
  return {measure(picture.pixels()), picture.width, picture.height, false, 0, 0};
}

Picture bars() {
  Picture picture = plain(600, 400, {255, 255, 255});
  paint(picture, 60, 20, 2, 340, {0, 0, 0});
  paint(picture, 60, 358, 500, 2, {0, 0, 0});
  for (int bar = 0; bar < 5; ++bar) {
    paint(picture, 90 + bar * 90, 300 - bar * 50, 60, 58 + bar * 50, {40, 90, 200});
  }
  return picture;
}

TEST(Kind, OfAGrainyPictureIsPhoto) {
  Picture picture = test_picture(400, 300);
  add_grain(picture);
  EXPECT_EQ(kind_of(of(picture)).word, "photo");
}

TEST(Kind, OfACutOutPhotographOnWhiteIsPhoto) {
  Picture object = test_picture(150, 150);
  add_grain(object);
  Picture picture = plain(300, 300, {255, 255, 255});
  for (int y = 0; y < 90; ++y) {  // without the checked patch
    std::copy_n(object.rgb.begin() + static_cast<std::ptrdiff_t>(y) * 450, 450,
                picture.rgb.begin() + 3 * (static_cast<std::ptrdiff_t>(y + 75) * 300 + 75));
  }
  EXPECT_EQ(kind_of(of(picture)).word, "photo");
}

TEST(Kind, OfBarsWithAxesAndLabelsIsChart) {
  KindEvidence evidence = of(bars());
  evidence.text_regions = 8;
  evidence.text_coverage = 0.05;
  EXPECT_EQ(kind_of(evidence).word, "chart");
}

TEST(Kind, OfASmallSquareWithAlphaIsIcon) {
  KindEvidence evidence = of(plain(64, 64, {255, 255, 255}));
  evidence.statistics.is_blank = false;
  evidence.has_alpha = true;
  EXPECT_EQ(kind_of(evidence).word, "icon");
}

TEST(Kind, OfPrintOnPaperIsDocument) {
  Picture page = plain(600, 800, {252, 252, 250});
  for (int line = 0; line < 20; ++line) {
    for (int letter = 0; letter < 40; ++letter) {
      paint(page, 60 + letter * 12, 60 + line * 34, 7, 14, {20, 20, 20});
    }
  }
  KindEvidence evidence = of(page);
  evidence.text_regions = 20;
  evidence.text_coverage = 0.3;
  EXPECT_EQ(kind_of(evidence).word, "document");
}

TEST(Kind, OfFlatAreasWithMuchTextIsScreenshot) {
  Picture screen = plain(1280, 800, {30, 30, 34});
  paint(screen, 0, 0, 240, 800, {52, 54, 60});
  for (int line = 0; line < 30; ++line) {
    for (int letter = 0; letter < 60; ++letter) {
      paint(screen, 270 + letter * 14, 30 + line * 24, 6, 12, {220, 220, 220});
    }
  }
  KindEvidence evidence = of(screen);
  evidence.text_regions = 30;
  evidence.text_coverage = 0.3;
  EXPECT_EQ(kind_of(evidence).word, "screenshot");
}

TEST(Kind, OfAFlatMarkOnWhiteIsLogo) {
  Picture logo = plain(500, 300, {255, 255, 255});
  paint(logo, 100, 80, 140, 140, {210, 30, 40});
  paint(logo, 280, 80, 120, 140, {30, 30, 30});
  EXPECT_EQ(kind_of(of(logo)).word, "logo");
}

TEST(Kind, OfTheSameTextureEverywhereIsPattern) {
  Picture bricks = plain(256, 256, {150, 70, 50});
  for (int row = 0; row < 16; ++row) {
    paint(bricks, 0, row * 16, 256, 2, {90, 90, 90});
    for (int joint = 0; joint < 8; ++joint) {
      paint(bricks, joint * 32 + row % 2 * 16, row * 16, 2, 16, {90, 90, 90});
    }
  }
  add_grain(bricks);
  EXPECT_EQ(kind_of(of(bricks)).word, "pattern");
}

TEST(FocalPoint, PrefersFacesOverTheSubject) {
  domain::Subject subject;
  subject.box = {0.6, 0.6, 0.2, 0.2};
  const Picture picture = plain(100, 100, {9, 9, 9});
  const auto point = focal_point(picture.pixels(), {{{0.1, 0.2, 0.2, 0.2}, 0.9}}, subject);
  EXPECT_NEAR(point[0], 0.2, 1e-9);
  EXPECT_NEAR(point[1], 0.3, 1e-9);
  EXPECT_NEAR(focal_point(picture.pixels(), {}, subject)[0], 0.7, 1e-9);
}

TEST(FocalPoint, GoesWhereThePictureDiffers) {
  Picture picture = plain(200, 200, {200, 200, 200});
  paint(picture, 130, 40, 30, 30, {220, 30, 30});
  const auto point = focal_point(picture.pixels(), {}, {});
  EXPECT_NEAR(point[0], 0.725, 0.05);
  EXPECT_NEAR(point[1], 0.275, 0.05);
}

TEST(FocalPoint, OfAnEvenPictureIsItsMiddle) {
  const auto point = focal_point(plain(64, 64, {70, 80, 90}).pixels(), {}, {});
  EXPECT_NEAR(point[0], 0.5, 0.01);
  EXPECT_NEAR(point[1], 0.5, 0.01);
}

}  // namespace
}  // namespace pictor::vision
