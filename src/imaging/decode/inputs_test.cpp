#include <gtest/gtest.h>
#include <string>

#include "base/hash.hpp"
#include "imaging/decode/apng.hpp"
#include "imaging/decode/bmp.hpp"
#include "imaging/decode/raw_preview.hpp"
#include "imaging/testing/pictures.hpp"
#include "imaging/vips_blob.hpp"

namespace pictor::imaging {
namespace {

using testing::decoded;
using testing::encoded;
using testing::gradient;
using testing::render_one;
using testing::settings_of;
using vips::VImage;
using Bytes = std::vector<std::uint8_t>;

void put(Bytes& out, std::uint32_t value, int size, bool big = false) {
  for (int i = 0; i < size; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * (big ? size - 1 - i : i))));
  }
}
void put(Bytes& out, const Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }

/// A bitmap with BITMAPINFOHEADER; `tables` are masks and palette.
Bytes bitmap(int width, int height, int depth, std::uint32_t compression, const Bytes& tables, const Bytes& pixels) {
  Bytes out = {'B', 'M'};
  put(out, 0, 4);
  put(out, 0, 4);
  put(out, static_cast<std::uint32_t>(54 + tables.size()), 4);
  put(out, 40, 4);
  put(out, static_cast<std::uint32_t>(width), 4);
  put(out, static_cast<std::uint32_t>(height), 4);
  put(out, 1, 2);
  put(out, static_cast<std::uint32_t>(depth), 2);
  put(out, compression, 4);
  for (int i = 0; i < 5; ++i) {
    put(out, 0, 4);
  }
  put(out, tables);
  put(out, pixels);
  return out;
}

std::vector<int> pixel(const Pixels& pixels, int x, int y) {
  const auto at = static_cast<std::size_t>(y) * pixels.row_bytes() + static_cast<std::size_t>(x * pixels.bands);
  return {pixels.bytes.begin() + static_cast<std::ptrdiff_t>(at),
          pixels.bytes.begin() + static_cast<std::ptrdiff_t>(at) + pixels.bands};
}

const std::vector<int> kRed = {255, 0, 0};
const std::vector<int> kGreen = {0, 255, 0};
const std::vector<int> kBlue = {0, 0, 255};
const Bytes kTwoColours = {0, 0, 255, 0, 0, 255, 0, 0};  // red, green

