#include "service/exports.hpp"

#include <gtest/gtest.h>

#include "service/testing/fakes.hpp"

namespace pictor::service {
namespace {

using testing::House;

struct Exported {
  explicit Exported(const std::string& settings = "{}")
      : view(house.upload({"a.jpg", "b.jpg"})), job(house.start_export(view, settings)), id(job.export_id.str()) {
    house.work_all();
  }
  House house;
  SessionView view;
  domain::Job job;
  std::string id;
};

/// Value of a query parameter in a link's path.
std::string parameter(const std::string& path, const std::string& name) {
  const std::size_t from = path.find(name + "=") + name.size() + 1;
  return path.substr(from, path.find('&', from) - from);
}

TEST(Exports, FilesAreThereForTheirAccountAlone) {
  Exported it;
  EXPECT_TRUE(it.house.exports.file(it.house.who, it.id, "a.webp"));
  EXPECT_EQ(it.house.exports.file(it.house.who, it.id, "c.webp").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(it.house.exports.file(it.house.stranger(), it.id, "a.webp").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(it.house.exports.find(it.house.who, "exp_../../x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(it.house.exports.files(it.house.who, it.id)->size(), 2U);
  EXPECT_EQ(it.house.exports.of_session(it.house.who, it.view.session.id)->size(), 1U);
}

TEST(Exports, ASignedLinkNeedsNoKeyUntilItsEnd) {
  Exported it;
  const auto links = it.house.exports.links(it.house.who, it.id, 60, {"a.webp"});
  ASSERT_TRUE(links);
  ASSERT_EQ(links->size(), 1U);
  const std::string path = links->at(0).path;
  EXPECT_TRUE(path.starts_with("/v1/exports/" + it.id + "/files/a.webp?"));
  const std::string expires = parameter(path, "expires");
  const std::string signature = parameter(path, "signature");
  EXPECT_TRUE(it.house.exports.file_by_link(it.id, "a.webp", expires, signature));
  const auto refused = [&](const std::string& name, const std::string& end, const std::string& signed_by) {
    const auto file = it.house.exports.file_by_link(it.id, name, end, signed_by);
    return !file && file.error().code == ErrorCode::kNotFound;
  };
  EXPECT_TRUE(refused("b.webp", expires, signature));
  EXPECT_TRUE(refused("a.webp", expires + "0", signature));
  EXPECT_TRUE(refused("a.webp", "soon", signature));
  EXPECT_TRUE(refused("a.webp", expires, signature + "A"));
  EXPECT_TRUE(refused("a.webp", expires, ""));
  it.house.clock.advance(seconds(61));
  EXPECT_TRUE(refused("a.webp", expires, signature));
}

TEST(Exports, LinksOfAnotherSecretDoNotHold) {
  Exported it;
  const auto links = it.house.exports.links(it.house.who, it.id, 60, {}).value();
  EXPECT_EQ(links.size(), 2U);
  Exports other(it.house.job_store, it.house.session_store, *it.house.blobs, it.house.clock, std::string(32, 'z'));
  EXPECT_FALSE(other.file_by_link(it.id, links[0].name, parameter(links[0].path, "expires"),
                                  parameter(links[0].path, "signature")));
}

TEST(Exports, LinksNameTheFieldThatIsWrong) {
  Exported it;
  EXPECT_EQ(it.house.exports.links(it.house.who, it.id, 0, {}).error().fields.at(0).pointer, "/expiresIn");
  EXPECT_EQ(it.house.exports.links(it.house.who, it.id, 604'801, {}).error().fields.at(0).pointer, "/expiresIn");
  EXPECT_EQ(it.house.exports.links(it.house.who, it.id, 60, {"a.webp", "x"}).error().fields.at(0).pointer, "/names/1");
}

TEST(Exports, TheSnippetIsEscapedAndHasItsSources) {
  House house;
  const SessionView view = house.upload({"a.jpg"});
  ASSERT_TRUE(house.reviews.patch(house.who, view.session.id.str(), view.images[0].id.str(),
                                  {{"alt", "\"A\" <b> & c"}, {"filename", "fox"}}, {}));
  const domain::Job job = house.start_export(view, R"({"responsive":true,"responsiveSizes":[480,768]})");
  house.work_all();
  const std::string html = house.exports.snippet(house.who, job.export_id.str(), "https://p.example").value();
  EXPECT_NE(html.find("alt=\"&quot;A&quot; &lt;b&gt; &amp; c\""), std::string::npos) << html;
  EXPECT_NE(html.find("fox-480w.webp 480w, "), std::string::npos) << html;
  EXPECT_NE(html.find("width=\"2000\" height=\"1000\""), std::string::npos) << html;
  EXPECT_NE(html.find("src=\"https://p.example/v1/exports/"), std::string::npos) << html;
}

TEST(Exports, TheSnippetHasTheWordsThatTheExportEmbedded) {
  House house;
  const SessionView view = house.upload({"a.jpg"});
  const Json body{
      {"sessionId", view.session.id.str()},
      {"images", Json::array({{{"id", view.images[0].id.str()}, {"metadata", {{"alt", "For this one"}}}}})}};
  const domain::Job job = house.requests.start_export(house.who, parse_export_request(body).value()).value();
  house.work_all();
  const std::string html = house.exports.snippet(house.who, job.export_id.str(), "").value();
  EXPECT_NE(html.find("alt=\"For this one\""), std::string::npos) << html;
}

TEST(Exports, AnExportEndsWithItsSessionWhichReadingItMoves) {
  Exported it;
  it.house.clock.advance(House::kDay - seconds(1));
  ASSERT_TRUE(it.house.exports.find(it.house.who, it.id));
  it.house.clock.advance(House::kDay - seconds(1));
  ASSERT_TRUE(it.house.sessions.expire());
  EXPECT_TRUE(it.house.exports.file(it.house.who, it.id, "a.webp"));
  it.house.clock.advance(House::kDay);
  EXPECT_EQ(it.house.exports.find(it.house.who, it.id).error().code, ErrorCode::kSessionExpired);
}

}  // namespace
}  // namespace pictor::service
