#include "imaging/decode/jpeg_rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <jpeglib.h>
#include <string>

#include "imaging/encode/jpeg_codec.hpp"
#include "imaging/resample/turned.hpp"

namespace pictor::imaging {
namespace {

struct Making {
  int width = 203;
  int height = 141;
  J_COLOR_SPACE space = JCS_RGB;  ///< of the samples given
  J_COLOR_SPACE stored = JCS_YCbCr;
  int across = 2;  ///< luma's sampling factors
  int down = 2;
  bool progressive = false;
  unsigned int restart_every = 0;
  std::string icc;
  int quality = 92;
};

std::vector<std::uint8_t> made(const Making& how) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(how.width);
  info.image_height = static_cast<JDIMENSION>(how.height);
  info.in_color_space = how.space;
  info.input_components = how.space == JCS_GRAYSCALE ? 1 : how.space == JCS_CMYK ? 4 : 3;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, how.stored);
  jpeg_set_quality(&info, how.quality, TRUE);
  info.comp_info[0].h_samp_factor = how.across;
  info.comp_info[0].v_samp_factor = how.down;
  info.restart_interval = how.restart_every;
  if (how.progressive) {
    jpeg_simple_progression(&info);
  }
  jpeg_start_compress(&info, TRUE);
  if (!how.icc.empty()) {
    jpeg_write_icc_profile(&info, reinterpret_cast<const JOCTET*>(how.icc.data()),
                           static_cast<unsigned int>(how.icc.size()));
  }
  std::vector<JSAMPLE> row(static_cast<std::size_t>(how.width * info.input_components));
  for (int y = 0; y < how.height; ++y) {
    for (int x = 0; x < how.width; ++x) {
      for (int band = 0; band < info.input_components; ++band) {
        row[static_cast<std::size_t>(x * info.input_components + band)] = static_cast<JSAMPLE>(
            127 + 60 * std::sin((x + 20 * band) * 0.11) + 60 * std::cos((y - 15 * band) * 0.07 + x * 0.01));
      }
    }
    JSAMPROW place = row.data();
    jpeg_write_scanlines(&info, &place, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::vector<std::uint8_t> file(bytes, bytes + size);
  std::free(bytes);  // NOLINT: the library's malloc
  return file;
}

/// A profile with nothing but a name, as far as `icc_description` reads one.
std::string named_profile(const std::string& name) {
  std::string profile(128, '\0');
  const auto add32 = [&](std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      profile += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
    }
  };
  add32(1);
  profile += "desc";
  add32(144);
  add32(12 + name.size() + 1);
  profile += "desc";
  add32(0);
  add32(name.size() + 1);
  return profile + name + '\0';
}

resample::Box whole(int width, int height) { return {0, 0, static_cast<double>(width), static_cast<double>(height)}; }

struct Read {
  std::vector<std::uint8_t> bytes;
  int width = 0;
  int height = 0;
  bool damaged = false;
};

Read read(std::span<const std::uint8_t> file, bool half = false) {
  Read read;
  const auto rows = JpegRows::open(file, half);
  EXPECT_TRUE(rows);
  for (int y = 0; rows && y < (*rows)->height(); ++y) {
    const auto row = (*rows)->next_row();
    EXPECT_TRUE(row);
    read.bytes.insert(read.bytes.end(), row->begin(), row->end());
  }
  if (rows) {
    read.width = (*rows)->width();
    read.height = (*rows)->height();
    read.damaged = (*rows)->damaged();
  }
  return read;
}

int most_apart(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  EXPECT_EQ(a.size(), b.size());
  int most = 0;
  for (std::size_t at = 0; at < std::min(a.size(), b.size()); ++at) {
    most = std::max(most, std::abs(a[at] - b[at]));
  }
  return most;
}

TEST(JpegRows, AreTheSamplesOfTheWholeDecoder) {
  for (const auto& [across, down] :
       {std::pair{1, 1}, std::pair{2, 1}, std::pair{2, 2}, std::pair{1, 2}, std::pair{4, 1}}) {
    for (const bool progressive : {false, true}) {
      for (const unsigned int restart : {0U, 3U}) {
        Making how;
        how.across = across;
        how.down = down;
        how.progressive = progressive;
        how.restart_every = restart;
        const auto file = made(how);
        const auto wanted = decode_jpeg(file);
        ASSERT_TRUE(wanted);
        const Read got = read(file);
        EXPECT_EQ(got.bytes, wanted->bytes) << across << "x" << down;
        EXPECT_FALSE(got.damaged);
        // The quick way through the planes, if there is one for this sampling, against the general resizer.
        resample::PixelRows rows(*wanted);
        const auto reference = resample::resize(rows, whole(how.width, how.height), 90, 61);
        const auto resized = resize_jpeg(file, whole(how.width, how.height), 90, 61, false);
        ASSERT_TRUE(reference);
        ASSERT_TRUE(resized);
        EXPECT_LE(most_apart(resized->pixels.bytes, reference->bytes), 1) << across << "x" << down;
        EXPECT_FALSE(resized->damaged);
      }
    }
  }
}

TEST(JpegRows, ReadsGreyAndRgb) {
  Making grey;
  grey.space = grey.stored = JCS_GRAYSCALE;
  const auto file = made(grey);
  EXPECT_EQ(read(file).bytes, decode_jpeg(file)->bytes);
  const auto small = resize_jpeg(file, whole(grey.width, grey.height), 100, 70, false);
  ASSERT_TRUE(small);
  EXPECT_EQ(small->pixels.bands, 1);

  Making rgb;
  rgb.stored = JCS_RGB;
  rgb.across = rgb.down = 1;
  const auto straight = made(rgb);
  EXPECT_EQ(read(straight).bytes, decode_jpeg(straight)->bytes);
}

TEST(JpegRows, SendsOtherKindsTheGeneralWay) {
  Making cmyk;
  cmyk.space = cmyk.stored = JCS_CMYK;
  cmyk.across = cmyk.down = 1;
  const auto rows = JpegRows::open(made(cmyk), false);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kUnsupportedMediaType);
  cmyk.stored = JCS_YCCK;
  EXPECT_EQ(JpegRows::open(made(cmyk), false).error().code, ErrorCode::kUnsupportedMediaType);
}

