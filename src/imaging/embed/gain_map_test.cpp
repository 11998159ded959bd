#include "imaging/embed/gain_map.hpp"

#include <gtest/gtest.h>
#include <string>

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

class GainMap : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { testing::start_once(); }

  static Bytes map() {
    VImage grey = gradient(20, 15).extract_band(0).copy();
    const std::string words =
        R"(<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" hdrgm:GainMapMax="2.5"/></rdf:RDF></x:xmpmeta>)";
    set_blob(grey, "xmp-data", Bytes(words.begin(), words.end()));
    return encoded(grey, ".jpg");
  }
  static Bytes ultra_hdr() { return with_gain_map(encoded(gradient(80, 60), ".jpg[Q=98]"), map()).value(); }
  static bool warns(const domain::RenderResult& result) {
    return std::ranges::find(result.warnings, "gainmap_dropped") != result.warnings.end();
  }
};

TEST_F(GainMap, IsFoundWhereTheIndexSays) {
  const Bytes file = ultra_hdr();
  const auto found = find_gain_map(file);
  ASSERT_TRUE(found);
  EXPECT_EQ(Bytes(found->begin(), found->end()), map());
  EXPECT_EQ(decoded(file).width(), 80);
  EXPECT_FALSE(find_gain_map(encoded(gradient(80, 60), ".jpg")));
}

TEST_F(GainMap, StaysWhenAskedForAndItsWordsStandBesideOurs) {
  domain::Metadata words;
  words.title = "A title";
  const auto kept =
      render_one(ultra_hdr(), settings_of(R"({"format":"jpeg","keep":["icc","gainmap"],"quality":80})"), words);
  ASSERT_TRUE(kept) << kept.error().private_message;
  const auto found = find_gain_map(kept->bytes);
  ASSERT_TRUE(found);
  EXPECT_EQ(Bytes(found->begin(), found->end()), map());
  const std::string text(kept->bytes.begin(), kept->bytes.end());
  EXPECT_NE(text.find("A title"), std::string::npos);
  EXPECT_NE(text.find("Item:Length=\"" + std::to_string(map().size()) + "\""), std::string::npos);
  EXPECT_FALSE(warns(kept->result));
  EXPECT_EQ(kept->result.files.at(0).bytes, static_cast<std::int64_t>(kept->bytes.size()));
}

TEST_F(GainMap, IsDroppedKnowinglyElsewhere) {
  for (const char* settings : {R"({"format":"jpeg","quality":80})", R"({"format":"webp","keep":["gainmap"]})",
                               R"({"format":"jpeg","keep":["gainmap"],"resize":{"width":40}})"}) {
    const auto dropped = render_one(ultra_hdr(), settings_of(settings));
    ASSERT_TRUE(dropped) << settings;
    EXPECT_TRUE(warns(dropped->result)) << settings;
    EXPECT_FALSE(find_gain_map(dropped->bytes)) << settings;
  }
  EXPECT_FALSE(warns(render_one(encoded(gradient(80, 60), ".jpg"), settings_of(R"({"format":"webp"})"))->result));
}

}  // namespace
}  // namespace pictor::imaging
