// What leaves with a picture: places and notes of the upload must not, colours and movement must.
#include <gtest/gtest.h>
#include <string_view>

#include "base/hash.hpp"
#include "imaging/embed/containers.hpp"
#include "imaging/embed/gif_container.hpp"
#include "imaging/embed/tiff_container.hpp"
#include "imaging/embed/xmp.hpp"
#include "imaging/testing/pictures.hpp"
#include "imaging/vips_blob.hpp"

namespace pictor::imaging {
namespace {

using testing::encoded;
using testing::file_of;
using testing::gradient;
using testing::noisy;
using testing::render_one;
using testing::settings_of;
using vips::VImage;

constexpr std::string_view kPlaceXmp =
    R"(<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">)"
    R"(<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/")"
    R"( exif:GPSLatitude="51,30.4N" exif:GPSLongitude="0,7.5W" xmp:CreatorTool="Darkroom"/></rdf:RDF></x:xmpmeta>)";

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

bool holds(const std::vector<std::uint8_t>& file, std::string_view text) {
  return std::string_view(reinterpret_cast<const char*>(file.data()), file.size()).find(text) != std::string_view::npos;
}

class Passthrough : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::start_once(); }
};

TEST_F(Passthrough, TextChunksOfAPngGo) {
  // What our own optimiser made, it can't make smaller.
  auto source = render_one(encoded(gradient(300, 300), ".png"), settings_of(R"({"format":"png","effort":4})"))->bytes;
  std::vector<std::uint8_t> chunk = bytes_of(std::string_view("tEXtComment\0taken at 51.5 N 0.1 W", 33));
  const std::uint32_t sum = crc32(chunk);
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    chunk.push_back(static_cast<std::uint8_t>(sum >> shift));
  }
  chunk.insert(chunk.begin(), {0, 0, 0, 29});
  static constexpr std::ptrdiff_t kBehindHeader = 33;
  source.insert(source.begin() + kBehindHeader, chunk.begin(), chunk.end());
  ASSERT_TRUE(holds(source, "51.5 N"));
  const auto made = render_one(source, settings_of(R"({"format":"original","preset":"maximum","effort":0})"));
  ASSERT_TRUE(made) << made.error().private_message;
  EXPECT_TRUE(made->result.files.front().passthrough) << source.size() << " " << made->bytes.size();
  EXPECT_FALSE(holds(made->bytes, "51.5 N"));
}

TEST_F(Passthrough, ATiffWithPlacesIsNotHandedOut) {
  VImage picture = noisy(300, 300).copy();
  set_blob(picture, "xmp-data", bytes_of(kPlaceXmp));
  const auto options = [] {
    return VImage::option()->set("compression", VIPS_FOREIGN_TIFF_COMPRESSION_JPEG)->set("Q", 20);
  };
  const auto source = encoded(picture, ".tif", options());
  ASSERT_TRUE(holds(source, "GPSLatitude"));
  const auto made = render_one(source, settings_of(R"({"format":"original"})"));
  ASSERT_TRUE(made) << made.error().private_message;
  EXPECT_FALSE(made->result.files.front().passthrough);
  EXPECT_FALSE(holds(made->bytes, "GPSLatitude"));

  const auto bare = encoded(noisy(300, 300), ".tif", options()->set("keep", VIPS_FOREIGN_KEEP_NONE));
  EXPECT_TRUE(is_bare_tiff(bare));
  EXPECT_FALSE(is_bare_tiff(source));
  EXPECT_TRUE(render_one(bare, settings_of(R"({"format":"original"})"))->result.files.front().passthrough);
}

