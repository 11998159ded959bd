// Decoding and resizing JPEGs by imaging/resample and imaging/decode/jpeg_rows. bench/resample builds and runs it.
//
// resample_bench time WIDTH ROUNDS FILE…   CPU ms of each round and file, stage by stage, and memory
// resample_bench score WIDTH FILE…         SSIMULACRA2 of the result against a resize in doubles, file by file
//
// Both print one line of JSON.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <numbers>
#include <string>
#include <string_view>
#include <vector>

#include "imaging/decode/jpeg_rows.hpp"
#include "imaging/encode/jpeg_codec.hpp"
#include "imaging/metrics/ssimulacra2.hpp"

namespace {

using pictor::imaging::JpegRows;
using pictor::imaging::Pixels;
using Bytes = std::vector<std::uint8_t>;

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// Of this program alone: getrusage would also count what the parent had before exec.
double peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") {
      double kilobytes = 0;
      status >> kilobytes;
      return kilobytes / 1024;
    }
  }
  return std::nan("");
}

Bytes content(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  Bytes bytes(file ? static_cast<std::size_t>(file.tellg()) : 0);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

struct Size {
  int width = 0;
  int height = 0;
  [[nodiscard]] pictor::imaging::resample::Box box() const {
    return {0, 0, static_cast<double>(width), static_cast<double>(height)};
  }
  [[nodiscard]] int height_for(int small) const {
    return std::max(1, static_cast<int>(static_cast<double>(height) * small / width + 0.5));
  }
};

Size size_of(const Bytes& file) {
  const auto rows = JpegRows::open(file, false);
  return rows ? Size{(*rows)->width(), (*rows)->height()} : Size{};
}

/// Decoding alone, by RGB rows.
double decode(const Bytes& file, bool half) {
  const double start = cpu_ms();
  const auto rows = JpegRows::open(file, half);
  for (int y = 0; rows && y < (*rows)->height(); ++y) {
    static_cast<void>((*rows)->next_row());
  }
  return cpu_ms() - start;
}

void print(const char* name, const std::vector<double>& values, bool last = false) {
  std::printf("\"%s\": [", name);
  for (std::size_t at = 0; at < values.size(); ++at) {
    std::printf("%s%.3f", at == 0 ? "" : ", ", values[at]);
  }
  std::printf("]%s", last ? "" : ", ");
}

int time_all(int width, int rounds, int count, char** paths) {
  std::vector<double> both;
  std::vector<double> quick;
  std::vector<double> rows;
  std::vector<double> half;
  std::size_t largest = 0;
  for (int at = 0; at < count; ++at) {
    largest = std::max(largest, content(paths[at]).size());
  }
  // What the program needs anyway, libraries and one file included, is not the resizer's.
  const double before = peak_mb();
  double after = before;
  for (int round = 0; round < rounds; ++round) {
    for (int at = 0; at < count; ++at) {
      const Bytes file = content(paths[at]);
      const Size size = size_of(file);
      const double start = cpu_ms();
      const auto result = pictor::imaging::resize_jpeg(file, size.box(), width, size.height_for(width), true);
      both.push_back(cpu_ms() - start);
      if (!result) {
        std::fprintf(stderr, "%s: %s\n", paths[at], result.error().public_message.c_str());
        return 2;
      }
      if (round == 0) {
        after = peak_mb();
      }
      const double again = cpu_ms();
      static_cast<void>(pictor::imaging::resize_jpeg(file, size.box(), width, size.height_for(width), true, true));
      quick.push_back(cpu_ms() - again);
      rows.push_back(decode(file, false));
      half.push_back(decode(file, true));
    }
  }
  std::printf("{");
  print("decodeAndResize", both);
  print("quick", quick);
  print("decodeRows", rows);
  print("decodeHalf", half);
  std::printf("\"addedMb\": %.1f, \"peakMb\": %.1f, \"largestFileMb\": %.1f}\n", after - before, peak_mb(),
              static_cast<double>(largest) / 1e6);
  return 0;
}

// --- the reference: the same filter by its definition, in doubles ---

double to_linear(double sample) { return sample <= 0.04045 ? sample / 12.92 : std::pow((sample + 0.055) / 1.055, 2.4); }
double to_sample(double light) {
  light = std::clamp(light, 0.0, 1.0);
  return light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}
double lanczos(double x) {
  const double angle = std::numbers::pi * x;
  return x == 0 ? 1 : std::abs(x) >= 3 ? 0 : 3 * std::sin(angle) * std::sin(angle / 3) / (angle * angle);
}

/// One axis of `lines` × `size` × `step` values; the axis is `size` long and its neighbours lie `step` apart.
std::vector<double> along(const std::vector<double>& in, int lines, int size, int step, int results) {
  std::vector<double> out(static_cast<std::size_t>(lines) * static_cast<std::size_t>(results * step));
  const double scale = static_cast<double>(size) / results;
  const double stretch = std::max(1.0, scale);
  for (int result = 0; result < results; ++result) {
    const double centre = (result + 0.5) * scale - 0.5;
    const int from = static_cast<int>(std::ceil(centre - 3 * stretch));
    const int to = static_cast<int>(std::floor(centre + 3 * stretch));
    double sum = 0;
    for (int at = from; at <= to; ++at) {
      sum += lanczos((at - centre) / stretch);
    }
    for (int at = from; at <= to; ++at) {
      const double weight = lanczos((at - centre) / stretch) / sum;
      for (int line = 0; line < lines; ++line) {
        const double* source =
            in.data() + (static_cast<std::ptrdiff_t>(line) * size + std::clamp(at, 0, size - 1)) * step;
        double* target = out.data() + (static_cast<std::ptrdiff_t>(line) * results + result) * step;
        for (int place = 0; place < step; ++place) {
          target[place] += weight * source[place];
        }
      }
    }
  }
  return out;
}

Pixels reference(const Pixels& in, int width, int height) {
  std::vector<double> light(in.bytes.size());
  std::ranges::transform(in.bytes, light.begin(), [](std::uint8_t sample) { return to_linear(sample / 255.0); });
  light = along(light, in.height, in.width, in.bands, width);
  light = along(light, 1, in.height, width * in.bands, height);
  Pixels out;
  out.width = width;
  out.height = height;
  out.bands = in.bands;
  out.bytes.resize(out.frame_bytes());
  std::ranges::transform(light, out.bytes.begin(),
                         [](double value) { return static_cast<std::uint8_t>(std::lround(to_sample(value) * 255)); });
  return out;
}

int score_all(int width, int count, char** paths) {
  std::vector<double> scores;
  std::vector<double> quick_scores;
  for (int at = 0; at < count; ++at) {
    const Bytes file = content(paths[at]);
    const auto decoded = pictor::imaging::decode_jpeg(file);
    if (!decoded) {
      return 2;
    }
    const Size size{decoded->width, decoded->height};
    const int height = size.height_for(width);
    const pictor::imaging::Ssimulacra2 wanted(reference(*decoded, width, height));
    const auto result = pictor::imaging::resize_jpeg(file, size.box(), width, height, true);
    const auto quick = pictor::imaging::resize_jpeg(file, size.box(), width, height, true, true);
    if (!result || !quick) {
      return 2;
    }
    scores.push_back(wanted.score(result->pixels));
    quick_scores.push_back(wanted.score(quick->pixels));
  }
  std::printf("{");
  print("scores", scores);
  print("quick", quick_scores, true);
  std::printf("}\n");
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::string_view what = count > 1 ? words[1] : "";
  if (what == "time" && count > 4) {
    return time_all(std::stoi(words[2]), std::stoi(words[3]), count - 4, words + 4);
  }
  if (what == "score" && count > 3) {
    return score_all(std::stoi(words[2]), count - 3, words + 3);
  }
  std::fputs("resample_bench time WIDTH ROUNDS FILE… | score WIDTH FILE…\n", stderr);
  return 2;
}
