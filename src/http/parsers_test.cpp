#include <gtest/gtest.h>
#include <random>

#include "base/encoding.hpp"
#include "http/base64_stream.hpp"
#include "http/csv.hpp"
#include "http/header_values.hpp"
#include "http/multipart.hpp"
#include "http/query.hpp"
#include "http/range.hpp"
#include "http/router.hpp"

namespace pictor::http {
namespace {

// ---- query ----

TEST(Target, DecodesSegmentsOneByOne) {
  const Result<Target> target = parse_target("/v1/exports/exp_1/files/caf%C3%A9%20%26.webp?limit=5&x=a+b%2Bc");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, (std::vector<std::string>{"v1", "exports", "exp_1", "files", "café &.webp"}));
  EXPECT_EQ(target->query, (Fields{{"limit", "5"}, {"x", "a b+c"}}));
}

TEST(Target, RefusesBrokenEscapesNulAndWrongUtf8AsMalformed) {
  for (const char* text : {"/a%", "/a%2", "/a%zz", "/a%00b", "/%ff", "/?x=%", "/?x=%00", "/?%c3=1", "v1", ""}) {
    const Result<Target> target = parse_target(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, ErrorCode::kMalformedRequest) << text;
  }
}

TEST(Target, NamesNothingForDotsSlashesAndControlCharacters) {
  for (const char* text :
       {"/..", "/a/../b", "/a/%2e%2e/b", "/.", "//a", "/a/", "/a%2fb", "/a%5cb", "/a%0ab", "/a%7f"}) {
    const Result<Target> target = parse_target(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, ErrorCode::kNotFound) << text;
  }
}

TEST(Target, RootHasNoSegmentsAndAbsoluteFormIsUnderstood) {
  EXPECT_TRUE(parse_target("/")->segments.empty());
  EXPECT_EQ(parse_target("http://host:80/v1/jobs?limit=1")->segments, (std::vector<std::string>{"v1", "jobs"}));
}

// ---- headers ----

TEST(Accept, PrefersWeightThenOrderAndRefusesZero) {
  const std::vector<std::string_view> offered = {"application/json", "text/csv"};
  EXPECT_EQ(negotiate("", offered), "application/json");
  EXPECT_EQ(negotiate("*/*", offered), "application/json");
  EXPECT_EQ(negotiate("text/csv", offered), "text/csv");
  EXPECT_EQ(negotiate("application/json;q=0.5, text/*;q=0.8", offered), "text/csv");
  EXPECT_EQ(negotiate("image/png", offered), std::nullopt);
  EXPECT_EQ(negotiate("text/csv;q=0, application/json;q=0", offered), std::nullopt);
  EXPECT_EQ(negotiate("*/*;q=0.1, application/json;q=0", offered), "text/csv");
}

TEST(Accept, AWeightThatIsNoNumberCountsAsNone) {
  EXPECT_EQ(acceptance("text/csv;q=nan", "text/csv"), 0);
  EXPECT_EQ(acceptance("text/csv;q=inf", "text/csv"), 1);
}

TEST(Accept, StarIsNoName) {
  EXPECT_FALSE(accepts_by_name("*/*, text/*", "text/event-stream"));
  EXPECT_TRUE(accepts_by_name("application/json, text/event-stream;q=0.1", "text/event-stream"));
}

TEST(Prefer, WaitIsBoundedAndNonsenseIsNone) {
  EXPECT_EQ(preferred_wait("respond-async, wait=10"), 10);
  EXPECT_EQ(preferred_wait("wait=100000"), 60);
  EXPECT_EQ(preferred_wait("wait=-1"), std::nullopt);
  EXPECT_EQ(preferred_wait("wait="), std::nullopt);
  EXPECT_EQ(preferred_wait("await=3"), std::nullopt);
}

TEST(Disposition, ExtendedNameWinsAndEscapesAreRead) {
  const Disposition both =
      parse_disposition(R"(form-data; name="file"; filename="na\"me.jpg"; filename*=UTF-8''na%C3%AFve.jpg)");
  EXPECT_EQ(both.name, "file");
  EXPECT_EQ(both.filename, "naïve.jpg");
  EXPECT_EQ(parse_disposition(R"(form-data; name=a; filename="x;y\".jpg")").filename, "x;y\".jpg");
  EXPECT_EQ(parse_disposition(R"(form-data; filename*=latin1''x)").filename, std::nullopt);
}

TEST(CleanFilename, KeepsTheLastSegmentWithoutDangerousCharacters) {
  EXPECT_EQ(clean_filename("../../etc/passwd"), "passwd");
  EXPECT_EQ(clean_filename("C:\\fotos\\Käse.jpg"), "Käse.jpg");
  EXPECT_EQ(clean_filename("a\r\nb\x01\x7F.jpg"), "ab.jpg");
  EXPECT_EQ(clean_filename(".."), "");
  EXPECT_EQ(clean_filename("evil\xE2\x80\xAEgpj.exe"), "evilgpj.exe");
  EXPECT_EQ(clean_filename("a\xFF.jpg"), "a\xEF\xBF\xBD.jpg");
  EXPECT_EQ(clean_filename(std::string(4096, 'x')).size(), 255U);
  std::string euros;
  for (int i = 0; i < 200; ++i) {
    euros += "€";
  }
  EXPECT_EQ(clean_filename(euros).size(), 255U);
  EXPECT_TRUE(is_utf8(clean_filename(euros)));
}

TEST(MakeDisposition, CarriesForeignLettersBothWaysAndNoLineBreak) {
  EXPECT_EQ(make_disposition("attachment", "a b.jpg"), R"(attachment; filename="a b.jpg")");
  EXPECT_EQ(make_disposition("attachment", "é\".jpg"),
            R"(attachment; filename="__.jpg"; filename*=UTF-8''%C3%A9%22.jpg)");
}

TEST(EtagList, ComparesStronglyUnlessWeakIsAllowed) {
  EXPECT_TRUE(etag_matches("\"a\", \"b\"", "\"b\"", false));
  EXPECT_FALSE(etag_matches("W/\"b\"", "\"b\"", false));
  EXPECT_TRUE(etag_matches("W/\"b\"", "\"b\"", true));
  EXPECT_TRUE(etag_matches("*", "\"b\"", false));
}

// ---- range ----

TEST(Range, OneRangeAsRfc9110Says) {
  const auto part = [](std::string_view field) {
    const RangeWish wish = parse_range(field, 1000);
    return wish.kind == RangeWish::Kind::kPart ? std::pair(wish.range.first, wish.range.length)
                                               : std::pair<std::int64_t, std::int64_t>(-1, -1);
  };
  EXPECT_EQ(part("bytes=0-0"), (std::pair<std::int64_t, std::int64_t>(0, 1)));
  EXPECT_EQ(part("bytes=500-"), (std::pair<std::int64_t, std::int64_t>(500, 500)));
  EXPECT_EQ(part("bytes=-10"), (std::pair<std::int64_t, std::int64_t>(990, 10)));
  EXPECT_EQ(part("bytes=-5000"), (std::pair<std::int64_t, std::int64_t>(0, 1000)));
  EXPECT_EQ(part("bytes=900-99999999999999999999"), (std::pair<std::int64_t, std::int64_t>(900, 100)));
}

TEST(Range, UnreadableOrManyMeansWholeAndOutsideIsRefused) {
  for (const char* field :
       {"bytes=a-b", "bytes=5-1", "bytes", "items=0-1", "bytes=0-1,5-6", "bytes=-", "bytes=--1", ""}) {
    EXPECT_EQ(parse_range(field, 1000).kind, RangeWish::Kind::kWhole) << field;
  }
  for (const char* field : {"bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(parse_range(field, 1000).kind, RangeWish::Kind::kUnsatisfiable) << field;
  }
}

TEST(Download, ConditionsInTheOrderOfRfc9110) {
  const auto answer = [](Method method, std::vector<Header> headers) {
    Request request;
    request.method = method;
    request.headers = std::move(headers);
    Download download;
    download.size = 100;
    download.sha256 = std::string(64, 'a');
    download.media_type = "image/webp";
    download.filename = "fox.webp";
    download.modified = from_unix_ms(1'700'000'000'500);
    return answer_download(request, std::move(download));
  };
  const std::string etag = "\"" + std::string(64, 'a') + "\"";
  EXPECT_EQ(answer(Method::kGet, {})->status, 200);
  EXPECT_EQ(answer(Method::kGet, {{"Range", "bytes=0-9"}})->status, 206);
  EXPECT_EQ(answer(Method::kGet, {{"Range", "bytes=200-"}})->status, 416);
  EXPECT_EQ(answer(Method::kHead, {{"Range", "bytes=0-9"}})->status, 200);
  EXPECT_EQ(answer(Method::kGet, {{"If-None-Match", etag}})->status, 304);
  EXPECT_EQ(answer(Method::kGet, {{"If-None-Match", "\"x\""}, {"If-Modified-Since", "Tue, 24 Nov 2026 08:00:00 GMT"}})
                ->status,
            200);
  EXPECT_EQ(answer(Method::kGet, {{"If-Modified-Since", "Tue, 14 Nov 2023 22:13:20 GMT"}})->status, 304);
  EXPECT_EQ(answer(Method::kGet, {{"If-Range", etag}, {"Range", "bytes=0-9"}})->status, 206);
  EXPECT_EQ(answer(Method::kGet, {{"If-Range", "\"old\""}, {"Range", "bytes=0-9"}})->status, 200);
  const Result<Response> failed = answer(Method::kGet, {{"If-Match", "\"old\""}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kPreconditionFailed);
}

// ---- csv ----

TEST(Csv, ReadsQuotesLineBreaksAndByteOrderMark) {
  const auto rows = parse_csv(
      "\xEF\xBB\xBF"
      "a,b\r\n\"x, \"\"y\"\"\n2\",\r\n\r\n,z");
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, (std::vector<CsvRow>{{"a", "b"}, {"x, \"y\"\n2", ""}, {"", "z"}}));
}

TEST(Csv, RefusesWhatIsNoCsv) {
  for (const std::string& text : {std::string("a,\"b"), std::string("\"a\"b"), std::string("a\"b"), std::string("\xFF"),
                                  std::string("a\0b", 3), std::string(70, ',')}) {
    const auto rows = parse_csv(text);
    ASSERT_FALSE(rows) << text;
    EXPECT_EQ(rows.error().code, ErrorCode::kMalformedRequest);
  }
}

TEST(Csv, WhatIsWrittenReadsBackAndNoCellIsAFormula) {
  const std::vector<std::string> texts = {"=1+1",     "+x", "-1",   "@cmd", "\tx",         "plain", "'=quoted",
                                          "''=twice", "'",  "it's", "",     "a,b\"c\r\nd", " pad "};
  for (const std::string& text : texts) {
    const std::string cell = to_safe_cell(text);
    EXPECT_EQ(std::string_view("=+-@\t\r").find(cell.empty() ? ' ' : cell[0]), std::string_view::npos) << text;
    const auto rows = parse_csv(format_csv_row({"id", cell}));
    ASSERT_TRUE(rows) << text;
    EXPECT_EQ(from_safe_cell((*rows)[0][1]), text);
  }
}

// ---- base64 in pieces ----

TEST(Base64Stream, DecodesAnySplitAndRefusesNonsense) {
  const std::string text = base64_encode(as_bytes("the quick brown fox"));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Base64Stream stream;
    Bytes bytes;
    ASSERT_TRUE(stream.decode(std::string_view(text).substr(0, cut), bytes));
    ASSERT_TRUE(stream.decode(std::string_view(text).substr(cut), bytes));
    ASSERT_TRUE(stream.finish(bytes));
    EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "the quick brown fox");
  }
  for (const char* bad : {"A", "====", "AA=A", "A*==", "AAAA=", "AA==="}) {
    Base64Stream stream;
    Bytes bytes;
    EXPECT_FALSE(stream.decode(bad, bytes) && stream.finish(bytes)) << bad;
  }
}