TEST_F(Passthrough, AGifLosesNotesAndPlacesAndKeepsItsPictures) {
  const auto plain = encoded(gradient(40, 30), ".gif");
  const auto placed = rewrite_gif(plain, bytes_of(kPlaceXmp), true);
  ASSERT_TRUE(placed);
  EXPECT_EQ(read_gif_xmp(*placed), bytes_of(kPlaceXmp));
  EXPECT_EQ(testing::decoded(*placed).width(), 40);
  std::vector<std::uint8_t> noted(placed->begin(), placed->end() - 1);
  const auto note =
      bytes_of(std::string_view("\x21\xFE\x05"
                                "51.5N\0;",
                                10));
  noted.insert(noted.end(), note.begin(), note.end());
  const auto cleaned = rewrite_gif(noted, {}, true);
  ASSERT_TRUE(cleaned);
  EXPECT_EQ(*cleaned, *rewrite_gif(plain, {}, true));
  EXPECT_FALSE(rewrite_gif({noted.data(), noted.size() / 2}, {}, true));
}

TEST_F(Passthrough, CutAndBentContainersCrashNothing) {
  const auto gif = *rewrite_gif(encoded(gradient(40, 30), ".gif"), bytes_of(kPlaceXmp), true);
  const auto tiff = encoded(gradient(40, 30), ".tif");
  for (std::size_t i = 0; i < gif.size(); ++i) {
    auto bent = gif;
    bent[i] = static_cast<std::uint8_t>(bent[i] ^ 0x5AU);
    EXPECT_FALSE(rewrite_gif({gif.data(), i}, {}, true)) << i;
    static_cast<void>(read_gif_xmp({gif.data(), i}));
    static_cast<void>(rewrite_gif(bent, bytes_of(kPlaceXmp), false));
    static_cast<void>(read_gif_xmp(bent));
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(tiff.size(), 400); ++i) {
    auto bent = tiff;
    bent[i] = static_cast<std::uint8_t>(bent[i] ^ 0x5AU);
    static_cast<void>(is_bare_tiff(bent));
    static_cast<void>(is_bare_tiff({tiff.data(), tiff.size() - i}));
    static_cast<void>(is_bare_tiff({tiff.data(), i}));
  }
}

TEST_F(Passthrough, AGifCarriesItsWords) {
  domain::Metadata words;
  words.alt = "красная лиса 🦊";
  const auto made = render_one(encoded(gradient(40, 30), ".png"), settings_of(R"({"format":"gif"})"), words);
  ASSERT_TRUE(made) << made.error().private_message;
  EXPECT_EQ(made->result.warnings, std::vector<std::string>{});
  EXPECT_EQ(probe(file_of(made->bytes).get())->embedded.alt, words.alt);
}

TEST_F(Passthrough, PlacesInKeptXmpGoUnlessAskedFor) {
  const auto source = rewrite_metadata(encoded(gradient(64, 48), ".jpg"), domain::ImageFormat::kJpeg,
                                       {{}, {}, bytes_of(kPlaceXmp)}, true);
  ASSERT_TRUE(source);
  EXPECT_TRUE(probe(file_of(*source).get())->embedded.has_gps);
  const auto kept = render_one(*source, settings_of(R"({"format":"webp","keep":["xmp"]})"));
  ASSERT_TRUE(kept);
  EXPECT_TRUE(holds(kept->bytes, "Darkroom"));
  EXPECT_FALSE(holds(kept->bytes, "GPS"));
  const auto all = render_one(*source, settings_of(R"({"format":"webp","keep":["xmp","gps"]})"));
  ASSERT_TRUE(all);
  EXPECT_TRUE(holds(all->bytes, "GPSLatitude"));
}

TEST_F(Passthrough, AWideProfileThatMayNotStayIsAppliedNotCutOff) {
  const VImage wide = noisy(200, 150).icc_transform("p3", VImage::option()->set("input_profile", "srgb"));
  const auto source = encoded(wide, ".jpg", VImage::option()->set("Q", 25)->set("optimize_coding", true));
  const auto made = render_one(source, settings_of(R"({"format":"jpeg","quality":95,"keep":[]})"));
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->result.files.front().passthrough);
}

TEST_F(Passthrough, DamageOfAnEarlierPictureIsNotToldOfThisOne) {
  vips_error("earlier", "%s", "premature end of JPEG image");
  const auto made = render_one(encoded(gradient(64, 48), ".png"), settings_of(R"({"format":"webp"})"));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->result.warnings, std::vector<std::string>{});
}

