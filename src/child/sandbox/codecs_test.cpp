#include <gtest/gtest.h>
#include <map>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child/sandbox/sandbox.hpp"
#include "imaging/encode/codec.hpp"
#include "imaging/imaging.hpp"
#include "imaging/testing/made_pixels.hpp"

namespace pictor::child {
namespace {

using domain::ImageFormat;

/// 0 when each format gives the bytes that the parent got, and they can be read; else the format's number + 1.
int encode_all(const imaging::Pixels& pixels, const std::map<ImageFormat, std::vector<std::uint8_t>>& wanted) {
  for (const auto& [format, bytes] : wanted) {
    const std::optional<imaging::Codec> codec = imaging::codec_of(format);
    if (!codec) {
      return static_cast<int>(format) + 1;
    }
    for (int round = 0; round < 2; ++round) {
      const Result<imaging::Encoded> encoded = codec->encode(pixels, {});
      if (!encoded || encoded->bytes != bytes || !codec->decode(encoded->bytes)) {
        return static_cast<int>(format) + 1;
      }
    }
  }
  return 0;
}

// As the fork server has it: libraries are opened in the parent, each child works in its sandbox.
TEST(CodecsInTheSandbox, GiveTheParentsBytesInEveryChild) {
#ifdef PICTOR_TSAN
  GTEST_SKIP() << "ThreadSanitizer starts no threads in a forked child";
#endif
  ASSERT_TRUE(imaging::start({}));
  const imaging::Pixels pixels = imaging::testing::made_pixels(200, 150);
  std::map<ImageFormat, std::vector<std::uint8_t>> wanted;
  for (const ImageFormat format :
       {ImageFormat::kJpeg, ImageFormat::kPng, ImageFormat::kWebp, ImageFormat::kAvif, ImageFormat::kJxl}) {
    if (const std::optional<imaging::Codec> codec = imaging::codec_of(format)) {
      // In a child too: a library that keeps threads would lose them by the next fork.
      int ends[2];
      ASSERT_EQ(pipe(ends), 0);
      const pid_t pid = fork();
      if (pid == 0) {
        const Result<imaging::Encoded> encoded = codec->encode(pixels, {});
        const bool sent = encoded && write(ends[1], encoded->bytes.data(), encoded->bytes.size()) ==
                                         static_cast<ssize_t>(encoded->bytes.size());
        _exit(sent ? 0 : 1);
      }
      close(ends[1]);
      std::vector<std::uint8_t> bytes(1U << 20U);
      std::size_t got = 0;
      for (ssize_t part = 0; (part = read(ends[0], bytes.data() + got, bytes.size() - got)) > 0;) {
        got += static_cast<std::size_t>(part);
      }
      close(ends[0]);
      int status = 0;
      waitpid(pid, &status, 0);
      ASSERT_EQ(status, 0);
      bytes.resize(got);
      wanted[format] = bytes;
    }
  }
  EXPECT_EQ(wanted.size(), 5U);
  for (int child = 0; child < 3; ++child) {
    const pid_t pid = fork();
    if (pid == 0) {
      static_cast<void>(enter_sandbox({.memory_bytes = 2LL << 30U}));
      _exit(encode_all(pixels, wanted));
    }
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0) << "the format's number + 1";
  }
}

}  // namespace
}  // namespace pictor::child
