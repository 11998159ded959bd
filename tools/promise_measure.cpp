// Measures how promises are kept: one JSON line a picture, format and target, for tuning the search.
//
// Usage: promise_measure LONGEST_SIDE FORMAT,… TARGET,… EFFORT FILE…
// Each picture is brought to at most LONGEST_SIDE px. `search` is the CPU time of the whole search, `once` that of one
// encode at the quality that was found, both without decoding and resizing the source.

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sstream>
#include <string>
#include <vips/vips8>

#include "imaging/imaging.hpp"
#include "imaging/pixels_vips.hpp"
#include "imaging/promise/promise.hpp"

namespace {

using pictor::Result;
using pictor::imaging::Chosen;
using pictor::imaging::Codec;
using pictor::imaging::Pixels;
using pictor::imaging::Promise;
using pictor::imaging::Wanted;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    parts.push_back(part);
  }
  return parts;
}

Result<Chosen> run(const Pixels& picture, const Codec& codec, const Wanted& wanted) {
  Promise promise(picture, wanted, [](std::vector<std::uint8_t> bytes, pictor::domain::ImageFormat) { return bytes; },
                  {});
  return promise.in_format(codec);
}

void measure(const std::string& file, const Pixels& picture, const Codec& codec, double target, int effort) {
  Wanted wanted;
  wanted.score = target;
  wanted.effort = effort;
  wanted.palette = true;
  double start = cpu_seconds();
  const Result<Chosen> chosen = run(picture, codec, wanted);
  const double search = cpu_seconds() - start;
  if (!chosen) {
    std::fprintf(stderr, "%s: %s\n", file.c_str(), (chosen.error().public_message + " | " + chosen.error().private_message).c_str());
    return;
  }
  double once = 0;
  if (chosen->quality) {
    wanted.score.reset();
    wanted.quality = chosen->quality;
    start = cpu_seconds();
    static_cast<void>(run(picture, codec, wanted));
    once = cpu_seconds() - start;
  }
  std::printf(
      R"({"file":"%s","format":"%s","target":%g,"score":%.2f,"quality":%.2f,"bytes":%zu,"tried":%d,"limited":"%s","search":%.4f,"once":%.4f,"pixels":%d})"
      "\n",
      file.c_str(), std::string(pictor::domain::traits_of(codec.format).name).c_str(), target,
      chosen->score.value_or(-1), chosen->quality.value_or(-1), chosen->bytes.size(), chosen->tried,
      chosen->limited_by.c_str(), search, once, picture.width * picture.height);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6 || !pictor::imaging::start({})) {
    std::fprintf(stderr, "usage: promise_measure LONGEST_SIDE FORMAT,... TARGET,... EFFORT FILE...\n");
    return 2;
  }
  for (int i = 5; i < argc; ++i) {
    const vips::VImage image = vips::VImage::new_from_file(argv[i]).autorot();
    Pixels picture = pictor::imaging::pixels_of(
        image.thumbnail_image(std::atoi(argv[1]), vips::VImage::option()->set("size", VIPS_SIZE_DOWN))
            .colourspace(VIPS_INTERPRETATION_sRGB));
    picture.icc.clear();
    for (const std::string& name : split(argv[2])) {
      const auto format = pictor::domain::format_from_name(name);
      const auto codec = format ? pictor::imaging::codec_of(*format) : std::nullopt;
      for (const std::string& target : split(argv[3])) {
        if (codec) {
          measure(argv[i], picture, *codec, std::atof(target.c_str()), std::atoi(argv[4]));
        }
      }
    }
  }
  return 0;
}
