#include <algorithm>
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"

namespace pictor {
namespace {

struct ThingKind {
  static constexpr std::string_view kPrefix = "thg_";
};
using ThingId = Id<ThingKind>;

TEST(Ids, SortInTheOrderOfMakingWithinOneMillisecond) {
  const Timestamp now = from_unix_ms(1'700'000'000'000);
  std::vector<std::string> ids;
  for (int i = 0; i < 10'000; ++i) {
    ids.push_back(new_time_ordered_id(now));
  }
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST(Ids, ParseRefusesOtherKindsAndOtherText) {
  const ThingId id = ThingId::make(from_unix_ms(1'700'000'000'000));
  ASSERT_TRUE(ThingId::parse(id.str()));
  EXPECT_EQ(*ThingId::parse(id.str()), id);
  for (const std::string& text : std::vector<std::string>{"", "thg_", "ses_" + id.str().substr(4), id.str() + "0",
                                                          "thg_' OR 1=1 --", "thg_../../etc/passwd00000000"}) {
    EXPECT_FALSE(ThingId::parse(text)) << text;
    EXPECT_EQ(ThingId::parse(text).error().code, ErrorCode::kNotFound);
  }
}

TEST(Hash, AgreesWithPublishedVectors) {
  EXPECT_EQ(hex_encode(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, test case 2
  EXPECT_EQ(hex_encode(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U);
}

TEST(Encoding, Base64RoundTripsAndRefusesWhatIsNot) {
  for (const std::string& text : std::vector<std::string>{"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    const auto back = base64_decode(base64_encode(as_bytes(text)));
    ASSERT_TRUE(back);
    EXPECT_EQ(std::string(back->begin(), back->end()), text);
  }
  EXPECT_EQ(base64_encode(as_bytes("foob")), "Zm9vYg==");
  EXPECT_TRUE(base64_decode("Zm9v\r\nYg"));
  for (const char* text : {"Zm9v!", "Z", "Zm9vYg=", "Zm9vYg===", "Zm=9", "====", "Zm9v Yg=="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(Encoding, Utf8IsCheckedAsUnicodeSays) {
  EXPECT_TRUE(is_utf8("grün 日本 😀"));
  EXPECT_FALSE(is_utf8("\xC0\xAF"));          // overlong
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));  // past U+10FFFF
  EXPECT_EQ(to_valid_utf8("a\xFF"
                          "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(utf8_length("日本😀"), 3U);
}

TEST(Time, RoundTripsAndUnderstandsOffsets) {
  const Timestamp time = from_unix_ms(1'795'508'673'120);
  EXPECT_EQ(format_timestamp(time), "2026-11-24T08:24:33.120Z");
  EXPECT_EQ(*parse_timestamp("2026-11-24T08:24:33.120Z"), time);
  EXPECT_EQ(*parse_timestamp("2026-11-24T09:24:33.12+01:00"), time);
  EXPECT_EQ(format_http_date(time), "Tue, 24 Nov 2026 08:24:33 GMT");
  EXPECT_EQ(to_unix_ms(*parse_http_date("Tue, 24 Nov 2026 08:24:33 GMT")), 1'795'508'673'000);
  for (const char* text : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-24T08:24:33",
                           "2026-11-24 25:00:00Z"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

TEST(Json, RefusesDepthDuplicatesAndWrongUtf8) {
  std::string deep(10'000, '[');
  deep += std::string(10'000, ']');
  for (const std::string& text : {deep, std::string(R"({"a":1,"a":2})"), std::string("{\"a\":\"\xFF\"}"),
                                  std::string("{"), std::string(), std::string("NaN"), std::string(R"({"a":1} x)")}) {
    const Result<Json> parsed = parse_json(text);
    ASSERT_FALSE(parsed) << text.substr(0, 20);
    EXPECT_EQ(parsed.error().code, ErrorCode::kMalformedRequest);
  }
  ASSERT_TRUE(parse_json(R"({"b":[1,2.5,"x"],"a":null})"));
  EXPECT_EQ(dump_json(*parse_json(R"({"b":[1,2.5,"x"],"a":null})")), R"({"b":[1,2.5,"x"],"a":null})");
}

TEST(Errors, EveryCodeHasOneName) {
  for (const char* name : {"internal", "not_found", "image_too_large", "session_expired", "unknown_field"}) {
    EXPECT_EQ(error_code_name(error_code_from_name(name)), name);
  }
}

}  // namespace
}  // namespace pictor