TEST_F(Passthrough, ALargePortraitIsTurnedWhereDecodersReadFromTheTop) {
  VImage stored = gradient(4'000, 3'000).copy();
  stored.set("orientation", 6);
  const auto made = render_one(encoded(stored, ".jpg"), settings_of(R"({"format":"jpeg","resize":{"width":1600}})"));
  ASSERT_TRUE(made) << made.error().private_message;
  EXPECT_EQ(testing::decoded(made->bytes).height(), 2'133);
}

TEST_F(Passthrough, FramesAreTurnedOneByOne) {
  const VImage frame = gradient(40, 30);
  VImage tall = VImage::arrayjoin({frame, frame.invert(), frame}, VImage::option()->set("across", 1)).copy();
  tall.set("page-height", 30);
  tall.set("orientation", 6);
  const auto made = render_one(encoded(tall, ".webp", VImage::option()->set("lossless", true)),
                               settings_of(R"({"format":"webp","lossless":true})"));
  ASSERT_TRUE(made) << made.error().private_message;
  const VImage all =
      VImage::new_from_buffer(made->bytes.data(), made->bytes.size(), "", VImage::option()->set("n", -1));
  EXPECT_EQ(all.width(), 30);
  EXPECT_EQ(all.get_int("page-height"), 40);
  EXPECT_GT(all.getpoint(27, 3).at(0), 180);  // the red corner, now at the top right
}

TEST_F(Passthrough, AResultThatWouldBeHugeIsRefused) {
  for (const char* fit : {"fill", "contain"}) {
    const auto made = render_one(
        encoded(gradient(64, 48), ".png"),
        settings_of((std::string(R"({"format":"jpeg","resize":{"width":60000,"height":60000,"enlarge":true,"fit":")") +
                     fit + "\"}}")
                        .c_str()));
    ASSERT_FALSE(made) << fit;
    EXPECT_EQ(made.error().code, ErrorCode::kImageTooLarge) << fit;
  }
}

TEST_F(Passthrough, KeptXmpThatDoesNotFitIsLeftOutAndTheWordsStay) {
  std::string packet(kPlaceXmp);
  packet.replace(packet.find("Darkroom"), 8, std::string(100'000, 'x'));
  const auto source =
      rewrite_metadata(encoded(gradient(64, 48), ".png"), domain::ImageFormat::kPng, {{}, {}, bytes_of(packet)}, true);
  ASSERT_TRUE(source);
  domain::Metadata words;
  words.alt = "a gradient";
  const auto made = render_one(*source, settings_of(R"({"format":"jpeg","keep":["xmp"]})"), words);
  ASSERT_TRUE(made) << made.error().private_message;
  EXPECT_EQ(made->result.warnings, std::vector<std::string>{"metadata_not_written"});
  EXPECT_EQ(probe(file_of(made->bytes).get())->embedded.alt, "a gradient");
}

TEST_F(Passthrough, AutoThatMustBeLosslessTakesNoJpeg) {
  const auto made = render_one(encoded(noisy(200, 150), ".png"),
                               settings_of(R"({"format":"auto","accept":["jpeg","webp","png"],"lossless":true})"));
  ASSERT_TRUE(made);
  EXPECT_NE(made->result.files.front().format, domain::ImageFormat::kJpeg);
}

TEST_F(Passthrough, TheUploadsWordsStayWhenPreferredAndThereAreNoOthers) {
  Words words;
  words.alt = "the photographer's";
  const auto source = rewrite_metadata(encoded(gradient(64, 48), ".jpg"), domain::ImageFormat::kJpeg,
                                       {{}, {}, write_xmp(words, {})}, true);
  const auto made = render_one(*source, settings_of(R"({"format":"webp","prefer":"file"})"));
  ASSERT_TRUE(made);
  EXPECT_EQ(probe(file_of(made->bytes).get())->embedded.alt, "the photographer's");
}

}  // namespace
}  // namespace pictor::imaging
