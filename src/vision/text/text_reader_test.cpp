#include "vision/text/text_reader.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>

namespace pictor::vision {
namespace {

/// text/testdata/two_lines.pbm: "Pictor reads" above "Open 24 hours", black on white, 360 × 120.
Picture two_lines() {
  std::ifstream file(std::string(PICTOR_SOURCE_DIR) + "/src/vision/text/testdata/two_lines.pbm", std::ios::binary);
  std::string magic;
  Picture picture;
  file >> magic >> picture.width >> picture.height;
  file.get();
  for (int y = 0; y < picture.height; ++y) {
    std::vector<char> row(static_cast<std::size_t>((picture.width + 7) / 8));
    file.read(row.data(), static_cast<std::streamsize>(row.size()));
    for (int x = 0; x < picture.width; ++x) {
      const bool is_black = (static_cast<unsigned char>(row[static_cast<std::size_t>(x / 8)]) >> (7 - x % 8) & 1) != 0;
      picture.rgb.insert(picture.rgb.end(), 3, static_cast<std::uint8_t>(is_black ? 0 : 255));
    }
  }
  return picture;
}

const TextReader& reader() {
  static const Result<TextReader> kReader =
      TextReader::load(Runtime::open(PICTOR_ONNXRUNTIME_LIBRARY).value(), PICTOR_MODELS_DIR);
  return kReader.value();
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

TEST(TextReader, ReadsLinesFromTopToBottom) {
  const Picture picture = two_lines();
  const Result<TextFound> found = reader().read(picture.pixels(), {});
  ASSERT_TRUE(found) << found.error().private_message;
  ASSERT_EQ(found->lines.size(), 2U);
  // The recogniser's spaces are not dependable, its letters are.
  EXPECT_EQ(without_spaces(found->lines[0].text), "Pictorreads");
  EXPECT_EQ(without_spaces(found->lines[1].text), "Open24hours");
  EXPECT_GE(found->lines[0].confidence, 0.8);
  EXPECT_LT(found->lines[0].box[1], found->lines[1].box[1]);
  EXPECT_GT(found->coverage, 0.2);
}

TEST(TextReader, TurnsTextThatStandsUpsideDown) {
  Picture picture = two_lines();
  std::reverse(picture.rgb.begin(), picture.rgb.end());  // all bands are equal
  const Result<TextFound> found = reader().read(picture.pixels(), {});
  ASSERT_TRUE(found) << found.error().private_message;
  std::string all;
  for (const domain::TextLine& line : found->lines) {
    all += without_spaces(line.text) + "|";
  }
  EXPECT_NE(all.find("Pictorreads"), std::string::npos) << all;
}

TEST(TextReader, FindsNothingOnPlainPaper) {
  Picture picture{200, 100, std::vector<std::uint8_t>(200 * 100 * 3, 240)};
  const Result<TextFound> found = reader().read(picture.pixels(), {});
  ASSERT_TRUE(found) << found.error().private_message;
  EXPECT_TRUE(found->lines.empty());
  EXPECT_EQ(found->regions, 0);
}

TEST(TextReader, StopsReadingWhenTheWidthIsSpent) {
  const Picture picture = two_lines();
  const Result<TextFound> found = reader().read(picture.pixels(), {.longest_side = 640, .widest_total = 100});
  ASSERT_TRUE(found) << found.error().private_message;
  EXPECT_EQ(found->lines.size(), 1U);
  EXPECT_EQ(found->regions, 2);
}

TEST(Straightened, TurnsTextThatRunsDownThePage) {
  // 20 wide, 200 high: dark at the top, light at the bottom.
  Picture picture{100, 200, {}};
  for (int y = 0; y < 200; ++y) {
    picture.rgb.insert(picture.rgb.end(), 300, static_cast<std::uint8_t>(y));
  }
  TextRegion region;
  region.corners = {Point{0.4, 0}, Point{0.6, 0}, Point{0.6, 1}, Point{0.4, 1}};
  const Picture strip = straightened(picture.pixels(), region);
  EXPECT_EQ(strip.height, 48);
  EXPECT_NEAR(strip.width, 480, 1);
  EXPECT_LT(strip.rgb.front(), 5);
  EXPECT_GT(strip.rgb[3 * 479], 190);
}

}  // namespace
}  // namespace pictor::vision
