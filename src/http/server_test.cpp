#include <gtest/gtest.h>
#include <thread>

#include "http/problem.hpp"
#include "http/testing/test_server.hpp"

namespace pictor::http {
namespace {

using testing::ask;
using testing::body_of;
using testing::RawClient;
using testing::status_of;
using testing::TestServer;

std::string head(const TestServer& server, const std::string& line, const std::string& more = "") {
  return line + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\nX-API-Key: " + server.key + "\r\n" + more + "\r\n";
}
std::string with_body(const TestServer& server, const std::string& line, const std::string& type,
                      const std::string& body, const std::string& more = "") {
  return head(server, line,
              "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more) +
         body;
}
Json json_of(const std::string& answer) { return Json::parse(body_of(answer), nullptr, false); }
std::string part(const std::string& name, const std::string& filename, const std::string& bytes) {
  return "--XyZ\r\nContent-Disposition: form-data; name=\"" + name + "\"" +
         (filename.empty() ? "" : "; filename=\"" + filename + "\"") + "\r\n\r\n" + bytes + "\r\n";
}
const std::string kMultipart = "multipart/form-data; boundary=XyZ";

void expect_problem(const std::string& answer, int status, const std::string& code) {
  EXPECT_EQ(status_of(answer), status) << answer.substr(0, 600);
  const Json json = json_of(answer);
  ASSERT_TRUE(json.is_object()) << answer;
  EXPECT_EQ(json.value("code", ""), code);
  EXPECT_EQ(json.value("type", ""), "/errors/" + code);
  EXPECT_EQ(json["error"], json["detail"]);
  EXPECT_FALSE(json.value("requestId", "").empty());
  EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder) {
  TestServer server;
  RawClient client(server.server->port());
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += "GET /healthz HTTP/1.1\r\nHost: t\r\nX-Request-Id: number-" + std::to_string(i) + "\r\n\r\n";
  }
  client.send(requests);
  const std::string answers = client.read_until("number-19\r\n");
  std::size_t at = 0;
  for (int i = 0; i < 20; ++i) {
    at = answers.find("X-Request-Id: number-" + std::to_string(i) + "\r\n", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(Server, HeadIsLimitedInSizeAndTime) {
  ServerConfig config;
  config.idle_timeout = milliseconds(600);
  TestServer server(config);
  const std::string big =
      ask(server.server->port(), "GET /healthz HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  expect_problem(big, 431, "headers_too_large");

  RawClient slow(server.server->port());
  slow.send("GET /healthz HTTP/1.1\r\nHo");
  for (int i = 0; i < 20 && !slow.closed(); ++i) {  // a byte now and then must not keep it alive
    slow.read_until("HTTP/1.1", 100);
    slow.send("s");
  }
  expect_problem(slow.read_all(2'000), 408, "request_timeout");

  RawClient idle(server.server->port());
  idle.read_all(2'500);
  EXPECT_TRUE(idle.closed());
}

TEST(Server, WhatIsNoHttpIsMalformed) {
  TestServer server;
  for (const char* text :
       {"nonsense\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n", "GET /healthz HTTP/1.1\r\n\r\n",
        "GET  /healthz HTTP/1.1\r\nHost: t\r\n\r\n", "GET /healthz HTTP/1.1\r\nBad Header: x\r\n\r\n",
        "POST /v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    expect_problem(ask(server.server->port(), text), 400, "malformed_request");
  }
}

TEST(Server, ErrorsHaveTheirStatusAndSayNothingOfOurs) {
  TestServer server;
  const std::uint16_t port = server.server->port();
  expect_problem(ask(port, "GET /v1/jobs HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"), 401, "missing_api_key");
  expect_problem(
      ask(port, "GET /v1/jobs HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer sk-nope\r\nConnection: close\r\n\r\n"), 401,
      "invalid_api_key");
  expect_problem(ask(port, head(server, "GET /nowhere")), 404, "not_found");
  expect_problem(ask(port, head(server, "GET /v1/../etc/passwd")), 404, "not_found");
  expect_problem(ask(port, head(server, "GET /v1/jobs/%zz")), 400, "malformed_request");
  expect_problem(ask(port, head(server, "GET /v1/sessions/ses_'%20OR%201=1")), 404, "not_found");
  expect_problem(ask(port, head(server, "GET /v1/jobs", "Accept: image/png\r\n")), 406, "not_acceptable");
  expect_problem(ask(port, head(server, "GET /v1/jobs?limit=0")), 422, "invalid_field");
  expect_problem(ask(port, head(server, "GET /v1/jobs?limt=5")), 422, "unknown_field");
  const std::string wrong_method = ask(port, head(server, "PUT /v1/jobs"));
  expect_problem(wrong_method, 405, "method_not_allowed");
  EXPECT_NE(wrong_method.find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
  expect_problem(ask(port, with_body(server, "POST /v1/export", "application/json", "{\"sessionId\":")), 400,
                 "malformed_request");
  expect_problem(
      ask(port, with_body(server, "POST /v1/export", "application/json", R"({"sessionId":"ses_x","sesion":1})")), 422,
      "unknown_field");
  expect_problem(ask(port, with_body(server, "POST /v1/export", "application/json", std::string(10'000, '['))), 400,
                 "malformed_request");
  expect_problem(ask(port, with_body(server, "POST /v1/sessions", "application/json", std::string(3 << 20, ' '))), 413,
                 "payload_too_large");
  expect_problem(ask(port, head(server, "POST /v1/sessions")), 400, "malformed_request");
  expect_problem(ask(port, with_body(server, "POST /v1/sessions", "multipart/form-data", "x")), 400,
                 "malformed_request");
}

TEST(Server, HeadOfGetHasNoBodyAndOptionsListsMethods) {
  TestServer server;
  const std::string get = ask(server.server->port(), head(server, "GET /v1/formats"));
  const std::string only_head = ask(server.server->port(), head(server, "HEAD /v1/formats"));
  EXPECT_EQ(status_of(only_head), 200);
  EXPECT_TRUE(body_of(only_head).empty());
  EXPECT_NE(only_head.find("Content-Length: " + std::to_string(body_of(get).size())), std::string::npos);
  const std::string options =
      ask(server.server->port(), head(server, "OPTIONS /v1/sessions", "Origin: https://a.example\r\n"));
  EXPECT_EQ(status_of(options), 204);
  EXPECT_EQ(options.find("Access-Control"), std::string::npos);
}

TEST(Server, CrossOriginOnlyForListedOrigins) {
  ApiConfig config;
  config.cors_origins = {"https://a.example"};
  TestServer server({}, config);
  const std::string allowed =
      ask(server.server->port(), head(server, "OPTIONS /v1/sessions", "Origin: https://a.example\r\n"));
  EXPECT_NE(allowed.find("Access-Control-Allow-Origin: https://a.example\r\n"), std::string::npos);
  EXPECT_NE(allowed.find("Access-Control-Allow-Methods:"), std::string::npos);
  const std::string other =
      ask(server.server->port(), head(server, "GET /v1/sessions", "Origin: https://b.example\r\n"));
  EXPECT_EQ(other.find("Access-Control-Allow-Origin"), std::string::npos);
}

TEST(Upload, MultipartJsonAndRawEachMakeASession) {
  TestServer server;
  const std::uint16_t port = server.server->port();
  const std::string form = part("images[]", "../../a.jpg", "IMG one") + part("file", "b.jpg", "IMG two") +
                           part("files", "notes.txt", "hello") + "--XyZ--\r\n";
  const std::string multipart = ask(port, with_body(server, "POST /v1/sessions", kMultipart, form));
  ASSERT_EQ(status_of(multipart), 201) << multipart;
  const Json session = json_of(multipart);
  ASSERT_EQ(session["images"].size(), 2U);
  EXPECT_EQ(session["images"][0]["originalFilename"], "a.jpg");
  EXPECT_EQ(session["images"][0]["size"], 7);
  ASSERT_EQ(session["rejected"].size(), 1U);
  EXPECT_EQ(session["rejected"][0]["code"], "unsupported_media_type");

  const std::string raw = ask(port, with_body(server, "POST /v1/sessions", "image/jpeg", "IMG raw",
                                              "Content-Disposition: attachment; filename*=UTF-8''f%C3%BCchse.jpg\r\n"));
  ASSERT_EQ(status_of(raw), 201) << raw;
  EXPECT_EQ(json_of(raw)["images"][0]["originalFilename"], "füchse.jpg");

  // The second image is longer than what is kept in memory: it takes the streaming way.
  const std::string large = "IMG" + std::string(700'000, '\xAB');
  const std::string json = R"({"images":[{"data":")" + base64_encode(as_bytes("IMG small")) +
                           R"(","filename":"s.jpg"},{"filename":"l.jpg","data":"data:image/jpeg;base64,)" +
                           base64_encode(as_bytes(large)) + R"("},{"url":"https://example.org/x.jpg"},{"data":"?!"}]})";
  const std::string mixed = ask(port, with_body(server, "POST /v1/sessions", "application/json", json));
  ASSERT_EQ(status_of(mixed), 201) << mixed.substr(0, 1'000);
  const Json images = json_of(mixed)["images"];
  ASSERT_EQ(images.size(), 3U);
  EXPECT_EQ(images[1]["originalFilename"], "l.jpg");
  EXPECT_EQ(images[1]["size"], large.size());
  EXPECT_EQ(json_of(mixed)["rejected"][0]["code"], "invalid_field");
  EXPECT_EQ(server.temporary_files(), 0);
}

TEST(Upload, LongBase64MayHaveTheEscapesThatEncodersWrite) {
  TestServer server;
  const std::string bytes = "IMG" + std::string(3'000, '\xFB') + std::string(3'000, '\xFF');
  std::string escaped;
  for (const char letter : base64_encode(as_bytes(bytes))) {
    escaped += letter == '+' ? "\\u002B" : (letter == '/' ? "\\/" : std::string(1, letter));
  }
  ASSERT_NE(escaped.find("u002B"), std::string::npos);
  const std::string json = R"({"images":[{"data":")" + escaped + R"("}]})";
  const std::string answer =
      ask(server.server->port(), with_body(server, "POST /v1/sessions", "application/json", json));
  ASSERT_EQ(status_of(answer), 201) << answer.substr(0, 1'000);
  EXPECT_EQ(json_of(answer)["images"][0]["size"], bytes.size());
}

TEST(Upload, ManySmallPicturesInJsonDoNotFillItsLimit) {
  TestServer server;
  const std::string picture = base64_encode(as_bytes("IMG" + std::string(90'000, '\xAB')));
  std::string json = R"({"images":[)";
  for (int i = 0; i < 30; ++i) {
    json += std::string(i == 0 ? "" : ",") + "{\"data\" : \n\"" + picture + "\"}";
  }
  const std::string answer =
      ask(server.server->port(), with_body(server, "POST /v1/sessions", "application/json", json + "]}"));
  ASSERT_EQ(status_of(answer), 201) << answer.substr(0, 1'000);
  EXPECT_EQ(json_of(answer)["images"].size(), 30U);
  const std::string text = R"({"images":[{"url":")" + std::string(300'000, 'a') + R"("}]})";
  expect_problem(ask(server.server->port(), with_body(server, "POST /v1/sessions", "application/json", text)), 422,
                 "invalid_field");
}

TEST(Upload, ChunkedBodyIsReadAsAWhole) {
  TestServer server;
  RawClient client(server.server->port());
  client.send(head(server, "POST /v1/sessions", "Transfer-Encoding: chunked\r\nContent-Type: image/png\r\n"));
  const std::string chunked = "3\r\nIMG\r\n5;x=y\r\n more\r\n0\r\nTrailer: x\r\n\r\n";
  for (const char c : chunked) {
    client.send(std::string_view(&c, 1));
  }
  const std::string answer = client.read_all();
  ASSERT_EQ(status_of(answer), 201) << answer;
  EXPECT_EQ(json_of(answer)["images"][0]["size"], 8);
}

TEST(Upload, BrokenOffUploadLeavesNoTemporaryFile) {
  TestServer server;
  {
    RawClient client(server.server->port());
    client.send(head(server, "POST /v1/sessions", "Content-Type: " + kMultipart + "\r\nContent-Length: 5000000\r\n"));
    client.send(part("images[]", "a.jpg", "IMG" + std::string(1'000'000, 'x')).substr(0, 900'000));
    for (int i = 0; i < 100 && server.temporary_files() == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(server.temporary_files(), 1);
  }
  for (int i = 0; i < 150 && server.temporary_files() > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(server.temporary_files(), 0);
}

TEST(Upload, HostileFormsAreRefused) {
  ApiConfig config;
  config.limits.max_upload = 100'000;
  config.limits.max_images = 5;
  TestServer server({}, config);
  const std::uint16_t port = server.server->port();
  const auto post = [&](const std::string& form) {
    return ask(port, with_body(server, "POST /v1/sessions", kMultipart, form));
  };
  expect_problem(post(part("images[]", "a.jpg", "IMG") + "--XyZ"), 400, "malformed_request");
  expect_problem(post("--XyZ\r\nContent-Disposition: form-data\r\n\r\nIMG\r\n--XyZ--"), 400, "malformed_request");
  expect_problem(post(part("images[]", "a.txt", "text") + "--XyZ--"), 415, "unsupported_media_type");
  expect_problem(post(part("images[]", "a.jpg", "") + "--XyZ--"), 415, "unsupported_media_type");
  expect_problem(post(part("images[]", "a.jpg", "IMG" + std::string(150'000, 'x')) + "--XyZ--"), 413,
                 "payload_too_large");
  expect_problem(post(part("images[]", "a.jpg", "IMG" + std::string(250'000, 'x')) + "--XyZ--"), 413,
                 "payload_too_large");
  expect_problem(post(part("image_s", "a.jpg", "IMG") + "--XyZ--"), 422, "unknown_field");
  expect_problem(post(part("optoins", "", "{}") + "--XyZ--"), 422, "unknown_field");
  std::string many;
  for (int i = 0; i < 6; ++i) {
    many += part("images[]", "a.jpg", "IMG");
  }
  expect_problem(post(many + "--XyZ--"), 400, "too_many_images");
  // One that is too large among good ones fails alone.
  const std::string mixed =
      post(part("images[]", "a.jpg", "IMG" + std::string(150'000, 'x')) + part("images[]", "b.jpg", "IMG") + "--XyZ--");
  EXPECT_EQ(status_of(mixed), 201) << mixed;
  EXPECT_EQ(json_of(mixed)["rejected"][0]["code"], "payload_too_large");
  EXPECT_EQ(server.temporary_files(), 0);
}

TEST(Upload, EarlyRefusalIsSeenByAClientThatStillSends) {
  TestServer server;
  RawClient client(server.server->port());
  client.send("POST /v1/sessions HTTP/1.1\r\nHost: t\r\nContent-Type: image/jpeg\r\nContent-Length: 8000000\r\n\r\n");
  const std::string piece(100'000, 'x');
  for (int i = 0; i < 80; ++i) {
    client.send(piece);
  }
  expect_problem(client.read_all(), 401, "missing_api_key");
}

TEST(Upload, SmallRefusedBodyKeepsTheConnection) {
  TestServer server;
  RawClient client(server.server->port());
  client.send(
      "POST /v1/export HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}GET "
      "/healthz HTTP/1.1\r\nHost: t\r\n\r\n");
  const std::string answers = client.read_until("{\"status\":\"ok\"}");
  EXPECT_EQ(status_of(answers), 401);
  EXPECT_NE(answers.find("HTTP/1.1 200 OK"), std::string::npos);
}

TEST(Upload, ExpectContinueIsAnsweredOnlyWhenTheBodyIsWanted) {
  TestServer server;
  RawClient wanted(server.server->port());
  wanted.send(
      head(server, "POST /v1/sessions", "Content-Type: image/jpeg\r\nExpect: 100-continue\r\nContent-Length: 8\r\n"));
  EXPECT_NE(wanted.read_until("100 Continue\r\n\r\n").find("HTTP/1.1 100 Continue"), std::string::npos);
  wanted.clear();
  wanted.send("IMG body");
  EXPECT_EQ(status_of(wanted.read_all()), 201);
  RawClient refused(server.server->port());
  refused.send("POST /v1/sessions HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n");
  expect_problem(refused.read_all(), 401, "missing_api_key");
}

TEST(Download, OriginalHasRangeDigestAndName) {
  TestServer server;
  const std::uint16_t port = server.server->port();
  const std::string bytes = "IMG" + std::string(300'000, 'y');
  const Json session = json_of(ask(port, with_body(server, "POST /v1/sessions", "image/jpeg", bytes)));
  const std::string path = "/v1/sessions/" + session["sessionId"].get<std::string>() + "/images/" +
                           session["images"][0]["id"].get<std::string>();
  const std::string whole = ask(port, head(server, "GET " + path + "/original"));
  EXPECT_EQ(status_of(whole), 200);
  EXPECT_EQ(body_of(whole), bytes);
  EXPECT_NE(whole.find("Repr-Digest: sha-256=:"), std::string::npos);
  EXPECT_NE(whole.find("ETag: \"" + session["images"][0]["sha256"].get<std::string>() + "\""), std::string::npos);
  const std::string some = ask(port, head(server, "GET " + path + "/original", "Range: bytes=1-2\r\n"));
  EXPECT_EQ(status_of(some), 206);
  EXPECT_EQ(body_of(some), "MG");
  EXPECT_NE(some.find("Content-Range: bytes 1-2/300003\r\n"), std::string::npos);
  EXPECT_EQ(status_of(ask(port, head(server, "GET " + path + "/thumbnail"))), 200);
  const std::string patched = ask(
      port, with_body(server, "PATCH " + path + "/metadata", "application/merge-patch+json", R"({"alt":"=A fox"})"));
  ASSERT_EQ(status_of(patched), 200) << patched;
  EXPECT_EQ(json_of(patched)["metadata"]["alt"], "=A fox");
  expect_problem(ask(port, with_body(server, "PATCH " + path + "/metadata", "application/json", R"({"alt":"x"})",
                                     "If-Match: \"old\"\r\n")),
                 412, "metadata_changed");
  const std::string table = "/v1/sessions/" + session["sessionId"].get<std::string>() + "/metadata";
  const std::string csv = ask(port, head(server, "GET " + table, "Accept: text/csv\r\n"));
  EXPECT_NE(csv.find(",'=A fox,"), std::string::npos) << csv;
  const std::string put = ask(port, with_body(server, "PUT " + table, "text/csv", body_of(csv)));
  EXPECT_EQ(status_of(put), 200) << put;
  EXPECT_EQ(json_of(put)["data"][0]["metadata"]["alt"], "=A fox");
  EXPECT_EQ(status_of(ask(port, head(server, "DELETE /v1/sessions/" + session["sessionId"].get<std::string>()))), 204);
  expect_problem(ask(port, head(server, "GET " + path)), 404, "not_found");
}

TEST(Optimize, AnswersWithTheImageOrWithJsonByAccept) {
  TestServer server;
  const std::uint16_t port = server.server->port();
  const std::string image =
      ask(port, with_body(server, "POST /v1/optimize?format=webp", "image/jpeg", "IMG" + std::string(100, 'x')));
  ASSERT_EQ(status_of(image), 200) << image;
  EXPECT_EQ(body_of(image), "RIFFsmall");
  EXPECT_NE(image.find("X-Original-Size: 103\r\n"), std::string::npos);
  EXPECT_NE(image.find("Content-Type: image/webp\r\n"), std::string::npos);
  const std::string json = ask(port, with_body(server, "POST /v1/optimize?format=webp", "image/jpeg",
                                               "IMG" + std::string(100, 'x'), "Accept: application/json\r\n"));
  ASSERT_EQ(status_of(json), 200) << json;
  const std::string url = json_of(json)["url"].get<std::string>();
  EXPECT_EQ(body_of(ask(port, head(server, "GET " + url))), "RIFFsmall");
  expect_problem(ask(port, with_body(server, "POST /v1/optimize?fromat=webp", "image/jpeg", "IMG")), 422,
                 "unknown_field");
  expect_problem(ask(port, with_body(server, "POST /v1/optimize", "image/jpeg", "text")), 415,
                 "unsupported_media_type");
  expect_problem(ask(port, with_body(server, "POST /v1/optimize", "image/jpeg", "IMG", "Accept: text/html\r\n")), 406,
                 "not_acceptable");
}

/// Starts an analyze job on one new session of `count` images.
Json start_analyze(TestServer& server, int count, const std::string& more = "") {
  std::string form;
  for (int i = 0; i < count; ++i) {
    form += part("images[]", "a.jpg", "IMG" + std::to_string(i));
  }
  return json_of(ask(server.server->port(), with_body(server, "POST /v1/analyze", kMultipart, form + "--XyZ--", more)));
}
void work_all(TestServer& server) {
  while (true) {
    const auto lease = server.job_store->lease_next(server.clock.now(), milliseconds(60'000)).value();
    if (!lease) {
      return;
    }
    domain::ItemOutcome outcome;
    outcome.metadata = server.describer.describe({}, {}, {}, "").value();
    testing::must(server.job_store->finish(*lease, outcome, &problem_of, server.clock.now()));
  }
}

TEST(Events, ManyStreamsSeeEveryEventInOrderAndReconnectLosesNothing) {
  TestServer server;
  const Json job = start_analyze(server, 5);
  ASSERT_EQ(job.value("status", ""), "queued") << job.dump();
  const std::string path = "/v1/jobs/" + job["id"].get<std::string>() + "/events";
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.server->port()));
    clients.back()->send(head(server, "GET " + path, "Accept: text/event-stream\r\n"));
  }
  for (const auto& client : clients) {
    ASSERT_NE(client->read_until("text/event-stream").find("200 OK"), std::string::npos);
  }
  clients.front()->close();  // one that leaves stops nothing
  std::thread worker([&server] { work_all(server); });
  worker.join();
  for (std::size_t i = 1; i < clients.size(); ++i) {
    const std::string stream = clients[i]->read_all();
    EXPECT_TRUE(clients[i]->closed());
    std::size_t at = 0;
    int id = 1;
    while (stream.find("id: " + std::to_string(id) + "\n", at) != std::string::npos) {
      at = stream.find("id: " + std::to_string(id) + "\n", at);
      ++id;
    }
    EXPECT_GE(id, 7);
    EXPECT_NE(stream.find("event: complete\n", at), std::string::npos) << stream;
    EXPECT_EQ(stream.find("id: 1\n", stream.find("id: 1\n") + 1), std::string::npos);
  }
  const std::string again = ask(server.server->port(), head(server, "GET " + path, "Last-Event-ID: 2\r\n"));
  EXPECT_EQ(again.find("id: 2\n"), std::string::npos);
  EXPECT_NE(again.find("id: 3\n"), std::string::npos);
  EXPECT_NE(again.find("event: complete\n"), std::string::npos);
  EXPECT_EQ(status_of(ask(server.server->port(), head(server, "GET " + path + "?after=1000"))), 204);
  expect_problem(ask(server.server->port(), head(server, "GET " + path + "?after=x")), 422, "invalid_field");
}

TEST(Events, PostWithEventStreamAndPreferWait) {
  TestServer server;
  std::thread worker([&server] {
    for (int i = 0; i < 60; ++i) {
      work_all(server);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  const std::string form = part("images[]", "a.jpg", "IMG stream") + "--XyZ--";
  const std::string stream = ask(
      server.server->port(), with_body(server, "POST /v1/analyze", kMultipart, form, "Accept: text/event-stream\r\n"));
  EXPECT_NE(stream.find("event: complete\n"), std::string::npos) << stream;
  const Json finished = start_analyze(server, 2, "Prefer: wait=5\r\n");
  EXPECT_EQ(finished.value("status", ""), "completed") << finished.dump();
  worker.join();
  const Json slow = start_analyze(server, 1, "Prefer: wait=1\r\n");
  EXPECT_EQ(slow.value("status", ""), "queued") << slow.dump();
  EXPECT_EQ(json_of(ask(server.server->port(),
                        head(server, "POST /v1/jobs/" + slow["id"].get<std::string>() + "/cancel")))["status"],
            "cancelled");
}

TEST(Server, OverloadIsToldBeforeTheBodyAndHealthGoesOn) {
  ApiConfig config;
  config.quick_threads = 1;
  config.max_waiting_quick = 0;
  TestServer server({}, config);
  const std::string busy = ask(server.server->port(), head(server, "GET /v1/jobs"));
  expect_problem(busy, 503, "overloaded");
  EXPECT_NE(busy.find("Retry-After: "), std::string::npos);
  EXPECT_EQ(status_of(ask(server.server->port(), head(server, "GET /healthz"))), 200);
  EXPECT_EQ(status_of(ask(server.server->port(), head(server, "GET /metrics"))), 200);
}

TEST(Server, StopsWithinItsTimeAndClosesIdleConnectionsAndStreams) {
  TestServer server;
  const Json job = start_analyze(server, 1);
  RawClient idle(server.server->port());
  idle.send("GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n");
  idle.read_until("ok");
  RawClient stream(server.server->port());
  stream.send(head(server, "GET /v1/jobs/" + job["id"].get<std::string>() + "/events"));
  stream.read_until("event-stream");
  const auto start = std::chrono::steady_clock::now();
  server.server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  idle.read_all(500);
  stream.read_all(500);
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(stream.closed());
  EXPECT_FALSE(RawClient(server.server->port()).connected());
}

TEST(Server, TooManyConnectionsAreToldSo) {
  ServerConfig config;
  config.max_connections = 2;
  TestServer server(config);
  RawClient one(server.server->port());
  RawClient two(server.server->port());
  for (RawClient* client : {&one, &two}) {
    client->send("GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n");
    client->read_until("ok");
  }
  RawClient three(server.server->port());
  EXPECT_EQ(status_of(three.read_all(2'000)), 503);
}

/// Not a test: PICTOR_TEST_LISTEN=127.0.0.1:18099 http_test --gtest_also_run_disabled_tests --gtest_filter=*Serve
TEST(Server, DISABLED_Serve) {
  TestServer server;
  std::printf("key %s\n", server.key.c_str());
  std::fflush(stdout);
  std::this_thread::sleep_for(std::chrono::seconds(120));
}

}  // namespace
}  // namespace pictor::http
