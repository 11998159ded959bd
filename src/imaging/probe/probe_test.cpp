#include <chrono>
#include <gtest/gtest.h>

#include "imaging/probe/claims.hpp"
#include "imaging/probe/sniff.hpp"
#include "imaging/probe/svg_safety.hpp"
#include "imaging/testing/pictures.hpp"

namespace pictor::imaging {
namespace {

using domain::ImageFormat;
using testing::encoded;
using testing::file_of;
using testing::gradient;

class Probe : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::start_once(); }
  static Result<domain::ImageInfo> probe_of(const std::vector<std::uint8_t>& bytes) {
    return probe(file_of(bytes).get());
  }
  static ErrorCode code_of(const std::vector<std::uint8_t>& bytes) {
    const auto info = probe_of(bytes);
    return info ? ErrorCode::kCancelled : info.error().code;
  }
};

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST_F(Probe, APictureThatEndsEarlySaysSoAndAWholeOneDoesNot) {
  for (const char* suffix : {".png", ".gif"}) {
    std::vector<std::uint8_t> bytes = encoded(gradient(64, 48), suffix);
    const auto whole = probe_of(bytes);
    ASSERT_TRUE(whole) << suffix;
    EXPECT_TRUE(whole->warnings.empty()) << suffix;
    bytes.resize(bytes.size() * 9 / 10);
    const auto cut = probe_of(bytes);
    ASSERT_TRUE(cut) << suffix;
    EXPECT_EQ(cut->warnings, std::vector<std::string>{"truncated"}) << suffix;
  }
}

TEST_F(Probe, APngWithoutAPixelIsUnreadable) {
  std::vector<std::uint8_t> bytes = encoded(gradient(64, 48), ".png");
  static constexpr std::uint8_t kData[] = {'I', 'D', 'A', 'T'};
  bytes.erase(std::search(bytes.begin(), bytes.end(), std::begin(kData), std::end(kData)) + 4, bytes.end());
  EXPECT_EQ(code_of(bytes), ErrorCode::kImageUnreadable);
}

TEST_F(Probe, ReadsSizeFormatAndAlphaOfEveryFormat) {
  const std::vector<std::pair<const char*, ImageFormat>> formats = {
      {".jpg", ImageFormat::kJpeg}, {".png", ImageFormat::kPng},  {".webp", ImageFormat::kWebp},
      {".gif", ImageFormat::kGif},  {".tif", ImageFormat::kTiff}, {".avif", ImageFormat::kAvif}};
  for (const auto& [suffix, format] : formats) {
    const auto info = probe_of(encoded(gradient(64, 48), suffix));
    ASSERT_TRUE(info) << suffix << info.error().private_message;
    EXPECT_EQ(info->format, format) << suffix;
    EXPECT_EQ(info->width, 64) << suffix;
    EXPECT_EQ(info->height, 48) << suffix;
    EXPECT_EQ(info->frames, 1) << suffix;
  }
}

TEST_F(Probe, ReadsSvgSizeFromItsViewBox) {
  const auto info =
      probe_of(bytes_of("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 120 80\"><rect "
                        "width=\"120\" height=\"80\"/></svg>"));
  ASSERT_TRUE(info) << info.error().private_message;
  EXPECT_EQ(info->width, 120);
  EXPECT_EQ(info->height, 80);
}

TEST_F(Probe, RefusesWhatIsNoPicture) {
  EXPECT_EQ(code_of({}), ErrorCode::kUnsupportedMediaType);
  EXPECT_EQ(code_of(bytes_of("hello, I am a text")), ErrorCode::kUnsupportedMediaType);
  EXPECT_EQ(code_of(bytes_of("<html><svg></svg></html>")), ErrorCode::kUnsupportedMediaType);
  EXPECT_EQ(code_of(bytes_of("BM0123456789")), ErrorCode::kUnsupportedMediaType);
  EXPECT_EQ(code_of(bytes_of("\x89PNG\r\n\x1A\n")), ErrorCode::kImageUnreadable);
}

