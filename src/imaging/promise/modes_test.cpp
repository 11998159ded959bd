#include "imaging/promise/modes.hpp"

#include <gtest/gtest.h>

namespace pictor::imaging {
namespace {

using domain::ImageFormat;

TEST(Modes, PhotographsAreLossyAndHalveTheirChromaUnlessItMayPayNotTo) {
  const Nature photo;
  for (const ImageFormat format : {ImageFormat::kJpeg, ImageFormat::kWebp, ImageFormat::kAvif, ImageFormat::kJxl}) {
    const auto modes = modes_of(format, photo, false, false);
    ASSERT_EQ(modes.size(), 1U);
    EXPECT_FALSE(modes.front().lossless);
    EXPECT_EQ(modes.front().chroma, Chroma::k420);
  }
  const Nature colourful{.try_whole_chroma = true};
  EXPECT_EQ(modes_of(ImageFormat::kJpeg, colourful, false, false).size(), 2U);
  EXPECT_EQ(modes_of(ImageFormat::kAvif, colourful, false, false).at(1).chroma, Chroma::k444);
  EXPECT_EQ(modes_of(ImageFormat::kWebp, colourful, false, false).size(), 1U) << "WebP has 4:2:0 only";
}

TEST(Modes, DrawingsMayBeSmallerWithoutLoss) {
  const Nature drawing{.content = Content::kDrawing, .chroma = Chroma::k444};
  const auto modes = modes_of(ImageFormat::kWebp, drawing, false, false);
  ASSERT_EQ(modes.size(), 2U);
  EXPECT_TRUE(modes.at(1).lossless);
}

TEST(Modes, LosslessIsKeptLosslessWhereTheFormatCan) {
  for (const ImageFormat format : {ImageFormat::kPng, ImageFormat::kWebp, ImageFormat::kAvif, ImageFormat::kJxl}) {
    for (const EncodeSettings& mode : modes_of(format, {.try_whole_chroma = true}, true, true)) {
      EXPECT_TRUE(mode.lossless) << static_cast<int>(format);
      EXPECT_FALSE(mode.palette);
    }
  }
}

TEST(Modes, APaletteIsTriedBesideTheWholePngOnlyWhereColoursMayGo) {
  EXPECT_EQ(modes_of(ImageFormat::kPng, {}, false, true).size(), 2U);
  EXPECT_TRUE(modes_of(ImageFormat::kPng, {}, false, true).front().palette);
  EXPECT_EQ(modes_of(ImageFormat::kPng, {}, false, false).size(), 1U);
}

}  // namespace
}  // namespace pictor::imaging
