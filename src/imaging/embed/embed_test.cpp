#include "imaging/embed/embed.hpp"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>

#include "imaging/embed/containers.hpp"
#include "imaging/embed/exif.hpp"
#include "imaging/embed/iptc.hpp"
#include "imaging/embed/read_words.hpp"
#include "imaging/embed/xmp.hpp"
#include "imaging/testing/pictures.hpp"

namespace pictor::imaging {
namespace {

using testing::encoded;
using testing::gradient;
using testing::render_one;
using testing::settings_of;

/// Scripts that code pages and careless writers break.
const std::vector<std::string> kTexts = {"Ein grüner Hügel", "été à la plage",     "красная лиса в снегу",
                                         "红狐狸在雪地里",   "ثعلب أحمر في الثلج", "赤い狐 🦊 雪"};

domain::Metadata words_in(const std::string& text) {
  domain::Metadata metadata;
  metadata.alt = "alt " + text;
  metadata.title = "title " + text;
  metadata.caption = "caption " + text;
  metadata.description = "description " + text;
  metadata.seo_tags = {"tag " + text, "second"};
  metadata.copyright = "© " + text;
  metadata.creator = text.substr(0, 1) == "E" ? "Ada" : text;
  metadata.credit = "credit";
  return metadata;
}

class Embed : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::start_once(); }
};

TEST_F(Embed, EveryWordComesBackFromEveryFormatInEveryScript) {
  const auto source = encoded(gradient(64, 48), ".png");
  for (const char* format : {"jpeg", "png", "webp", "avif"}) {
    for (const std::string& text : kTexts) {
      const domain::Metadata metadata = words_in(text);
      const auto made = render_one(
          source, settings_of((std::string("{\"neverWorse\":false,\"format\":\"") + format + "\"}").c_str()), metadata);
      ASSERT_TRUE(made) << format << " " << text << made.error().public_message << made.error().private_message;
      const auto info = probe(testing::file_of(made->bytes).get());
      ASSERT_TRUE(info) << format;
      EXPECT_EQ(info->embedded.alt, metadata.alt) << format;
      EXPECT_EQ(info->embedded.title, metadata.title) << format;
      EXPECT_EQ(info->embedded.caption, metadata.caption) << format;
      EXPECT_EQ(info->embedded.description, metadata.description) << format;
      EXPECT_EQ(info->embedded.tags, metadata.seo_tags) << format;
      EXPECT_EQ(info->embedded.copyright, *metadata.copyright) << format;
      EXPECT_EQ(info->embedded.creator, *metadata.creator) << format;
      EXPECT_TRUE(info->embedded.has_exif) << format;
      EXPECT_EQ(info->embedded.has_iptc, std::string(format) == "jpeg") << format;
    }
  }
}

std::string exiftool(const std::vector<std::uint8_t>& bytes, const std::string& suffix, const std::string& tags) {
  const std::string path = ::testing::TempDir() + "pictor_exiftool" + suffix;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  std::string output;
  if (FILE* pipe = popen(
          ("exiftool -s3 -charset utf8 -charset iptc=utf8 -validate -warning " + tags + " " + path + " 2>&1").c_str(),
          "r")) {
    std::array<char, 512> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
      output += buffer.data();
    }
    pclose(pipe);
  }
  std::remove(path.c_str());
  return output;
}

TEST_F(Embed, ExiftoolReadsWhatWasWritten) {
  if (std::system("command -v exiftool >/dev/null") != 0) {
    GTEST_SKIP() << "exiftool is not installed; ./run test installs it";
  }
  const auto source = encoded(gradient(64, 48), ".png");
  for (const auto& [format, suffix] :
       std::map<std::string, std::string>{{"jpeg", ".jpg"}, {"png", ".png"}, {"webp", ".webp"}, {"avif", ".avif"}}) {
    for (const std::string& text : kTexts) {
      const auto made = render_one(
          source, settings_of(("{\"neverWorse\":false,\"format\":\"" + format + "\"}").c_str()), words_in(text));
      ASSERT_TRUE(made);
      const std::string read = exiftool(made->bytes, suffix,
                                        "-XMP-iptcCore:AltTextAccessibility -XMP-dc:Title -XMP-dc:Subject "
                                        "-EXIF:ImageDescription -IPTC:Caption-Abstract");
      for (const std::string& expected : {"alt " + text, "title " + text, "tag " + text, "description " + text}) {
        EXPECT_NE(read.find(expected), std::string::npos) << format << ": " << read;
      }
      EXPECT_EQ(read.find("caption " + text) != std::string::npos, format == "jpeg") << read;
    }
  }
}

