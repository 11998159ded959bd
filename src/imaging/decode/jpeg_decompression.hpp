#pragma once

#include <array>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <jpeglib.h>
#include <span>
#include <vector>

#include "base/error.hpp"

namespace pictor::imaging {

/// Owns all that the library allocates. Its functions may be left by longjmp, so that none has an object with a
/// destructor while the library runs.
struct JpegDecompression {
  explicit JpegDecompression(std::span<const std::uint8_t> bytes);
  JpegDecompression(const JpegDecompression&) = delete;
  JpegDecompression& operator=(const JpegDecompression&) = delete;
  ~JpegDecompression();

  // False: the library gave up, `message` says why.
  bool read_header();
  bool start(bool half, bool planes);
  bool read_row(std::uint8_t* row);
  /// Up to 16 rows of luma and 8 of either chroma. @param places  rows of each component
  bool read_planes(std::array<JSAMPARRAY, 3>& places);

  std::span<const std::uint8_t> file;
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf escape{};
  std::array<char, JMSG_LENGTH_MAX> message{};
  JOCTET* profile = nullptr;
  unsigned int profile_size = 0;
  bool damaged = false;
  std::vector<std::uint8_t> icc;
};

/// kImageUnreadable, with the library's reason for the logs.
[[nodiscard]] Error unreadable_jpeg(const JpegDecompression& job);

}  // namespace pictor::imaging