// ---- multipart ----

struct Part {
  PartHead head;
  std::string bytes;
  bool ended = false;
};
struct Collector final : MultipartEvents {
  std::vector<Part> parts;
  Result<void> on_part(const PartHead& head) override {
    parts.push_back({head, {}, false});
    return {};
  }
  Result<void> on_bytes(std::span<const std::uint8_t> bytes) override {
    parts.back().bytes.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Result<void> on_part_end() override {
    parts.back().ended = true;
    return {};
  }
};

Result<std::vector<Part>> parse_form(std::string_view body, std::size_t piece, MultipartLimits limits = {}) {
  Collector collector;
  MultipartParser parser("XyZ", collector, limits);
  while (!body.empty()) {
    const std::string_view now = body.substr(0, piece);
    body.remove_prefix(now.size());
    if (Result<void> fed = parser.feed(as_bytes(now)); !fed) {
      return fail(fed.error());
    }
  }
  if (Result<void> finished = parser.finish(); !finished) {
    return fail(finished.error());
  }
  return collector.parts;
}

constexpr std::string_view kForm =
    "preamble\r\n--XyZ\r\nContent-Disposition: form-data; name=\"images[]\"; filename=\"a.jpg\"\r\n"
    "Content-Type: image/jpeg\r\n\r\nbytes\r\n--Xy\r\n--XyZ nearly\r\n--XyZ  \r\n"
    "content-disposition: form-data; name=options\r\n\r\n{}\r\n--XyZ--\r\nepilogue";

TEST(Multipart, SameResultForEveryPieceSize) {
  const std::string form =
      "--XyZ\r\nContent-Disposition: form-data; name=\"images[]\"; filename=\"a.jpg\"\r\nContent-Type: "
      "image/jpeg\r\n\r\n"
      "by\r\n--Xytes\r\n\r\n--XyZ  \r\ncontent-disposition: form-data; name=options\r\n\r\n{}\r\n--XyZ\r\n"
      "Content-Disposition: form-data; name=e\r\n\r\n\r\n--XyZ--\r\nepilogue";
  for (std::size_t piece = 1; piece <= form.size(); ++piece) {
    const auto parts = parse_form(form, piece);
    ASSERT_TRUE(parts) << piece << ": " << parts.error().public_message;
    ASSERT_EQ(parts->size(), 3U);
    EXPECT_EQ((*parts)[0].head.name, "images[]");
    EXPECT_EQ((*parts)[0].head.filename, "a.jpg");
    EXPECT_EQ((*parts)[0].head.media_type, "image/jpeg");
    EXPECT_EQ((*parts)[0].bytes, "by\r\n--Xytes\r\n");
    EXPECT_EQ((*parts)[1].bytes, "{}");
    EXPECT_EQ((*parts)[2].bytes, "");
    EXPECT_TRUE((*parts)[2].ended);
  }
}

TEST(Multipart, AnEmptyPartWithoutALineEndOfItsOwnIsSeenInEveryPieceSize) {
  const std::string form = "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\n--XyZ--\r\n";
  for (std::size_t piece = 1; piece <= form.size(); ++piece) {
    const auto parts = parse_form(form, piece);
    ASSERT_TRUE(parts) << piece << ": " << parts.error().public_message;
    ASSERT_EQ(parts->size(), 1U);
    EXPECT_EQ((*parts)[0].bytes, "");
  }
}

TEST(Multipart, APreambleIsTooLongInEveryPieceSize) {
  const MultipartLimits limits{64, 8};
  const std::string rest = "\r\n--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--XyZ--";
  for (const std::size_t piece : {1, 7, 1'000}) {
    EXPECT_TRUE(parse_form(std::string(60, 'p') + rest, piece, limits)) << piece;
    EXPECT_FALSE(parse_form(std::string(70, 'p') + rest, piece, limits)) << piece;
  }
}

TEST(Multipart, TextBehindABoundaryIsRefused) {
  const auto parts = parse_form(kForm, 7);
  ASSERT_FALSE(parts);
  EXPECT_EQ(parts.error().code, ErrorCode::kMalformedRequest);
}

TEST(Multipart, HostileFormsAreMalformed) {
  const std::string head = "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\n";
  const std::vector<std::string> forms = {
      "",
      "no boundary at all",
      std::string(100'000, 'x'),
      head + "never ends",
      head + "x\r\n--XyZ",
      "--XyZ\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XyZ--",
      "--XyZ\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--XyZ--",
      "--XyZ\r\n\r\nno head\r\n--XyZ--",
      "--XyZ\r\nContent-Type: text/plain\r\n\r\nx\r\n--XyZ--",
      "--XyZ\r\nnonsense\r\n\r\nx\r\n--XyZ--",
      "--XyZ\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--XyZ--",
      "--XyZ\r\nX: " + std::string(9'000, 'y') + "\r\n\r\nx\r\n--XyZ--",
      "--XyZ\r\nContent-Disposition: form-data; name=\"\xFF\"\r\n\r\nx\r\n--XyZ--",
      "--XyZ" + std::string(1'000, ' ') + "\r\n",
  };
  for (const std::string& form : forms) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, form.size() + 1}) {
      const auto parts = parse_form(form, piece);
      ASSERT_FALSE(parts) << form.substr(0, 80);
      EXPECT_EQ(parts.error().code, ErrorCode::kMalformedRequest) << form.substr(0, 80);
    }
  }
}

TEST(Multipart, TenThousandPartsAreTooMany) {
  std::string form;
  for (int i = 0; i < 10'000; ++i) {
    form += "--XyZ\r\nContent-Disposition: form-data; name=images[]\r\n\r\nx\r\n";
  }
  const auto parts = parse_form(form + "--XyZ--", 4096);
  ASSERT_FALSE(parts);
  EXPECT_EQ(parts.error().code, ErrorCode::kTooManyImages);
}

TEST(Multipart, RandomBytesNeverCrashOrHang) {
  std::mt19937 random(7);
  const std::string alphabet = "\r\n-XyZ: ;=\"abc";
  for (int round = 0; round < 3'000; ++round) {
    std::string form = "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\n";
    for (int i = 0; i < 60; ++i) {
      form += alphabet[random() % alphabet.size()];
    }
    const auto parts = parse_form(form, 1 + random() % 9);
    if (parts) {
      EXPECT_GE(parts->size(), 1U);
    }
  }
}

TEST(Multipart, BoundariesAsRfc2046Says) {
  EXPECT_TRUE(MultipartParser::is_boundary("----WebKitFormBoundary7MA4YWxkTrZu0gW"));
  EXPECT_FALSE(MultipartParser::is_boundary(""));
  EXPECT_FALSE(MultipartParser::is_boundary(std::string(71, 'a')));
  EXPECT_FALSE(MultipartParser::is_boundary("a\r\nb"));
  EXPECT_FALSE(MultipartParser::is_boundary("ends with space "));
}

// ---- router ----

TEST(Router, FindsParametersMethodsAndTheirList) {
  Router router;
  const auto add = [&router](Method method, std::string_view pattern) {
    Endpoint endpoint;
    endpoint.method = method;
    endpoint.pattern = pattern;
    router.add(std::move(endpoint));
  };
  add(Method::kGet, "/");
  add(Method::kGet, "/v1/sessions/{sessionId}");
  add(Method::kDelete, "/v1/sessions/{sessionId}");
  const Router::Match found = router.match(Method::kDelete, {"v1", "sessions", "ses_1"});
  ASSERT_NE(found.endpoint, nullptr);
  EXPECT_EQ(found.parameters.at("sessionId"), "ses_1");
  EXPECT_EQ(router.match(Method::kHead, {"v1", "sessions", "x"}).endpoint->method, Method::kGet);
  const Router::Match wrong_method = router.match(Method::kPost, {"v1", "sessions", "x"});
  EXPECT_EQ(wrong_method.endpoint, nullptr);
  EXPECT_EQ(wrong_method.allow, "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(router.match(Method::kGet, {"v1", "sessions"}).allow, "");
  EXPECT_NE(router.match(Method::kGet, {}).endpoint, nullptr);
}

}  // namespace
}  // namespace pictor::http
