// What `./run bench ssimulacra2` starts: our SSIMULACRA2 against the reference.
//
//   ssimulacra2_bench time ROUNDS FILE…   CPU ms of each part for each file at 1600 × 1200, one thread
//   ssimulacra2_bench error FILE…         scores of ours and of the reference: four drawings and each file, cropped to
//                                         300 × 200, degraded in ten ways
// Both print one line of JSON.
#include "imaging/metrics/ssimulacra2.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>
#include <vips/vips8>

#include "imaging/pixels_vips.hpp"
#include "imaging/testing/degraded.hpp"
#include "imaging/testing/reference_ssimulacra2.hpp"

namespace {

using pictor::imaging::Pixels;
using pictor::imaging::Ssimulacra2;
using vips::VImage;
namespace testing = pictor::imaging::testing;

Pixels photograph(const std::string& file, int width, int height) {
  const VImage image = VImage::thumbnail(
      file.c_str(), width,
      VImage::option()->set("height", height)->set("crop", VIPS_INTERESTING_CENTRE)->set("size", VIPS_SIZE_BOTH));
  Pixels pixels =
      pictor::imaging::pixels_of((image.has_alpha() ? image.flatten() : image).colourspace(VIPS_INTERPRETATION_sRGB));
  pixels.icc.clear();
  return pixels;
}

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double timed(const std::function<void()>& work) {
  const double before = cpu_ms();
  work();
  return cpu_ms() - before;
}

void print_list(const char* name, const std::vector<double>& values, bool last = false) {
  std::printf("\"%s\":[", name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::printf("%s%.4f", i == 0 ? "" : ",", values[i]);
  }
  std::printf("]%s", last ? "" : ",");
}

int time_all(int rounds, const std::vector<std::string>& files) {
  std::vector<double> construct;
  std::vector<double> exact;
  std::vector<double> probe;
  std::vector<double> reference;
  std::vector<double> scores;
  std::vector<double> probed;
  for (const std::string& file : files) {
    const Pixels source = photograph(file, 1600, 1200);
    const Ssimulacra2 kept(source);
    for (int way = 0; way < testing::kDegradations; ++way) {
      const Pixels worse = testing::degraded(source, way);
      scores.push_back(kept.score(worse));
      probed.push_back(kept.probe(worse));
    }
    const Pixels shown = testing::degraded(source, 3);
    for (int round = 0; round < rounds; ++round) {
      std::vector<Ssimulacra2> metric;
      double sink = 0;
      construct.push_back(timed([&] { metric.emplace_back(source); }));
      exact.push_back(timed([&] { sink += metric.front().score(shown); }));
      probe.push_back(timed([&] { sink += metric.front().probe(shown); }));
      if (round == 0) {
        reference.push_back(timed([&] { sink += testing::reference_ssimulacra2(source, shown); }));
      }
      if (sink == 0.125) {  // so that nothing is left out
        std::puts("");
      }
    }
  }
  std::printf("{");
  print_list("construct", construct);
  print_list("exact", exact);
  print_list("probe", probe);
  print_list("score", scores);
  print_list("probeScore", probed);
  print_list("reference", reference, true);
  std::printf("}\n");
  return 0;
}

int compare_all(const std::vector<std::string>& files) {
  std::vector<Pixels> sources;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    sources.push_back(testing::drawing(300, 200, seed));
  }
  for (const std::string& file : files) {
    sources.push_back(photograph(file, 300, 200));
    if (sources.size() % 2 == 0) {
      sources.back() = photograph(file, 450, 300);  // has the sixth scale
    }
  }
  std::vector<double> ours;
  std::vector<double> probed;
  std::vector<double> reference;
  for (const Pixels& source : sources) {
    const Ssimulacra2 metric(source);
    for (int way = 0; way < testing::kDegradations; ++way) {
      const Pixels shown = testing::degraded(source, way);
      ours.push_back(metric.score(shown));
      probed.push_back(metric.probe(shown));
      reference.push_back(testing::reference_ssimulacra2(source, shown));
    }
  }
  std::printf("{");
  print_list("ours", ours);
  print_list("probe", probed);
  print_list("reference", reference, true);
  std::printf("}\n");
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (VIPS_INIT(arguments[0]) != 0) {
    return 2;
  }
  const std::vector<std::string> words(arguments + 1, arguments + count);
  try {
    if (words.size() > 2 && words[0] == "time") {
      return time_all(std::atoi(words[1].c_str()), {words.begin() + 2, words.end()});
    }
    if (words.size() > 1 && words[0] == "error") {
      return compare_all({words.begin() + 1, words.end()});
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  std::fprintf(stderr, "usage: ssimulacra2_bench time ROUNDS FILE… | error FILE…\n");
  return 2;
}