TEST(Bmp, ReadsEveryDepthAndBothDirections) {
  // Two rows, bottom first: green red / red green.
  const auto one = decode_bmp(bitmap(2, 2, 1, 0, kTwoColours, {0x80, 0, 0, 0, 0x40, 0, 0, 0}));
  ASSERT_TRUE(one) << one.error().private_message;
  EXPECT_EQ(pixel(*one, 0, 0), kRed);
  EXPECT_EQ(pixel(*one, 1, 0), kGreen);
  EXPECT_EQ(pixel(*one, 0, 1), kGreen);
  Bytes sixteen = kTwoColours;
  sixteen.resize(64);
  EXPECT_EQ(pixel(*decode_bmp(bitmap(2, 1, 4, 0, sixteen, {0x10, 0, 0, 0})), 0, 0), kGreen);
  Bytes all = kTwoColours;
  all.resize(1'024);
  EXPECT_EQ(pixel(*decode_bmp(bitmap(2, 1, 8, 0, all, {1, 0, 0, 0})), 1, 0), kRed);
  EXPECT_EQ(pixel(*decode_bmp(bitmap(1, 1, 16, 0, {}, {0x00, 0x7C, 0, 0})), 0, 0), kRed);
  EXPECT_EQ(pixel(*decode_bmp(bitmap(1, 1, 24, 0, {}, {255, 0, 0, 0})), 0, 0), kBlue);
  EXPECT_EQ(pixel(*decode_bmp(bitmap(1, -2, 32, 0, {}, {0, 0, 255, 9, 255, 0, 0, 9})), 0, 0), kRed);
}

TEST(Bmp, ReadsBitfields) {
  Bytes masks;
  put(masks, 0xF800, 4);
  put(masks, 0x07E0, 4);
  put(masks, 0x001F, 4);
  EXPECT_EQ(pixel(*decode_bmp(bitmap(1, 1, 16, 3, masks, {0xE0, 0x07, 0, 0})), 0, 0), kGreen);
  Bytes alpha;
  put(alpha, 0xFF, 4);
  put(alpha, 0xFF00, 4);
  put(alpha, 0xFF0000, 4);
  put(alpha, 0xFF000000, 4);
  const auto clear = decode_bmp(bitmap(1, 1, 32, 6, alpha, {255, 0, 0, 128}));
  ASSERT_TRUE(clear);
  EXPECT_EQ(pixel(*clear, 0, 0), (std::vector<int>{255, 0, 0, 128}));
}

TEST(Bmp, ReadsRunLengths) {
  Bytes all = kTwoColours;
  all.resize(1'024);
  // 3 green; end of line; literal of 3: red green red; end.
  const auto eight = decode_bmp(bitmap(3, 2, 8, 1, all, {3, 1, 0, 0, 0, 3, 0, 1, 0, 0, 0, 1}));
  ASSERT_TRUE(eight);
  EXPECT_EQ(pixel(*eight, 2, 1), kGreen);
  EXPECT_EQ(pixel(*eight, 0, 0), kRed);
  EXPECT_EQ(pixel(*eight, 1, 0), kGreen);
  Bytes sixteen = kTwoColours;
  sixteen.resize(64);
  const auto four = decode_bmp(bitmap(4, 1, 4, 2, sixteen, {4, 0x01, 0, 1}));
  ASSERT_TRUE(four);
  EXPECT_EQ(pixel(*four, 0, 0), kRed);
  EXPECT_EQ(pixel(*four, 1, 0), kGreen);
}

TEST(Bmp, RefusesWhatItsHeaderCannotMean) {
  for (const auto& [width, height, depth, compression] : std::vector<std::array<int, 4>>{
           {0, 1, 24, 0}, {-1, 1, 24, 0}, {1, 0, 24, 0}, {1, 1, 7, 0}, {1, 1, 24, 1}, {1, 1, 24, 99}, {1, -1, 8, 1}}) {
    EXPECT_FALSE(read_bmp_header(bitmap(width, height, depth, static_cast<std::uint32_t>(compression), {}, Bytes(64))));
  }
  EXPECT_FALSE(read_bmp_header(Bytes{'B', 'M', 0}));
  EXPECT_TRUE(read_bmp_header(bitmap(100, 100, 24, 0, {}, Bytes(64)))->ends_early);
}

class Inputs : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::start_once(); }
  static Result<domain::ImageInfo> probed(const Bytes& bytes) { return probe(testing::file_of(bytes).get()); }
  static bool is_red(const VImage& image, int x, int y) {
    const std::vector<double> at = image.getpoint(x, y);
    return at.at(0) > 180 && at.at(1) < 90 && at.at(2) < 90;
  }
};

TEST_F(Inputs, ABitmapBecomesAnyFormat) {
  const auto made = render_one(bitmap(1, 1, 24, 0, {}, {0, 0, 255, 0}), settings_of(R"({"format":"png"})"));
  ASSERT_TRUE(made) << made.error().private_message;
  EXPECT_TRUE(is_red(decoded(made->bytes), 0, 0));
}

void put_chunk(Bytes& out, const std::string& type, const Bytes& content) {
  put(out, static_cast<std::uint32_t>(content.size()), 4, true);
  Bytes body(type.begin(), type.end());
  put(body, content);
  put(out, body);
  put(out, crc32(body), 4, true);
}

Bytes frame_control(std::uint32_t number, int width, int height, int left, int top, int delay, int dispose, int blend) {
  Bytes out;
  for (const std::uint32_t value : {number, static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height),
                                    static_cast<std::uint32_t>(left), static_cast<std::uint32_t>(top)}) {
    put(out, value, 4, true);
  }
  put(out, static_cast<std::uint32_t>(delay), 2, true);
  put(out, 1'000, 2, true);
  out.push_back(static_cast<std::uint8_t>(dispose));
  out.push_back(static_cast<std::uint8_t>(blend));
  return out;
}

