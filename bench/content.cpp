// What tools/fit_content starts: one line of numbers for each picture.
//
//   content_bench features < list     the list: one line a picture, WIDTH FILE (0: as it is). Each answer: ms of
//                                     features_of, the score of the picture with halved chroma (box over 2 × 2, nothing
//                                     else lost), the class, 4:4:4 or not, the features; ERROR where it can't be read
#include "imaging/content/content.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>
#include <vips/vips8>

#include "imaging/metrics/ssimulacra2.hpp"
#include "imaging/pixels_vips.hpp"

namespace {

using pictor::imaging::Pixels;
using vips::VImage;

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

Pixels load(const std::string& file, int width) {
  VImage image = width > 0 ? VImage::thumbnail(file.c_str(), width, VImage::option()->set("height", 100'000))
                           : VImage::new_from_file(file.c_str());
  Pixels pixels = pictor::imaging::pixels_of(image.colourspace(VIPS_INTERPRETATION_sRGB));
  pixels.icc.clear();
  return pixels;
}

double score_with_halved_chroma(const Pixels& pixels) {
  VImage image = pictor::imaging::vips_of(pixels);
  if (image.has_alpha()) {
    image = image.flatten(VImage::option()->set("background", 255));
  }
  if (image.bands() < 3) {
    return 100;
  }
  const Pixels source = pictor::imaging::pixels_of(image);
  const auto width = static_cast<std::size_t>(source.width);
  const auto height = static_cast<std::size_t>(source.height);
  Pixels halved = source;
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const auto at = [&](std::size_t row, std::size_t column, std::size_t band) {
        return static_cast<double>(
            source.bytes[(std::min(row, height - 1) * width + std::min(column, width - 1)) * 3 + band]);
      };
      const auto luma = [&](std::size_t row, std::size_t column) {
        return .299 * at(row, column, 0) + .587 * at(row, column, 1) + .114 * at(row, column, 2);
      };
      double blue = 0;
      double red = 0;
      for (const std::size_t row : {y / 2 * 2, y / 2 * 2 + 1}) {
        for (const std::size_t column : {x / 2 * 2, x / 2 * 2 + 1}) {
          blue += (at(row, column, 2) - luma(row, column)) / 4;
          red += (at(row, column, 0) - luma(row, column)) / 4;
        }
      }
      const double own = luma(y, x);
      const double values[3] = {own + red, own - (.299 * red + .114 * blue) / .587, own + blue};
      for (std::size_t band = 0; band < 3; ++band) {
        halved.bytes[(y * width + x) * 3 + band] = static_cast<std::uint8_t>(std::clamp(values[band] + .5, 0.0, 255.0));
      }
    }
  }
  return pictor::imaging::Ssimulacra2(source).score(halved);
}

void answer(const std::string& file, int width) {
  const Pixels pixels = load(file, width);
  const double before = cpu_ms();
  const pictor::imaging::Features features = pictor::imaging::features_of(pixels);
  const double ms = cpu_ms() - before;
  std::printf("%.3f %.3f %d %d", ms, score_with_halved_chroma(pixels),
              static_cast<int>(pictor::imaging::classify_content(features)),
              pictor::imaging::choose_chroma(features) == pictor::imaging::Chroma::k444 ? 1 : 0);
  for (const double value : features.values()) {
    std::printf(" %.6g", value);
  }
  std::printf("\n");
}

}  // namespace

int main(int count, char** arguments) {
  if (VIPS_INIT(arguments[0]) != 0 || count != 2) {
    return 2;
  }
  int width = 0;
  std::string file;
  while (std::cin >> width && std::getline(std::cin >> std::ws, file)) {
    try {
      answer(file, width);
    } catch (const std::exception&) {
      std::printf("ERROR\n");
    }
  }
  return 0;
}
