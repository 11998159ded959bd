#include "imaging/content/content.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>
#include <vips/vips8>

#include "imaging/pixels_vips.hpp"
#include "imaging/testing/degraded.hpp"
#include "imaging/testing/made_pixels.hpp"
#include "imaging/testing/pictures.hpp"

namespace pictor::imaging {
namespace {

using testing::drawing;
using testing::made_pixels;
using vips::VImage;

class ContentTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::start_once(); }
};

/// A page of text, another for each seed.
Pixels page(int seed) {
  std::string svg =
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="800" height="900"><rect width="100%" height="100%" fill=")";
  svg += seed % 4 == 3 ? R"(#222"/>)" : R"(#fff"/>)";
  const int size = 12 + seed % 5 * 3;
  for (int y = 40; y < 880; y += size * 3 / 2) {
    svg += "<text x=\"30\" y=\"" + std::to_string(y) + "\" font-size=\"" + std::to_string(size) +
           "\" font-family=\"DejaVu Sans\" fill=\"" + (seed % 4 == 3 ? "#eee" : "#111") + "\">";
    for (int word = 0; word < 800 / size / 4; ++word) {
      svg += std::array{"lorem ", "ipsum ", "dolor ", "sit ", "amet ", "consectetur "}[static_cast<std::size_t>(
          (word * 7 + y + seed) % 6)];
    }
    svg += "</text>";
  }
  svg += "</svg>";
  VipsBlob* blob = vips_blob_copy(svg.data(), svg.size());
  Pixels pixels = pixels_of(VImage::svgload_buffer(blob));
  vips_area_unref(VIPS_AREA(blob));
  return pixels;
}