VImage flat(int width, int height, const std::vector<double>& colour) {
  return (VImage::black(width, height, VImage::option()->set("bands", 4)) + colour)
      .cast(VIPS_FORMAT_UCHAR)
      .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

/// IDAT's content of a picture as libvips writes it.
Bytes image_data(const VImage& image) {
  const Bytes png = encoded(image, ".png");
  Bytes data;
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::size_t length = static_cast<std::size_t>(png[at]) << 24U | static_cast<std::size_t>(png[at + 1]) << 16U |
                               static_cast<std::size_t>(png[at + 2]) << 8U | png[at + 3];
    if (std::string(png.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                    png.begin() + static_cast<std::ptrdiff_t>(at) + 8) == "IDAT") {
      data.insert(data.end(), png.begin() + static_cast<std::ptrdiff_t>(at) + 8,
                  png.begin() + static_cast<std::ptrdiff_t>(at + 8 + length));
    }
    at += 12 + length;
  }
  return data;
}

/// Red 20 × 20; then a green 10 × 10 in its middle that goes again; then a blue 5 × 5 at the top left.
Bytes animation() {
  const Bytes first = encoded(flat(20, 20, {255, 0, 0, 255}), ".png");
  Bytes out(first.begin(), first.begin() + 33);
  Bytes control;
  put(control, 3, 4, true);
  put(control, 7, 4, true);
  put_chunk(out, "acTL", control);
  put_chunk(out, "fcTL", frame_control(0, 20, 20, 0, 0, 100, 0, 0));
  put_chunk(out, "IDAT", image_data(flat(20, 20, {255, 0, 0, 255})));
  put_chunk(out, "fcTL", frame_control(1, 10, 10, 5, 5, 250, 2, 1));
  Bytes data;
  put(data, 2, 4, true);
  put(data, image_data(flat(10, 10, {0, 255, 0, 255})));
  put_chunk(out, "fdAT", data);
  put_chunk(out, "fcTL", frame_control(3, 5, 5, 0, 0, 50, 0, 0));
  Bytes last;
  put(last, 4, 4, true);
  put(last, image_data(flat(5, 5, {0, 0, 255, 255})));
  put_chunk(out, "fdAT", last);
  put_chunk(out, "IEND", {});
  return out;
}

TEST_F(Inputs, AnAnimatedPngIsPutTogetherFrameByFrame) {
  const Bytes png = animation();
  const auto apng = read_apng(png, 300);
  ASSERT_TRUE(apng);
  const auto pixels = decode_apng(*apng, std::nullopt);
  ASSERT_TRUE(pixels) << pixels.error().private_message;
  EXPECT_EQ(pixels->frames, 3);
  EXPECT_EQ(pixels->loop, 7);
  EXPECT_EQ(pixels->delays, (std::vector<int>{100, 250, 50}));
  const auto at = [&](int frame, int x, int y) { return pixel(*pixels, x, frame * 20 + y); };
  EXPECT_EQ(at(0, 10, 10), (std::vector<int>{255, 0, 0, 255}));
  EXPECT_EQ(at(1, 10, 10), (std::vector<int>{0, 255, 0, 255}));
  EXPECT_EQ(at(2, 10, 10), (std::vector<int>{255, 0, 0, 255}));  // the green one is gone again
  EXPECT_EQ(at(2, 1, 1), (std::vector<int>{0, 0, 255, 255}));
}

TEST_F(Inputs, AnAnimatedPngMovesOnInWebpAndStopsInJpeg) {
  const Bytes png = animation();
  EXPECT_EQ(probed(png)->frames, 3);
  const auto webp = render_one(png, settings_of(R"({"format":"webp","resize":{"width":10}})"));
  ASSERT_TRUE(webp) << webp.error().private_message;
  const VImage all =
      VImage::new_from_buffer(webp->bytes.data(), webp->bytes.size(), "", VImage::option()->set("n", -1));
  EXPECT_EQ(all.get_int("n-pages"), 3);
  EXPECT_EQ(all.get_array_int("delay").at(1), 250);
  const auto jpeg = render_one(png, settings_of(R"({"format":"jpeg","page":1})"));
  ASSERT_TRUE(jpeg) << jpeg.error().private_message;
  EXPECT_GT(decoded(jpeg->bytes).getpoint(10, 10).at(1), 200);
  EXPECT_NE(std::ranges::find(jpeg->result.warnings, "animation_flattened"), jpeg->result.warnings.end());
  EXPECT_EQ(render_one(png, settings_of(R"({"format":"jpeg","page":3})")).error().code, ErrorCode::kInvalidField);
}