TEST_F(Probe, RefusesAHeaderThatClaimsTooMuch) {
  std::vector<std::uint8_t> jpeg = encoded(gradient(64, 48), ".jpg");
  for (std::size_t i = 0; i + 9 < jpeg.size(); ++i) {
    if (jpeg[i] == 0xFF && (jpeg[i + 1] == 0xC0 || jpeg[i + 1] == 0xC2)) {
      jpeg[i + 5] = jpeg[i + 7] = 64'250 >> 8;
      jpeg[i + 6] = jpeg[i + 8] = 64'250 & 255;
      break;
    }
  }
  EXPECT_EQ(code_of(jpeg), ErrorCode::kImageTooLarge);
}

TEST_F(Probe, CountsGifFramesWithoutDecodingThem) {
  std::vector<std::uint8_t> gif =
      bytes_of(std::string_view("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xFF\xFF\xFF", 19));
  const std::vector<std::uint8_t> frame =
      bytes_of(std::string_view("\x2C\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00", 15));
  for (int i = 0; i < 100'000; ++i) {
    gif.insert(gif.end(), frame.begin(), frame.end());
  }
  gif.push_back(0x3B);
  EXPECT_EQ(count_gif_frames(gif, 300), 301);
  EXPECT_EQ(code_of(gif), ErrorCode::kAnimationTooLong);
}

TEST_F(Probe, CutAndRandomBytesNeverCrash) {
  for (const char* suffix : {".jpg", ".png", ".webp", ".gif", ".avif", ".tif"}) {
    const std::vector<std::uint8_t> whole = encoded(gradient(32, 32), suffix);
    for (std::size_t length = 0; length < std::min<std::size_t>(whole.size(), 400); length += 7) {
      static_cast<void>(code_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}));
    }
    std::vector<std::uint8_t> damaged = whole;
    unsigned seed = 1;
    for (int round = 0; round < 200; ++round) {
      seed = seed * 1'103'515'245U + 12'345U;
      damaged[seed % damaged.size()] = static_cast<std::uint8_t>(seed >> 16U);
      static_cast<void>(code_of(damaged));
    }
  }
}

TEST(SvgSafety, RefusesReferencesAndEntities) {
  const auto allowed = [](std::string_view text) { return check_svg(bytes_of(text)).has_value(); };
  EXPECT_TRUE(
      allowed("<svg><use href=\"#a\"/><image href=\"data:image/png;base64,AA\"/><path fill=\"url(#g)\"/></svg>"));
  EXPECT_TRUE(allowed("<svg><a href=\"https://example.org\"><text>x</text></a></svg>"));
  for (const char* text :
       {"<!DOCTYPE svg [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><svg>&x;</svg>",
        "<svg><image href=\"file:///etc/passwd\"/></svg>", "<svg><image xlink:href = 'http://127.0.0.1/'/></svg>",
        "<svg><style>@import 'x.css'</style></svg>", "<svg><rect fill=\"url(http://x/y#z)\"/></svg>",
        "<?xml-stylesheet href='x'?><svg/>", "<svg><IMAGE HREF=\"../x.png\"/></svg>"}) {
    EXPECT_FALSE(allowed(text)) << text;
  }
}

TEST(Sniff, GoesByBytesAlone) {
  EXPECT_EQ(sniff_format(bytes_of("\xEF\xBB\xBF <!-- a > b --> <svg/>")), ImageFormat::kSvg);
  EXPECT_EQ(sniff_format(bytes_of("<!DOCTYPE svg [<!ENTITY a \"b\">]><svg/>")), ImageFormat::kSvg);
  EXPECT_EQ(sniff_format(bytes_of(std::string_view("\0\0\0\x18"
                                                   "ftypheic\0\0\0\0mif1",
                                                   20))),
            ImageFormat::kHeif);
  EXPECT_EQ(sniff_format(bytes_of(std::string_view("\0\0\0\x18"
                                                   "ftypmif1\0\0\0\0avif",
                                                   20))),
            ImageFormat::kAvif);
  EXPECT_EQ(sniff_format(bytes_of("RIFF1234WAVEfmt ....")), std::nullopt);
}

}  // namespace
}  // namespace pictor::imaging