/// An EXIF block with a place in it, made by hand: IFD0 with a pointer to a GPS IFD of one entry.
std::vector<std::uint8_t> exif_with_gps() {
  return {'I',  'I',  42, 0, 8, 0, 0, 0,                    // header
          2,    0,                                          // IFD0: 2 entries
          0x3B, 1,    2,  0, 4, 0, 0, 0, 'A', 'd', 'a', 0,  // Artist
          0x25, 0x88, 4,  0, 1, 0, 0, 0, 38,  0,   0,   0,  // GPS IFD at 38
          0,    0,    0,  0,                                // no IFD1
          1,    0,                                          // GPS: 1 entry
          1,    0,    2,  0, 2, 0, 0, 0, 'N', 0,   0,   0,  // latitude reference
          0,    0,    0,  0};
}

TEST_F(Embed, PlacesGoUnlessAskedFor) {
  const auto plain = encoded(gradient(64, 48), ".jpg");
  const auto source = rewrite_metadata(plain, domain::ImageFormat::kJpeg, {exif_with_gps(), {}, {}}, true);
  ASSERT_TRUE(source);
  ASSERT_TRUE(probe(testing::file_of(*source).get())->embedded.has_gps);
  const std::vector<std::pair<const char*, bool>> cases = {
      {R"([])", false}, {R"(["exif"])", false}, {R"(["gps"])", true}, {R"(["all"])", true}, {R"(["none"])", false}};
  for (const auto& [keep, kept] : cases) {
    for (const char* format : {"jpeg", "webp", "png", "avif"}) {
      const auto made = render_one(
          *source, settings_of((std::string(R"({"format":")") + format + R"(","keep":)" + keep + "}").c_str()));
      ASSERT_TRUE(made) << made.error().private_message;
      EXPECT_EQ(probe(testing::file_of(made->bytes).get())->embedded.has_gps, kept) << format << keep;
    }
  }
}

TEST_F(Embed, APictureThatIsPassedThroughLosesItsPlaceAndGetsItsWords) {
  const auto plain =
      encoded(testing::noisy(120, 90), ".jpg", vips::VImage::option()->set("Q", 25)->set("optimize_coding", true));
  const auto source = rewrite_metadata(plain, domain::ImageFormat::kJpeg, {exif_with_gps(), {}, {}}, true);
  ASSERT_TRUE(source);
  const auto made = render_one(*source, settings_of(R"({"format":"jpeg","quality":95})"), words_in("x"));
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->result.files.at(0).passthrough);
  const auto info = probe(testing::file_of(made->bytes).get());
  EXPECT_FALSE(info->embedded.has_gps);
  EXPECT_EQ(info->embedded.alt, "alt x");
  EXPECT_EQ(info->embedded.creator, "x");
}

TEST_F(Embed, TheUploadsRightsStayWhenKept) {
  Words words;
  words.copyright = "© Ada";
  words.creator = "Ada";
  const auto source = rewrite_metadata(encoded(gradient(64, 48), ".jpg"), domain::ImageFormat::kJpeg,
                                       {{}, {}, write_xmp(words, {})}, true);
  ASSERT_TRUE(source);
  const auto kept = render_one(*source, settings_of(R"({"format":"webp"})"));
  const auto dropped = render_one(*source, settings_of(R"({"format":"webp","keep":["none"]})"));
  ASSERT_TRUE(kept && dropped);
  EXPECT_EQ(probe(testing::file_of(kept->bytes).get())->embedded.copyright, "© Ada");
  EXPECT_EQ(probe(testing::file_of(dropped->bytes).get())->embedded.copyright, "");
}

TEST_F(Embed, PreferFileLetsTheUploadsWordsWin) {
  Words words;
  words.alt = "the photographer's";
  const auto source = rewrite_metadata(encoded(gradient(64, 48), ".jpg"), domain::ImageFormat::kJpeg,
                                       {{}, {}, write_xmp(words, {})}, true);
  const auto made = render_one(*source, settings_of(R"({"format":"webp","prefer":"file"})"), words_in("ours"));
  ASSERT_TRUE(made);
  const auto info = probe(testing::file_of(made->bytes).get());
  EXPECT_EQ(info->embedded.alt, "the photographer's");
  EXPECT_EQ(info->embedded.title, "title ours");
}

