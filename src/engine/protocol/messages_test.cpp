#include "engine/protocol/messages.hpp"

#include <gtest/gtest.h>

namespace pictor::engine {
namespace {

domain::ImageInfo some_info() {
  domain::ImageInfo info;
  info.format = domain::ImageFormat::kPng;
  info.width = 640;
  info.height = 480;
  info.bit_depth = 16;
  info.has_alpha = true;
  info.embedded.creator = "Zoë";
  return info;
}

TEST(MessagesTest, a_render_request_comes_back_as_it_went) {
  Request request{.operation = Operation::kRender, .info = some_info(), .render = domain::RenderRequest{}};
  request.cpu_seconds = 90;
  request.render->targets = {{"full", std::nullopt}, {"480w", 480}};
  request.render->source_bytes = 123'456'789'012;
  const auto back = request_from_json(to_json(request));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->operation, Operation::kRender);
  EXPECT_EQ(back->cpu_seconds, 90);
  EXPECT_EQ(back->info->embedded.creator, "Zoë");
  EXPECT_EQ(back->info->bit_depth, 16);
  ASSERT_EQ(back->render->targets.size(), 2U);
  EXPECT_EQ(back->render->targets[1].width, 480);
  EXPECT_EQ(back->render->source_bytes, 123'456'789'012);
  EXPECT_EQ(descriptors_of(*back), 3U);
  request.render->watermark = domain::RenderRequest::Mark{some_info(), 7};
  const auto marked = request_from_json(to_json(request));
  ASSERT_TRUE(marked.has_value());
  EXPECT_EQ(marked->render->watermark->info.width, some_info().width);
  EXPECT_EQ(marked->render->watermark->file, -1) << "a number of one process means nothing in another";
  EXPECT_EQ(descriptors_of(*marked), 4U);
}

TEST(MessagesTest, a_request_without_what_it_needs_is_refused) {
  EXPECT_FALSE(request_from_json({{"operation", "format_disk"}}).has_value());
  EXPECT_FALSE(request_from_json({{"operation", "look"}}).has_value());
  EXPECT_FALSE(request_from_json({{"operation", "render"}, {"info", domain::to_json(some_info())}}).has_value());
  EXPECT_TRUE(request_from_json({{"operation", "probe"}}).has_value());
}

TEST(MessagesTest, a_child_may_only_name_failures_of_pictures) {
  const Error fine = error_from_child({{"code", "image_too_large"}, {"public", "Too many pixels."}, {"private", "p"}});
  EXPECT_EQ(fine.code, ErrorCode::kImageTooLarge);
  EXPECT_EQ(fine.public_message, "Too many pixels.");
  const Error odd = error_from_child({{"code", "invalid_api_key"}, {"public", "Send us your key."}});
  EXPECT_EQ(odd.code, ErrorCode::kInternal);
  EXPECT_EQ(odd.public_message.find("key."), std::string::npos);
}

TEST(MessagesTest, a_childs_message_is_short_and_printable) {
  std::string text = "a\nb\r\x1b[31m";
  for (int i = 0; i < 1000; ++i) {
    text += "é";
  }
  const Error error = error_from_child({{"code", "image_unreadable"}, {"public", text}});
  EXPECT_LE(error.public_message.size(), 400U);
  EXPECT_EQ(error.public_message.find('\n'), std::string::npos);
  EXPECT_EQ(error.public_message.find('\x1b'), std::string::npos);
  EXPECT_EQ(error.public_message.find("\xEF\xBF\xBD"), std::string::npos) << "cut through a character";
}

TEST(MessagesTest, fields_of_another_type_are_no_failure_of_ours) {
  const Error error = error_from_child({{"code", 7}, {"public", Json::array()}, {"fields", "x"}});
  EXPECT_EQ(error.code, ErrorCode::kInternal);
  EXPECT_EQ(step_from_child({{"step", 7}}), "");
}

TEST(MessagesTest, a_step_is_one_plain_word) {
  EXPECT_EQ(step_from_child({{"step", "encoding"}}), "encoding");
  EXPECT_EQ(step_from_child({{"step", "a\nevent: x"}}), "");
  EXPECT_EQ(step_from_child({{"step", std::string(33, 'a')}}), "");
}

TEST(MessagesTest, errors_keep_their_fields) {
  Error error{ErrorCode::kInvalidField, "no"};
  error.fields.push_back({"/settings/format", "cannot write it"});
  const Error back = error_from_child(to_json(error));
  ASSERT_EQ(back.fields.size(), 1U);
  EXPECT_EQ(back.fields[0].pointer, "/settings/format");
}

TEST(MessagesTest, engine_settings_and_ready_come_back_as_they_went) {
  const EngineSettings settings{.max_pixels = 5,
                                .max_frames = 6,
                                .models = "m",
                                .onnxruntime = "o",
                                .memory_bytes = 7'000'000'000,
                                .file_bytes = 8,
                                .vision = false};
  const EngineSettings back = engine_settings_from_json(to_json(settings));
  EXPECT_EQ(back.max_pixels, 5);
  EXPECT_EQ(back.memory_bytes, 7'000'000'000);
  EXPECT_EQ(back.models, "m");
  EXPECT_FALSE(back.vision);
  const EngineReady ready = engine_ready_from_json(to_json(EngineReady{{"seccomp"}, {"landlock"}, "v", "p"}));
  EXPECT_EQ(ready.sandbox, std::vector<std::string>{"seccomp"});
  EXPECT_EQ(ready.missing, std::vector<std::string>{"landlock"});
  EXPECT_EQ(ready.vision_problem, "p");
}

}  // namespace
}  // namespace pictor::engine
