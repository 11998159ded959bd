// What `overhead` measures Pictor against: libvips and nothing else doing the same work, and, as `prepare`, the
// pictures for it. Compiled by the harness with g++ against the libvips that the server's children link.
//
//   overhead_libvips prepare FOLDER FILE…            4,000 × 3,000 JPEGs of the files
//   overhead_libvips run WIDTH QUALITY plain|progressive|optimised FOLDER FILE…   each file to WIDTH px JPEG in FOLDER;
//   prints one line of JSON
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/resource.h>
#include <vector>
#include <vips/vips8>

namespace {

using vips::VImage;

constexpr int kWidth = 4'000;
constexpr int kHeight = 3'000;

std::string target_of(const std::string& folder, const std::string& file) {
  const std::string name = file.substr(file.rfind('/') + 1);
  return folder + "/" + name.substr(0, name.rfind('.')) + ".jpg";
}

void prepare(const std::string& folder, const std::string& file) {
  VImage image = VImage::new_from_file(file.c_str()).autorot().colourspace(VIPS_INTERPRETATION_sRGB);
  const double scale =
      std::max(static_cast<double>(kWidth) / image.width(), static_cast<double>(kHeight) / image.height());
  image = image.resize(scale, VImage::option()->set("kernel", VIPS_KERNEL_LANCZOS3));
  image = image.extract_area((image.width() - kWidth) / 2, (image.height() - kHeight) / 2, kWidth, kHeight);
  image.jpegsave(target_of(folder, file).c_str(), VImage::option()->set("Q", 92)->set("keep", VIPS_FOREIGN_KEEP_NONE));
}

/// Decode with shrink on load where the format has it, resize to fit, encode to a file: what a resizing server must do
/// at least.
long render(const std::string& folder, const std::string& file, int width, int quality, const std::string& encoder) {
  const bool optimised = encoder == "optimised";
  const bool progressive = optimised || encoder == "progressive";
  VImage image =
      VImage::thumbnail(file.c_str(), width, VImage::option()->set("height", 10'000'000)->set("size", VIPS_SIZE_DOWN));
  const std::string target = target_of(folder, file);
  image.jpegsave(target.c_str(), VImage::option()
                                     ->set("Q", quality)
                                     ->set("interlace", progressive)
                                     ->set("optimize_coding", progressive)
                                     ->set("trellis_quant", optimised)
                                     ->set("overshoot_deringing", optimised)
                                     ->set("optimize_scans", optimised)
                                     ->set("quant_table", optimised ? 3 : 0)
                                     ->set("keep", VIPS_FOREIGN_KEEP_ICC));
  std::FILE* written = std::fopen(target.c_str(), "rb");
  std::fseek(written, 0, SEEK_END);
  const long bytes = std::ftell(written);
  std::fclose(written);
  return bytes;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void run(const std::vector<std::string>& words) {
  const int width = std::atoi(words[0].c_str());
  const int quality = std::atoi(words[1].c_str());
  const std::string& encoder = words[2];
  const std::vector<std::string> files(words.begin() + 4, words.end());
  render(words[3], files.front(), width, quality,
         encoder);  // tables and threads are made on first use; the server's children made theirs
  std::string sizes;
  const double before = cpu_seconds();
  for (const std::string& file : files) {
    sizes += (sizes.empty() ? "" : ",") + std::to_string(render(words[3], file, width, quality, encoder));
  }
  std::printf("{\"cpuSeconds\":%.6f,\"bytes\":[%s]}\n", cpu_seconds() - before, sizes.c_str());
}

}  // namespace

int main(int count, char** arguments) {
  if (VIPS_INIT(arguments[0]) != 0) {
    return 1;
  }
  // As in a child: one thread a picture, nothing kept between pictures.
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  const std::vector<std::string> words(arguments + 2, arguments + std::max(count, 2));
  try {
    if (count > 3 && std::strcmp(arguments[1], "prepare") == 0) {
      for (std::size_t i = 1; i < words.size(); ++i) {
        prepare(words[0], words[i]);
      }
      return 0;
    }
    if (count > 6 && std::strcmp(arguments[1], "run") == 0) {
      run(words);
      return 0;
    }
  } catch (const vips::VError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  std::fprintf(
      stderr,
      "usage: overhead_libvips prepare FOLDER FILE… | run WIDTH QUALITY plain|progressive|optimised FOLDER FILE…\n");
  return 2;
}