/// Files of an unpacked Debian package of tools/corpus; none where it is not there.
std::vector<std::filesystem::path> corpus(const std::string& package, const std::string& ending, int least_bytes) {
  std::vector<std::filesystem::path> found;
  const std::filesystem::path folder = std::filesystem::path(PICTOR_SOURCE_DIR) / "build/corpus" / package;
  if (std::filesystem::exists(folder)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && entry.path().extension() == ending &&
          entry.file_size() >= static_cast<std::uintmax_t>(least_bytes)) {
        found.push_back(entry.path());
      }
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Every n-th, so that about 24 are left.
std::vector<std::filesystem::path> spread(const std::vector<std::filesystem::path>& files, std::size_t offset = 0) {
  std::vector<std::filesystem::path> some;
  const std::size_t step = std::max<std::size_t>(1, files.size() / 24);
  for (std::size_t i = offset; i < files.size(); i += step) {
    some.push_back(files[i]);
  }
  return some;
}

Pixels thumbnail(const std::filesystem::path& file, int width) {
  return pixels_of(VImage::thumbnail(file.c_str(), width, VImage::option()->set("height", 10'000))
                       .colourspace(VIPS_INTERPRETATION_sRGB));
}

/// Share of the files, at that width, that are taken for one of `kinds`.
double share_taken_for(const std::vector<std::filesystem::path>& files, int width, std::vector<Content> kinds) {
  double right = 0;
  for (const auto& file : files) {
    const Content guess = classify_content(thumbnail(file, width));
    right += std::find(kinds.begin(), kinds.end(), guess) != kinds.end() ? 1 : 0;
  }
  return right / static_cast<double>(files.size());
}

TEST_F(ContentTest, PagesAreText) {
  int right = 0;
  for (int seed = 0; seed < 20; ++seed) {
    right += classify_content(page(seed)) == Content::kText ? 1 : 0;
  }
  EXPECT_GE(right, 18);
}

TEST_F(ContentTest, ShapesAreNeverAPhotograph) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    EXPECT_NE(classify_content(drawing(500, 400, seed)), Content::kPhoto) << seed;
  }
}

TEST_F(ContentTest, PhotographsAreTold) {
  std::vector<std::filesystem::path> files = corpus("lomiri-wallpapers-16.04", ".jpg", 200'000);
  for (const char* package : {"mate-backgrounds", "darknet", "lxqt-themes"}) {
    const auto more = corpus(package, ".jpg", 50'000);
    files.insert(files.end(), more.begin(), more.end());
  }
  if (files.size() < 20) {
    GTEST_SKIP() << "tools/corpus has not fetched the photographs";
  }
  EXPECT_GE(share_taken_for(files, 800, {Content::kPhoto}), 0.9);
}

TEST_F(ContentTest, ClipArtIsADrawingAndSmallAnIcon) {
  const auto files = corpus("openclipart-svg", ".svg", 1'000);
  if (files.size() < 20) {
    GTEST_SKIP() << "openclipart-svg is not in build/corpus";
  }
  EXPECT_GE(share_taken_for(spread(files, 3), 700, {Content::kDrawing}), 0.75);
  EXPECT_GE(share_taken_for(spread(files, 5), 48, {Content::kIcon}), 0.9);
  EXPECT_GE(share_taken_for(spread(files, 3), 700, {Content::kDrawing, Content::kText, Content::kScreenshot}), 0.95);
}

TEST_F(ContentTest, ScreenshotsAreTold) {
  const auto files = spread(corpus("kicad-doc-en", ".png", 40'000));
  if (files.size() < 20) {
    GTEST_SKIP() << "kicad-doc-en is not in build/corpus";
  }
  double right = 0;
  for (const auto& file : files) {
    right += classify_content(pixels_of(VImage::new_from_file(file.c_str()).colourspace(VIPS_INTERPRETATION_sRGB))) ==
                     Content::kScreenshot
                 ? 1
                 : 0;
  }
  EXPECT_GE(right / static_cast<double>(files.size()), 0.8);
}

/// Stripes of two colours, `wide` px each.
Pixels stripes(int wide, std::array<std::uint8_t, 3> one, std::array<std::uint8_t, 3> other) {
  Pixels pixels{.width = 200, .height = 200};
  for (int i = 0; i < 200 * 200; ++i) {
    const auto& colour = (i % 200 + 1) / wide % 2 == 0 ? one : other;
    pixels.bytes.insert(pixels.bytes.end(), colour.begin(), colour.end());
  }
  return pixels;
}

TEST_F(ContentTest, ColouredEdgesNeedWholeChromaAndGreyOnesDoNot) {
  EXPECT_EQ(choose_chroma(stripes(3, {230, 20, 20}, {20, 20, 230})), Chroma::k444);
  EXPECT_EQ(choose_chroma(stripes(3, {250, 250, 250}, {10, 10, 10})), Chroma::k420);
  Pixels smooth{.width = 200, .height = 200};
  for (int i = 0; i < 200 * 200; ++i) {
    for (const int value : {i % 200, i / 200, 200 - i % 200}) {
      smooth.bytes.push_back(static_cast<std::uint8_t>(value));
    }
  }
  EXPECT_EQ(choose_chroma(smooth), Chroma::k420);
}

TEST_F(ContentTest, FeaturesAreFiniteForEveryShapeAndSize) {
  for (const auto& [width, height] : std::vector<std::pair<int, int>>{
           {1, 1}, {2, 1}, {1, 2}, {3, 3}, {15, 17}, {16, 16}, {33, 1}, {1, 5'000}, {700, 500}, {4'000, 20}}) {
    for (int bands = 1; bands <= 4; ++bands) {
      for (const int bits : {8, 16}) {
        const Features features = features_of(made_pixels(width, height, bands, bits));
        for (const double value : features.values()) {
          EXPECT_TRUE(std::isfinite(value)) << width << " x " << height << ", " << bands << " bands";
        }
      }
    }
  }
  EXPECT_EQ(features_of(Pixels{}).values(), Features{}.values());
}

TEST_F(ContentTest, DepthAndOpaqueAlphaChangeNothing) {
  const Pixels picture = drawing(300, 200, 4);
  Pixels deep = picture;
  deep.bits = 16;
  deep.bytes.clear();
  Pixels opaque{.width = 300, .height = 200, .bands = 4};
  for (std::size_t i = 0; i < picture.bytes.size(); ++i) {
    deep.bytes.insert(deep.bytes.end(), 2, picture.bytes[i]);
    opaque.bytes.push_back(picture.bytes[i]);
    if (i % 3 == 2) {
      opaque.bytes.push_back(255);
    }
  }
  EXPECT_EQ(features_of(deep).values(), features_of(picture).values());
  EXPECT_EQ(features_of(opaque).values(), features_of(picture).values());
}

TEST_F(ContentTest, SharesAreWhatTheySay) {
  Pixels flat{.width = 64, .height = 64, .bands = 1};
  flat.bytes.assign(64 * 64, 90);
  const Features blank = features_of(flat);
  EXPECT_EQ(blank[Feature::kLogPixels], 12);
  EXPECT_EQ(blank[Feature::kEqualShare], 1);
  EXPECT_EQ(blank[Feature::kTopShare], 1);
  EXPECT_EQ(blank[Feature::kFineEnergy], 0);
  EXPECT_EQ(blank[Feature::kNoise], 0);

  const Features bars = features_of(stripes(1, {0, 0, 0}, {255, 255, 255}));
  EXPECT_NEAR(bars[Feature::kHardShare], 0.5, 0.03);  // every step across, none down
  EXPECT_NEAR(bars[Feature::kTopShare], 0.5, 0.03);
  EXPECT_EQ(bars[Feature::kSaturation], 0);
}

}  // namespace
}  // namespace pictor::imaging