TEST(JpegRows, ShowsWhatThereIsOfADamagedFile) {
  Making how;
  how.width = 320;
  how.height = 400;
  for (const bool progressive : {false, true}) {
    how.progressive = progressive;
    const auto file = made(how);
    const Read intact = read(file);
    const auto truncated = std::span(file).first(file.size() / 2);
    const Read part = read(truncated);
    EXPECT_TRUE(part.damaged);
    ASSERT_EQ(part.bytes.size(), intact.bytes.size());
    if (!progressive) {
      EXPECT_TRUE(std::equal(part.bytes.begin(), part.bytes.begin() + 320 * 3 * 100, intact.bytes.begin()));
    }
    const auto resized = resize_jpeg(truncated, whole(320, 400), 100, 125, false);
    ASSERT_TRUE(resized);
    EXPECT_TRUE(resized->damaged);
  }
}

TEST(JpegRows, RefusesWhatIsNoPicture) {
  const auto file = made({});
  for (const std::size_t size : {std::size_t{0}, std::size_t{2}, std::size_t{100}, std::size_t{300}}) {
    const auto rows = JpegRows::open(std::span(file).first(size), false);
    ASSERT_FALSE(rows) << size;
    EXPECT_EQ(rows.error().code, ErrorCode::kImageUnreadable);
  }
}

/// Every byte wrong in turn: no crash, no endless loop; run under the sanitizers too.
TEST(JpegRows, SurvivesAnyByte) {
  Making how;
  how.width = 40;
  how.height = 40;
  for (const bool progressive : {false, true}) {
    how.progressive = progressive;
    const auto file = made(how);
    for (std::size_t at = 0; at < file.size(); ++at) {
      auto wrong = file;
      wrong[at] = static_cast<std::uint8_t>(wrong[at] ^ (at % 2 == 0 ? 0xFFU : 0x10U));
      const auto rows = JpegRows::open(wrong, false);
      if (rows && (*rows)->width() <= 4000 && (*rows)->height() <= 4000) {
        static_cast<void>(resize_jpeg(wrong, whole((*rows)->width(), (*rows)->height()), 9, 9, false));
        static_cast<void>(resize_jpeg(wrong, whole((*rows)->width(), (*rows)->height()), 25, 25, false));
      }
    }
  }
}

