#include "engine/protocol/channel.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace pictor::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Pair {
  Channel left;
  Channel right;
};
Pair make_pair() {
  auto ends = Channel::socket_pair();
  EXPECT_TRUE(ends.has_value());
  return {Channel(std::move(ends->first)), Channel(std::move(ends->second))};
}
Deadline in(milliseconds time) { return steady_clock::now() + time; }
void put(const Channel& channel, const std::string& bytes) {
  ASSERT_EQ(::send(channel.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}
int count_open_descriptors() {
  int count = 0;
  for (int descriptor = 0; descriptor < 512; ++descriptor) {
    struct stat status{};
    count += ::fstat(descriptor, &status) == 0 ? 1 : 0;
  }
  return count;
}

TEST(ChannelTest, carries_a_frame_with_its_descriptors) {
  Pair pair = make_pair();
  const UniqueFd file(::memfd_create("picture", MFD_CLOEXEC));
  ASSERT_EQ(::write(file.get(), "abc", 3), 3);
  const std::array descriptors = {file.get(), file.get()};
  ASSERT_TRUE(pair.left.send(FrameType::kRequest, {{"operation", "probe"}, {"name", "été"}}, descriptors));

  const auto frame = pair.right.receive({.descriptors = 2}, in(milliseconds(1000)));
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->type, FrameType::kRequest);
  EXPECT_EQ(frame->body["name"], "été");
  ASSERT_EQ(frame->descriptors.size(), 2U);
  std::array<char, 3> text{};
  EXPECT_EQ(::pread(frame->descriptors[1].get(), text.data(), text.size(), 0), 3);
  EXPECT_EQ(std::string(text.data(), 3), "abc");
}

TEST(ChannelTest, keeps_frames_apart_and_in_order) {
  Pair pair = make_pair();
  const UniqueFd file(::memfd_create("picture", MFD_CLOEXEC));
  const std::array descriptors = {file.get()};
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(pair.left.send(FrameType::kStep, {{"step", i}},
                               i % 2 == 0 ? std::span<const int>(descriptors) : std::span<const int>()));
  }
  for (int i = 0; i < 5; ++i) {
    const auto frame = pair.right.receive({.descriptors = 1}, in(milliseconds(1000)));
    ASSERT_TRUE(frame.has_value()) << i;
    EXPECT_EQ(frame->body["step"], i);
    EXPECT_EQ(frame->descriptors.size(), i % 2 == 0 ? 1U : 0U);
  }
}

TEST(ChannelTest, carries_a_body_larger_than_the_socket_buffer) {
  Pair pair = make_pair();
  const std::string text(3U << 20U, 'x');
  std::thread sender(
      [&] { EXPECT_TRUE(pair.left.send(FrameType::kDone, {{"text", text}}, {}, in(milliseconds(5000)))); });
  const auto frame = pair.right.receive({}, in(milliseconds(5000)));
  sender.join();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->body["text"].get<std::string>().size(), text.size());
}

TEST(ChannelTest, refuses_to_send_more_than_the_reader_takes) {
  Pair pair = make_pair();
  const auto sent = pair.left.send(FrameType::kDone, {{"text", std::string(5U << 20U, 'x')}});
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error(), ChannelFault::kMalformed);
}

TEST(ChannelTest, refuses_a_length_beyond_the_limit_before_reading_it) {
  Pair pair = make_pair();
  put(pair.left, std::string("\xff\xff\xff\xff\x03\x00", 6));
  const auto frame = pair.right.receive({}, in(milliseconds(1000)));
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), ChannelFault::kMalformed);
}

TEST(ChannelTest, refuses_what_is_not_a_json_object) {
  for (const std::string body : {"[]", "{", "{\"a\":\"\xff\"}", "nil", "", "{}{}"}) {
    Pair pair = make_pair();
    std::string frame("\0\0\0\0\x03\0", 6);
    frame[0] = static_cast<char>(body.size());
    put(pair.left, frame + body);
    const auto got = pair.right.receive({}, in(milliseconds(1000)));
    ASSERT_FALSE(got.has_value()) << body;
    EXPECT_EQ(got.error(), ChannelFault::kMalformed) << body;
  }
}

TEST(ChannelTest, refuses_json_nested_beyond_reason) {
  Pair pair = make_pair();
  std::string body = "{\"a\":" + std::string(5000, '[') + std::string(5000, ']') + "}";
  std::string frame("\0\0\0\0\x03\0", 6);
  frame[0] = static_cast<char>(body.size() & 0xffU);
  frame[1] = static_cast<char>(body.size() >> 8U);
  put(pair.left, frame + body);
  const auto got = pair.right.receive({}, in(milliseconds(1000)));
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error(), ChannelFault::kMalformed);
}

TEST(ChannelTest, closes_descriptors_that_nobody_asked_for) {
  Pair pair = make_pair();
  const UniqueFd file(::memfd_create("picture", MFD_CLOEXEC));
  const std::array descriptors = {file.get(), file.get(), file.get()};
  const int before = count_open_descriptors();
  ASSERT_TRUE(pair.left.send(FrameType::kDone, Json::object(), descriptors));
  const auto frame = pair.right.receive({}, in(milliseconds(1000)));
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), ChannelFault::kMalformed);
  EXPECT_EQ(count_open_descriptors(), before);
}

TEST(ChannelTest, refuses_a_frame_that_announces_descriptors_and_brings_none) {
  Pair pair = make_pair();
  put(pair.left, std::string("\x02\0\0\0\x01\x01{}", 8));
  const auto frame = pair.right.receive({.descriptors = 4}, in(milliseconds(1000)));
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), ChannelFault::kMalformed);
}

TEST(ChannelTest, a_frame_that_never_ends_runs_into_the_deadline) {
  Pair pair = make_pair();
  put(pair.left, std::string("\x09\0\0\0\x03\0{\"a", 9));
  const auto began = steady_clock::now();
  const auto frame = pair.right.receive({}, in(milliseconds(80)));
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), ChannelFault::kTimeout);
  EXPECT_LT(steady_clock::now() - began, milliseconds(2000));
}

TEST(ChannelTest, a_reader_that_does_not_read_runs_the_sender_into_its_deadline) {
  Pair pair = make_pair();
  const auto sent = pair.left.send(FrameType::kDone, {{"text", std::string(3U << 20U, 'x')}}, {}, in(milliseconds(80)));
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error(), ChannelFault::kTimeout);
}

TEST(ChannelTest, says_when_the_other_side_has_gone) {
  Pair pair = make_pair();
  EXPECT_FALSE(pair.left.is_hung_up());
  pair.right.close();
  EXPECT_TRUE(pair.left.is_hung_up());
  const auto frame = pair.left.receive({}, in(milliseconds(1000)));
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), ChannelFault::kClosed);
  const auto sent = pair.left.send(FrameType::kDone, Json::object());
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error(), ChannelFault::kClosed);
}

TEST(ChannelTest, shut_down_wakes_a_waiting_reader) {
  Pair pair = make_pair();
  std::thread waker([&] {
    std::this_thread::sleep_for(milliseconds(30));
    pair.left.shut_down();
  });
  const auto frame = pair.left.receive({}, in(milliseconds(5000)));
  waker.join();
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), ChannelFault::kClosed);
}

}  // namespace
}  // namespace pictor::engine