TEST(Iptc, LongValuesAreCutBetweenCharacters) {
  Words words;
  words.title = "a" + std::string(70, 'x');
  words.creator =
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "ä"
      "äää";
  const Words back = read_iptc(write_iptc(words, {}));
  EXPECT_EQ(back.title.size(), 64U);
  EXPECT_EQ(back.creator.size(), 32U);
}

TEST(Iptc, LatinTextThatGrowsPastADatasetIsCutNotMistakenForAnExtendedOne) {
  std::vector<std::uint8_t> block = {0x1C, 2, 120, 0x7F, 0xFF};
  block.insert(block.end(), 0x7FFF, 0xE9);
  block.insert(block.end(), {0x1C, 2, 5, 0, 1, 'T'});
  const Words back = read_iptc(write_iptc({}, block));
  EXPECT_EQ(back.caption.size(), 0x7FFEU);
  EXPECT_EQ(back.title, "T");
}

TEST(Containers, AWebpWhoseHeaderSaysWhatItsChunkDoesNotKeepsThatHeader) {
  // VP8X without the alpha flag before a VP8L that says it has alpha.
  const std::vector<std::uint8_t> file = {'R', 'I', 'F', 'F', 36, 0, 0, 0, 'W', 'E', 'B', 'P', 'V', 'P', '8',
                                          'X', 10,  0,   0,   0,  0, 0, 0, 0,   1,   0,   0,   1,   0,   0,
                                          'V', 'P', '8', 'L', 5,  0, 0, 0, 47,  1,   64,  0,   16,  0};
  const auto once = rewrite_metadata(file, domain::ImageFormat::kWebp, {}, true);
  ASSERT_TRUE(once);
  EXPECT_EQ(*once, file);
}

TEST(Containers, AGifTakesNoPacketThatWouldEndItsBlock) {
  constexpr std::string_view kGif("GIF89a\x01\x00\x01\x00\x00\x00\x00\x3B", 14);
  const std::vector<std::uint8_t> gif(kGif.begin(), kGif.end());
  Blocks blocks;
  blocks.xmp = {'<', 'x', '/', '>'};
  const auto once = rewrite_metadata(gif, domain::ImageFormat::kGif, blocks, true);
  ASSERT_TRUE(once);
  EXPECT_EQ(rewrite_metadata(*once, domain::ImageFormat::kGif, blocks, true), once);
  blocks.xmp = {'<', 0, 'x', 0, '/', 0, '>', 0};  // UTF-16
  EXPECT_FALSE(rewrite_metadata(gif, domain::ImageFormat::kGif, blocks, true));
}

TEST_F(Embed, AnAvifWhoseLocationsHaveImpossibleWidthsIsRefused) {
  std::vector<std::uint8_t> avif = encoded(gradient(32, 32), ".avif");
  Blocks blocks;
  blocks.xmp = {'<', 'x', '/', '>'};
  ASSERT_TRUE(rewrite_metadata(avif, domain::ImageFormat::kAvif, blocks, true));
  constexpr std::string_view kLocations = "iloc";
  const auto at = std::search(avif.begin(), avif.end(), kLocations.begin(), kLocations.end());
  ASSERT_NE(at, avif.end());
  at[9] = 0x90;  // numbers of nine bytes
  EXPECT_FALSE(rewrite_metadata(avif, domain::ImageFormat::kAvif, blocks, true));
}

TEST_F(Embed, HostileBlocksGiveNothingAndCrashNothing) {
  unsigned seed = 7;
  std::vector<std::uint8_t> block(300);
  for (int round = 0; round < 3'000; ++round) {
    for (std::uint8_t& byte : block) {
      seed = seed * 1'664'525U + 1'013'904'223U;
      byte = static_cast<std::uint8_t>(seed >> 24U);
    }
    block[0] = round % 2 == 0 ? 'I' : 0x1C;
    block[1] = block[0] == 'I' ? 'I' : 2;
    block[2] = 42;
    static_cast<void>(read_exif(block));
    static_cast<void>(read_iptc(block));
    static_cast<void>(rewrite_metadata(block, domain::ImageFormat::kJpeg, {}, true));
    static_cast<void>(rewrite_metadata(block, domain::ImageFormat::kWebp, {}, true));
  }
  static_cast<void>(read_xmp(std::vector<std::uint8_t>(500, '<')));
}

}  // namespace
}  // namespace pictor::imaging
