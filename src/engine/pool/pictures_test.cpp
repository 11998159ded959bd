// The real pictor-engine with real pictures, through the pool: what no double can show.

#include <array>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/encoding.hpp"
#include "base/unique_fd.hpp"
#include "engine/pool/engine_pool.hpp"

namespace pictor::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// 64 × 48 px of one orange.
constexpr std::string_view kSmallPng =
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwCAIAAAAuKetIAAAAQ0lEQVR42u3PQQkAAAgEsEtiEvtjLCv4FQYrsEzXaxEQEBAQEBAQEBAQEBAQEBAQEB"
    "AQEBAQEBAQEBAQEBAQEBAQuFrG5JjEKDudTAAAAABJRU5ErkJggg==";
/// The header of 30,000 × 30,000 px over the data of the small one.
constexpr std::string_view kBoastfulPng =
    "iVBORw0KGgoAAAANSUhEUgAAdTAAAHUwCAIAAADpRW/"
    "tAAAAQ0lEQVR42u3PQQkAAAgEsEtiEvtjLCv4FQYrsEzXaxEQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQuFrG5JjEKDudTAAAAABJR"
    "U5ErkJggg==";
constexpr std::string_view kDrawing =
    "<svg xmlns='http://www.w3.org/2000/svg' width='120' height='80'><rect width='120' height='80' fill='#0a7'/>"
    "<circle cx='60' cy='40' r='20' fill='white'/></svg>";