TEST(JpegRows, StopsAtTooManyScans) {
  Making how;
  how.progressive = true;
  auto file = made(how);
  // Its last scan, again and again.
  std::size_t scan = file.size() - 2;
  while (!(file[scan] == 0xFF && file[scan + 1] == 0xDA)) {
    --scan;
  }
  const std::vector<std::uint8_t> again(file.begin() + static_cast<std::ptrdiff_t>(scan), file.end() - 2);
  file.resize(file.size() - 2);
  for (int time = 0; time < 1000; ++time) {
    file.insert(file.end(), again.begin(), again.end());
  }
  const auto rows = JpegRows::open(file, false);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kImageUnreadable);
}

TEST(JpegRows, DecodesHalfWhenAQuarterIsWanted) {
  Making how;
  how.width = 803;
  how.height = 603;
  const auto file = made(how);
  const Read half = read(file, true);
  EXPECT_EQ(half.width, 402);
  EXPECT_EQ(half.height, 302);
  const auto small = resize_jpeg(file, whole(803, 603), 200, 150, false, true);
  ASSERT_TRUE(small);
  auto all = decode_jpeg(file);
  resample::PixelRows rows(*all);
  const auto reference = resample::resize(rows, whole(803, 603), 200, 150);
  EXPECT_LE(most_apart(small->pixels.bytes, reference->bytes), 3);
}

TEST(JpegRows, KnowsWhichProfilesAreInTheRightLight) {
  Making how;
  how.icc = named_profile("sRGB IEC61966-2.1");
  const auto srgb = resize_jpeg(made(how), whole(203, 141), 90, 61, false);
  ASSERT_TRUE(srgb);
  EXPECT_TRUE(srgb->pixels.icc.empty());
  how.icc = named_profile("Display P3");
  EXPECT_EQ(resize_jpeg(made(how), whole(203, 141), 90, 61, false).error().code, ErrorCode::kUnsupportedMediaType);
  const auto wide = resize_jpeg(made(how), whole(203, 141), 90, 61, true);
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->pixels.icc.size(), how.icc.size());
  how.icc = named_profile("Adobe RGB (1998)");
  EXPECT_FALSE(resize_jpeg(made(how), whole(203, 141), 90, 61, true));
  how.icc = std::string(200, 'x');
  EXPECT_FALSE(resize_jpeg(made(how), whole(203, 141), 90, 61, true)) << "a profile without a name";

  domain::ImageInfo info;
  EXPECT_TRUE(eligible_for_rows(info, false));
  info.icc_profile = "Display P3";
  EXPECT_FALSE(eligible_for_rows(info, false));
  EXPECT_TRUE(eligible_for_rows(info, true));
  info.icc_profile = "Adobe RGB (1998)";
  EXPECT_FALSE(eligible_for_rows(info, true));
  info.icc_profile = "";
  info.colour_space = "cmyk";
  EXPECT_FALSE(eligible_for_rows(info, true));
}

/// 3 × 2, numbered: stored rows 1 2 3 / 4 5 6.
TEST(Turned, IsWhatViewersShow) {
  Pixels stored;
  stored.width = 3;
  stored.height = 2;
  stored.bands = 1;
  stored.bytes = {1, 2, 3, 4, 5, 6};
  const std::vector<std::vector<std::uint8_t>> wanted = {{1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1},
                                                         {4, 5, 6, 1, 2, 3}, {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3},
                                                         {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Pixels upright = resample::turned(stored, orientation);
    EXPECT_EQ(upright.width, orientation >= 5 ? 2 : 3);
    EXPECT_EQ(upright.bytes, wanted[static_cast<std::size_t>(orientation - 1)]) << orientation;
    // The box of each upright pixel holds that pixel in the stored picture.
    for (int v = 0; v < upright.height; ++v) {
      for (int u = 0; u < upright.width; ++u) {
        const auto box =
            resample::stored_box({static_cast<double>(u), static_cast<double>(v), 1, 1}, 3, 2, orientation);
        EXPECT_EQ(stored.bytes[static_cast<std::size_t>(box.y) * 3 + static_cast<std::size_t>(box.x)],
                  upright.bytes[static_cast<std::size_t>(v * upright.width + u)]);
      }
    }
  }
}

}  // namespace
}  // namespace pictor::imaging
