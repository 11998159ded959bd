// What cjpegli does at fixed settings, by the jpegli that set-up built: a peer of bench/quality.
// Usage: jpegli_fixed RAW-RGB WIDTH HEIGHT QUALITY 420|444 OUT.jpg. Progressive, optimised, adaptive quantisation: its
// defaults.
#include <cstdio>
#include <cstdlib>
#include <lib/jpegli/encode.h>
#include <string>
#include <vector>

int main(int count, char** words) {
  if (count != 7) {
    return 2;
  }
  const unsigned width = std::strtoul(words[2], nullptr, 10), height = std::strtoul(words[3], nullptr, 10);
  std::vector<unsigned char> rgb(std::size_t{3} * width * height);
  std::FILE* in = std::fopen(words[1], "rb");
  std::FILE* out = std::fopen(words[6], "wb");
  if (in == nullptr || out == nullptr || std::fread(rgb.data(), 1, rgb.size(), in) != rgb.size()) {
    return 1;
  }
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpegli_std_error(&errors);
  jpegli_create_compress(&info);
  jpegli_stdio_dest(&info, out);
  info.image_width = width;
  info.image_height = height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpegli_set_defaults(&info);
  // jpegli's own distance scale, as cjpegli takes it:.
  jpegli_set_distance(&info, jpegli_quality_to_distance(static_cast<int>(std::strtod(words[4], nullptr))), TRUE);
  info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = std::string(words[5]) == "420" ? 2 : 1;
  jpegli_set_progressive_level(&info, 2);
  jpegli_start_compress(&info, TRUE);
  while (info.next_scanline < height) {
    JSAMPROW row = rgb.data() + std::size_t{3} * width * info.next_scanline;
    jpegli_write_scanlines(&info, &row, 1);
  }
  jpegli_finish_compress(&info);
  jpegli_destroy_compress(&info);
  std::fclose(in);
  return std::fclose(out) == 0 ? 0 : 1;
}