UniqueFd file_of(std::string_view bytes) {
  UniqueFd file(::memfd_create("picture", MFD_CLOEXEC));
  EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return file;
}
UniqueFd file_of_base64(std::string_view text) {
  const std::optional<Bytes> bytes = base64_decode(text);
  EXPECT_TRUE(bytes.has_value());
  return file_of({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
}
UniqueFd empty_file() { return UniqueFd(::memfd_create("output", MFD_CLOEXEC)); }
std::string start_of(const UniqueFd& file) {
  std::array<char, 16> buffer{};
  const ssize_t got = ::pread(file.get(), buffer.data(), buffer.size(), 0);
  return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

class PicturesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    PoolConfig config;
    config.engine_path = std::string(PICTOR_BINARY_DIR) + "/pictor-engine";
    config.workers = 2;
    const auto began = steady_clock::now();
    auto pool = EnginePool::start(config);
    ASSERT_TRUE(pool.has_value()) << pool.error().private_message;
    start_time_ = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
    pool_ = std::move(*pool).release();
  }
  static void TearDownTestSuite() {
    delete pool_;
    pool_ = nullptr;
  }
  void SetUp() override { ASSERT_NE(pool_, nullptr); }

  static Result<domain::RenderResult> render(const UniqueFd& input, const domain::ImageInfo& info,
                                             domain::ImageFormat format, const UniqueFd& output) {
    domain::RenderRequest request;
    request.settings.format = format;
    request.settings.never_worse = false;
    request.targets = {{"full", std::nullopt}};
    request.source_bytes = 1'000'000;
    const std::array outputs = {output.get()};
    return pool_->render(input.get(), info, request, outputs, {}, {});
  }
  static EnginePool* pool_;
  static milliseconds start_time_;
};
EnginePool* PicturesTest::pool_ = nullptr;
milliseconds PicturesTest::start_time_{0};

TEST_F(PicturesTest, the_engine_becomes_ready_with_its_models) {
  EXPECT_FALSE(pool_->vision().empty());
#if !defined(PICTOR_ASAN) && !defined(PICTOR_TSAN)
  EXPECT_LT(start_time_, milliseconds(30'000)) << "a second on a quiet machine; bench/ looks at it";
#endif
}

TEST_F(PicturesTest, a_header_is_read) {
  const auto info = pool_->probe(file_of_base64(kSmallPng).get());
  ASSERT_TRUE(info.has_value()) << info.error().private_message;
  EXPECT_EQ(info->format, domain::ImageFormat::kPng);
  EXPECT_EQ(info->width, 64);
  EXPECT_EQ(info->height, 48);
}

TEST_F(PicturesTest, a_preview_is_a_webp_with_a_perceptual_hash) {
  const UniqueFd input = file_of_base64(kSmallPng);
  const auto info = pool_->probe(input.get());
  ASSERT_TRUE(info.has_value());
  const UniqueFd thumbnail = empty_file();
  const auto preview = pool_->preview(input.get(), *info, thumbnail.get());
  ASSERT_TRUE(preview.has_value()) << preview.error().private_message;
  EXPECT_GT(preview->thumbnail_bytes, 0);
  EXPECT_EQ(start_of(thumbnail).substr(8, 4), "WEBP");
  EXPECT_EQ(preview->info.perceptual_hash.size(), 16U);
}

TEST_F(PicturesTest, every_format_is_written_in_the_sandbox) {
  const UniqueFd input = file_of_base64(kSmallPng);
  const auto info = pool_->probe(input.get());
  ASSERT_TRUE(info.has_value());
  for (const auto format : {domain::ImageFormat::kWebp, domain::ImageFormat::kJpeg, domain::ImageFormat::kPng,
                            domain::ImageFormat::kAvif}) {
    const UniqueFd output = empty_file();
    const auto result = render(input, *info, format, output);
    ASSERT_TRUE(result.has_value()) << domain::traits_of(format).name << ": " << result.error().private_message;
    EXPECT_EQ(result->files[0].format, format);
    EXPECT_EQ(result->files[0].width, 64);
    const auto again = pool_->probe(output.get());
    ASSERT_TRUE(again.has_value()) << domain::traits_of(format).name;
    EXPECT_EQ(again->format, format);
    EXPECT_EQ(again->height, 48);
  }
  EXPECT_EQ(pool_->stats().crashes, 0);
}

TEST_F(PicturesTest, a_drawing_is_rendered_without_its_file_system) {
  const UniqueFd input = file_of(kDrawing);
  const auto info = pool_->probe(input.get());
  ASSERT_TRUE(info.has_value()) << info.error().private_message;
  EXPECT_EQ(info->format, domain::ImageFormat::kSvg);
  const UniqueFd output = empty_file();
  const auto result = render(input, *info, domain::ImageFormat::kPng, output);
  ASSERT_TRUE(result.has_value()) << result.error().private_message;
  EXPECT_EQ(result->files[0].width, 120);
}

TEST_F(PicturesTest, text_in_a_drawing_is_written_in_a_font) {
  if (!std::filesystem::exists("/usr/share/fonts/truetype")) {
    GTEST_SKIP() << "no fonts on this machine";
  }
  // Without a font every character is the same box.
  const auto drawn = [](const std::string& text) {
    const UniqueFd input =
        file_of("<svg xmlns='http://www.w3.org/2000/svg' width='120' height='40'><text x='4' y='30' font-size='24'>" +
                text + "</text></svg>");
    const auto info = pool_->probe(input.get());
    const UniqueFd output = empty_file();
    EXPECT_TRUE(info && render(input, *info, domain::ImageFormat::kPng, output).has_value());
    std::vector<char> bytes(64'000);
    const ssize_t got = ::pread(output.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return bytes;
  };
  EXPECT_NE(drawn("AAAA"), drawn("BBBB"));
}

TEST_F(PicturesTest, a_picture_is_looked_at) {
  const UniqueFd input = file_of_base64(kSmallPng);
  const auto info = pool_->probe(input.get());
  ASSERT_TRUE(info.has_value());
  const auto facts = pool_->look(input.get(), *info, {});
  ASSERT_TRUE(facts.has_value()) << facts.error().private_message;
  EXPECT_EQ(facts->width, 64);
  EXPECT_TRUE(facts->is_blank);
  ASSERT_FALSE(facts->colours.empty());
  EXPECT_GT(facts->colours[0].share, 0.9);
}

TEST_F(PicturesTest, boasts_and_text_are_refused_from_the_header) {
  const auto boast = pool_->probe(file_of_base64(kBoastfulPng).get());
  ASSERT_FALSE(boast.has_value());
  EXPECT_EQ(boast.error().code, ErrorCode::kImageTooLarge);
  const auto text = pool_->probe(file_of("Dear reader, this is no picture.").get());
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code, ErrorCode::kUnsupportedMediaType);
  EXPECT_FALSE(pool_->probe(file_of("").get()).has_value());
}

TEST_F(PicturesTest, work_goes_on_while_children_are_killed) {
  const UniqueFd input = file_of_base64(kSmallPng);
  const auto info = pool_->probe(input.get());
  ASSERT_TRUE(info.has_value());
  std::atomic<bool> is_over{false};
  std::thread killer([&] {
    for (int i = 0; i < 3 && !is_over; ++i) {
      std::this_thread::sleep_for(milliseconds(150));
      const std::vector<int> children = pool_->children();
      if (!children.empty()) {
        ::kill(children[static_cast<std::size_t>(i) % children.size()], SIGKILL);
      }
    }
  });
  int good = 0;
  static constexpr int kCount = 20;
  for (int i = 0; i < kCount; ++i) {
    const UniqueFd output = empty_file();
    good += render(input, *info, domain::ImageFormat::kWebp, output).has_value() ? 1 : 0;
  }
  is_over = true;
  killer.join();
  EXPECT_EQ(good, kCount) << "one retry mends what one kill breaks";
}

}  // namespace
}  // namespace pictor::engine
