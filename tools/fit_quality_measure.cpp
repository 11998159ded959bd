// Measures what the encoders give on pictures, for tools/fit_quality: one JSON line a file, format and quality.
//
// Usage: fit_quality_measure LONGEST_SIDE EFFORT FORMAT,… FILE…
// Each picture is brought to at most LONGEST_SIDE px, then encoded in each format at a row of qualities, decoded as a
// browser would and scored. CPU time is the process's own.

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sstream>
#include <string>
#include <vips/vips8>

#include "imaging/encode/codec.hpp"
#include "imaging/imaging.hpp"
#include "imaging/metrics/ssimulacra2.hpp"
#include "imaging/pixels_vips.hpp"
#include "imaging/promise/nature.hpp"

namespace {

using pictor::imaging::Chroma;
using pictor::imaging::Codec;
using pictor::imaging::EncodeSettings;
using pictor::imaging::Pixels;
using pictor::imaging::Ssimulacra2;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void measure(const std::string& file, const Pixels& picture, const Codec& codec, int effort,
             const Ssimulacra2& metric) {
  const pictor::imaging::Nature nature = pictor::imaging::nature_of(picture);
  for (const double quality : {8, 20, 32, 45, 57, 68, 77, 84, 89, 93, 97, 100}) {
    EncodeSettings settings;
    settings.quality = quality;
    settings.effort = effort;
    settings.chroma = nature.chroma;
    settings.content = nature.content;
    const double start = cpu_seconds();
    const auto encoded = codec.encode(picture, settings);
    const double seconds = cpu_seconds() - start;
    const auto shown = encoded ? codec.decode(encoded->bytes) : pictor::Result<Pixels>(pictor::fail(encoded.error()));
    if (!shown) {
      std::fprintf(stderr, "%s: %s\n", file.c_str(), shown.error().private_message.c_str());
      return;
    }
    std::printf(
        R"({"file":"%s","format":"%s","effort":%d,"quality":%g,"bytes":%zu,"score":%.3f,"seconds":%.4f,"width":%d,"height":%d,"whole_chroma":%d})"
        "\n",
        file.c_str(), std::string(pictor::domain::traits_of(codec.format).name).c_str(), effort, quality,
        encoded->bytes.size(), metric.score(*shown), seconds, picture.width, picture.height,
        nature.chroma == Chroma::k444 ? 1 : 0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5 || !pictor::imaging::start({})) {
    std::fprintf(stderr, "usage: fit_quality_measure LONGEST_SIDE EFFORT FORMAT,... FILE...\n");
    return 2;
  }
  const int longest = std::atoi(argv[1]);
  for (int i = 4; i < argc; ++i) {
    vips::VImage image = vips::VImage::new_from_file(argv[i]).autorot();
    image = image.thumbnail_image(longest, vips::VImage::option()->set("size", VIPS_SIZE_DOWN))
                .colourspace(VIPS_INTERPRETATION_sRGB);
    Pixels picture = pictor::imaging::pixels_of(image);
    picture.icc.clear();
    const Ssimulacra2 metric(picture);
    std::istringstream names(argv[3]);
    for (std::string name; std::getline(names, name, ',');) {
      const auto format = pictor::domain::format_from_name(name);
      if (const auto codec = format ? pictor::imaging::codec_of(*format) : std::nullopt) {
        measure(argv[i], picture, *codec, std::atoi(argv[2]), metric);
      }
    }
    std::fflush(stdout);
  }
  return 0;
}
