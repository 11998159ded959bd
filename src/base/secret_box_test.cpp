#include "base/secret_box.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace pictor {
namespace {

TEST(SecretBox, OpensWhatItSealed) {
  const SecretBox box("pepper", "tests");
  for (const std::string& plain : {std::string(), std::string("whsec_abc"), std::string(100'000, '\0')}) {
    const std::string sealed = box.seal(plain, "row 1");
    EXPECT_EQ(sealed.find("whsec"), std::string::npos);
    EXPECT_EQ(box.open(sealed, "row 1"), plain);
    EXPECT_NE(box.seal(plain, "row 1"), sealed);
  }
}

TEST(SecretBox, OpensNothingElse) {
  const SecretBox box("pepper", "tests");
  const std::string sealed = box.seal("secret", "row 1");
  EXPECT_FALSE(box.open(sealed, "row 2"));
  EXPECT_FALSE(box.open(sealed));
  EXPECT_FALSE(SecretBox("pepper", "other").open(sealed, "row 1"));
  EXPECT_FALSE(SecretBox("Pepper", "tests").open(sealed, "row 1"));
  EXPECT_FALSE(box.open("", "row 1"));
  EXPECT_FALSE(box.open("not base64!", "row 1"));
  EXPECT_FALSE(box.open("AAAA", "row 1"));
  Bytes bytes = *base64_decode(sealed);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 1U;
    EXPECT_FALSE(box.open(base64_encode(bytes), "row 1")) << i;
    bytes[i] ^= 1U;
  }
  EXPECT_EQ(box.open(base64_encode(bytes), "row 1"), "secret");
}

}  // namespace
}  // namespace pictor
