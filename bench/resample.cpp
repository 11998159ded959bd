// CPU of decoding and resizing JPEGs by imaging/resample and imaging/decode/jpeg_rows, stage by stage. bench/resample
// builds and runs it.
//
// resample_bench WIDTH ROUNDS FILE…        one line of JSON: medians over files and rounds, ms of CPU, and peak memory
// resample_bench --out PPM WIDTH FILE      the result of one file; --exact: from whole decoding, whatever the ratio

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "imaging/decode/jpeg_rows.hpp"

namespace {

using pictor::imaging::JpegRows;

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

std::vector<std::uint8_t> content(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

struct Size {
  int width = 0;
  int height = 0;
};

Size size_of(const std::vector<std::uint8_t>& file) {
  const auto rows = JpegRows::open(file, false);
  return rows ? Size{(*rows)->width(), (*rows)->height()} : Size{};
}

int height_for(const Size& size, int width) {
  return std::max(1, static_cast<int>(static_cast<double>(size.height) * width / size.width + 0.5));
}

pictor::imaging::resample::Box whole(const Size& size) {
  return {0, 0, static_cast<double>(size.width), static_cast<double>(size.height)};
}

/// Decoding alone.
double decode(const std::vector<std::uint8_t>& file, bool half) {
  const double start = cpu_ms();
  const auto rows = JpegRows::open(file, half);
  for (int y = 0; rows && y < (*rows)->height(); ++y) {
    static_cast<void>((*rows)->next_row());
  }
  return cpu_ms() - start;
}

int write_one(const char* out, int width, const char* path, bool exact) {
  const auto file = content(path);
  const Size size = size_of(file);
  const int height = height_for(size, width);
  pictor::imaging::Pixels pixels;
  if (exact) {
    auto rows = JpegRows::open(file, false);
    auto result = pictor::imaging::resample::resize(**rows, whole(size), width, height);
    if (!result) {
      return 2;
    }
    pixels = std::move(*result);
  } else {
    auto result = pictor::imaging::resize_jpeg(file, whole(size), width, height, true);
    if (!result) {
      return 2;
    }
    pixels = std::move(result->pixels);
  }
  std::ofstream ppm(out, std::ios::binary);
  ppm << (pixels.bands == 3 ? "P6\n" : "P5\n") << pixels.width << ' ' << pixels.height << "\n255\n";
  ppm.write(reinterpret_cast<const char*>(pixels.bytes.data()), static_cast<std::streamsize>(pixels.bytes.size()));
  return ppm ? 0 : 2;
}

}  // namespace

int main(int count, char** words) {
  const bool exact = count == 5 && std::strcmp(words[1], "--exact") == 0;
  if (exact || (count == 5 && std::strcmp(words[1], "--out") == 0)) {
    return write_one(words[2], std::stoi(words[3]), words[4], exact);
  }
  if (count < 4) {
    std::fputs("resample_bench WIDTH ROUNDS FILE…\n", stderr);
    return 2;
  }
  const int width = std::stoi(words[1]);
  std::vector<double> whole_way, decode_all, decode_half;
  std::size_t most_bytes = 0;
  for (int round = 0; round < std::stoi(words[2]); ++round) {
    for (int at = 3; at < count; ++at) {
      const auto file = content(words[at]);
      most_bytes = std::max(most_bytes, file.size());
      const Size size = size_of(file);
      const double start = cpu_ms();
      const auto result = pictor::imaging::resize_jpeg(file, whole(size), width, height_for(size, width), true);
      whole_way.push_back(cpu_ms() - start);
      if (!result) {
        std::fprintf(stderr, "%s: %s\n", words[at], result.error().public_message.c_str());
        return 2;
      }
      decode_all.push_back(decode(file, false));
      decode_half.push_back(decode(file, true));
    }
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"width\": %d, \"files\": %d, \"decode_and_resize_ms\": %.2f, \"decode_rgb_ms\": %.2f, "
      "\"decode_half_ms\": %.2f, \"peak_rss_mb\": %.1f, \"largest_file_mb\": %.1f}\n",
      width, count - 3, median(whole_way), median(decode_all), median(decode_half),
      static_cast<double>(usage.ru_maxrss) / 1024, static_cast<double>(most_bytes) / 1e6);
  return 0;
}