/// Little-endian TIFF entry with one number.
void put_entry(Bytes& out, std::uint16_t tag, std::uint16_t type, std::uint32_t value) {
  put(out, tag, 2);
  put(out, type, 2);
  put(out, 1, 4);
  put(out, value, 4);
}

/// Like a DNG: sensor samples that nobody here reads, turned by 90°, and a preview.
Bytes raw_file(const Bytes& preview) {
  Bytes out = {'I', 'I', '*', 0};
  put(out, 8, 4);
  put(out, 3, 2);
  put_entry(out, 262, 3, 32'803);
  put_entry(out, 274, 3, 6);
  put_entry(out, 50'706, 1, 0x0401);
  put(out, 0, 4);
  out.resize(out.size() + 100, 0x55);
  put(out, encoded(gradient(16, 12), ".jpg"));
  put(out, preview);
  out.resize(out.size() + 64, 0x55);
  return out;
}

TEST_F(Inputs, ARawFileShowsItsLargestPreviewUpright) {
  const Bytes raw = raw_file(encoded(gradient(80, 40), ".jpg"));
  EXPECT_TRUE(is_raw(raw));
  const auto info = probed(raw);
  ASSERT_TRUE(info) << info.error().private_message;
  EXPECT_EQ(info->format, domain::ImageFormat::kRaw);
  EXPECT_EQ(info->width, 80);
  EXPECT_EQ(info->orientation, 6);
  const auto made = render_one(raw, settings_of(R"({"format":"png"})"));
  ASSERT_TRUE(made) << made.error().private_message;
  const VImage image = decoded(made->bytes);
  EXPECT_EQ(image.width(), 40);
  EXPECT_TRUE(is_red(image, 37, 3));
  EXPECT_NE(std::ranges::find(made->result.warnings, "raw_preview"), made->result.warnings.end());
}

TEST_F(Inputs, ARawFileWithoutPreviewSaysWhatToDo) {
  Bytes raw = raw_file({});
  raw.resize(140);
  const auto info = probed(raw);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, ErrorCode::kImageUnreadable);
  EXPECT_NE(info.error().public_message.find("Develop it"), std::string::npos);
}

TEST_F(Inputs, AnOrdinaryTiffIsNoRawFile) {
  EXPECT_FALSE(is_raw(encoded(gradient(16, 12), ".tif")));
  EXPECT_FALSE(is_raw(encoded(gradient(16, 12), ".tif[compression=jpeg]")));
}

TEST_F(Inputs, PagesOfATiffHaveTheirOwnPicture) {
  const VImage small = gradient(30, 20);
  VImage tall = small.join(small.invert(), VIPS_DIRECTION_VERTICAL).copy();
  tall.set(VIPS_META_PAGE_HEIGHT, 20);
  const Bytes tiff = encoded(tall, ".tif");
  const auto first = render_one(tiff, settings_of(R"({"format":"png"})"));
  const auto second = render_one(tiff, settings_of(R"({"format":"png","page":1})"));
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(is_red(decoded(first->bytes), 2, 2));
  EXPECT_LT(decoded(second->bytes).getpoint(2, 2).at(0), 30);
  const auto none = render_one(tiff, settings_of(R"({"format":"png","page":2})"));
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().public_message.find("2 pages"), std::string::npos);
}

