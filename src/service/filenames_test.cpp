#include "service/filenames.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "domain/metadata.hpp"

namespace pictor::service {
namespace {

const domain::BlobId kDigest = "0123456789abcdef";

TEST(Filenames, AStemHoldsNothingThatAFileSystemMinds) {
  EXPECT_EQ(stem_of("IMG_0042.HEIC"), "IMG_0042");
  EXPECT_EQ(stem_of("../../etc/pass wd.jpg"), "etc-pass-wd");
  EXPECT_EQ(stem_of(".hidden"), "hidden");
  EXPECT_EQ(stem_of("a\r\nb:c.png"), "a--b-c");
  EXPECT_EQ(stem_of("été.jpg"), "été");
  EXPECT_EQ(stem_of(""), "");
}

TEST(Filenames, ALongStemIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 500; ++i) {
    text += "é";
  }
  const std::string stem = stem_of("x" + text + ".jpg");
  EXPECT_LE(stem.size(), 120U);
  EXPECT_TRUE(is_utf8(stem));
}

TEST(Filenames, ASlugIsLowerCaseWordsWithHyphens) {
  EXPECT_EQ(slug_of("My Photo (2)_FINAL.jpg"), "my-photo-2-final");
  EXPECT_EQ(slug_of("日本.jpg"), "");
  EXPECT_TRUE(domain::is_clean_filename(slug_of(std::string(500, 'a') + ".jpg")));
}

TEST(Filenames, AnExportIsNamedByItsWordsElseByTheUploadElseByTheDigest) {
  domain::ExportSettings settings;
  EXPECT_EQ(export_name(settings, "red-fox", "IMG_1.jpg", kDigest), "red-fox");
  EXPECT_EQ(export_name(settings, "", "IMG_1.jpg", kDigest), "IMG_1");
  EXPECT_EQ(export_name(settings, "../x", "IMG_1.jpg", kDigest), "IMG_1");
  EXPECT_EQ(export_name(settings, "", "", kDigest), "image-01234567");
}

TEST(Filenames, ATemplateHoldsTheName) {
  domain::ExportSettings settings;
  settings.filename = "shop-{filename}-web";
  EXPECT_EQ(export_name(settings, "red-fox", "", kDigest), "shop-red-fox-web");
  settings.filename = "fixed";
  EXPECT_EQ(export_name(settings, "red-fox", "", kDigest), "fixed");
}

}  // namespace
}  // namespace pictor::service