TEST_F(Inputs, FloatTiffIsShown) {
  const VImage floats = (gradient(30, 20).cast(VIPS_FORMAT_FLOAT) / 255)
                            .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_scRGB));
  const auto made = render_one(encoded(floats, ".tif"), settings_of(R"({"format":"png"})"));
  ASSERT_TRUE(made) << made.error().private_message;
  const std::vector<double> at = decoded(made->bytes).getpoint(2, 2);
  EXPECT_GT(at.at(0), 180);
  EXPECT_LT(at.at(1), 90);
}

TEST_F(Inputs, LosslessAndTwelveBitJpegSayWhatToDo) {
  Bytes jpeg = encoded(gradient(16, 16), ".jpg");
  const Bytes start = {0xFF, 0xC0, 0x00, 0x11, 0x08};
  const auto at = std::search(jpeg.begin(), jpeg.end(), start.begin(), start.end());
  ASSERT_NE(at, jpeg.end());
  at[4] = 12;
  EXPECT_NE(probed(jpeg).error().public_message.find("more than 8 bits"), std::string::npos);
  at[4] = 8;
  at[1] = 0xC3;
  EXPECT_EQ(probed(jpeg).error().code, ErrorCode::kImageUnreadable);
  EXPECT_NE(probed(jpeg).error().public_message.find("lossless"), std::string::npos);
}

TEST_F(Inputs, AProfileOfFiveMegabytesThatIsNoneBreaksNothing) {
  VImage image = gradient(40, 30).copy();
  set_blob(image, VIPS_META_ICC_NAME, Bytes(5U << 20U, 0x41));
  const Bytes jpeg = encoded(image, ".jpg");
  for (const char* settings : {R"({"format":"png"})", R"({"format":"webp","keep":["none"],"resize":{"width":20}})"}) {
    const auto made = render_one(jpeg, settings_of(settings));
    ASSERT_TRUE(made) << settings << made.error().private_message;
    EXPECT_TRUE(is_red(decoded(made->bytes), 2, 2)) << settings;
  }
}

TEST_F(Inputs, SixteenBitCmykWithABrokenProfileIsShown) {
  VImage cmyk = ((VImage::black(32, 32, VImage::option()->set("bands", 4)) + std::vector<double>{0, 65'535, 65'535, 0})
                     .cast(VIPS_FORMAT_USHORT)
                     .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_CMYK)));
  set_blob(cmyk, VIPS_META_ICC_NAME, Bytes(300, 7));
  const auto made = render_one(encoded(cmyk, ".tif"), settings_of(R"({"format":"png"})"));
  ASSERT_TRUE(made) << made.error().private_message;
  const std::vector<double> at = decoded(made->bytes).colourspace(VIPS_INTERPRETATION_sRGB).getpoint(16, 16);
  EXPECT_GT(at.at(0), 180);
  EXPECT_LT(at.at(2), 90);
}

TEST_F(Inputs, AJpegXlIsRead) {
  const auto jxl = render_one(encoded(gradient(80, 60), ".png"), settings_of(R"({"format":"jxl","quality":90})"));
  if (!jxl && jxl.error().code == ErrorCode::kFormatLimit) {
    GTEST_SKIP() << "no libjxl here";
  }
  ASSERT_TRUE(jxl) << jxl.error().private_message;
  const auto info = probed(jxl->bytes);
  ASSERT_TRUE(info) << info.error().private_message;
  EXPECT_EQ(info->width, 80);
  const auto png = render_one(jxl->bytes, settings_of(R"({"format":"png","resize":{"width":40}})"));
  ASSERT_TRUE(png) << png.error().private_message;
  EXPECT_TRUE(is_red(decoded(png->bytes), 2, 2));
  EXPECT_FALSE(probed(Bytes{0xFF, 0x0A, 0, 0}));
}

TEST_F(Inputs, AnSvgIsDrawnAtTheWidthWanted) {
  const std::string svg =
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="20" height="10" fill="#f00"/></svg>)";
  const auto made = render_one({svg.begin(), svg.end()}, settings_of(R"({"format":"png","resize":{"width":200}})"));
  ASSERT_TRUE(made) << made.error().private_message;
  EXPECT_EQ(decoded(made->bytes).width(), 200);
  EXPECT_EQ(decoded(made->bytes).height(), 100);
}

}  // namespace
}  // namespace pictor::imaging
