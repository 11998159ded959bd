#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>
#include <memory>

#include "imaging/encode/jpeg_codec.hpp"

namespace pictor::imaging {
namespace {

/// Owns all that the library allocates, outside of the function that it may leave by longjmp.
struct Decompression {
  Decompression() {
    info.err = jpeg_std_error(&errors);
    errors.error_exit = [](j_common_ptr common) {
      auto* self = static_cast<Decompression*>(common->client_data);
      common->err->format_message(common, self->message.data());
      std::longjmp(self->escape, 1);  // NOLINT(modernize-avoid-setjmp-longjmp): the library's way
    };
    errors.output_message = [](j_common_ptr) {};
    info.client_data = this;
  }
  Decompression(const Decompression&) = delete;
  Decompression& operator=(const Decompression&) = delete;
  ~Decompression() {
    jpeg_destroy_decompress(&info);
    std::free(icc);  // NOLINT: the library's malloc
  }

  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  std::jmp_buf escape{};
  std::array<char, JMSG_LENGTH_MAX> message{};
  JOCTET* icc = nullptr;
  unsigned int icc_size = 0;
  Pixels pixels;
};

/// False: the library gave up, `job.message` says why. No object with a destructor may live here.
bool decompress(Decompression& job, std::span<const std::uint8_t> file) {
  if (setjmp(job.escape) != 0) {  // NOLINT(modernize-avoid-setjmp-longjmp, cert-err52-cpp)
    return false;
  }
  jpeg_decompress_struct& info = job.info;
  jpeg_create_decompress(&info);
  info.client_data = &job;
  jpeg_mem_src(&info, file.data(), file.size());
  jpeg_save_markers(&info, JPEG_APP0 + 2, 0xFFFF);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = info.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  info.do_fancy_upsampling = TRUE;
  jpeg_start_decompress(&info);
  job.pixels.width = static_cast<int>(info.output_width);
  job.pixels.height = static_cast<int>(info.output_height);
  job.pixels.bands = info.output_components;
  job.pixels.bytes.resize(job.pixels.frame_bytes());
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = job.pixels.bytes.data() + info.output_scanline * job.pixels.row_bytes();
    jpeg_read_scanlines(&info, &row, 1);
  }
  if (jpeg_read_icc_profile(&info, &job.icc, &job.icc_size) != FALSE) {
    job.pixels.icc.assign(job.icc, job.icc + job.icc_size);
  }
  jpeg_finish_decompress(&info);
  return true;
}

}  // namespace

Result<Pixels> decode_jpeg(std::span<const std::uint8_t> file) {
  const auto job = std::make_unique<Decompression>();
  if (!decompress(*job, file)) {
    return fail({ErrorCode::kImageUnreadable, "The picture is damaged and can't be shown.",
                 std::string("libjpeg: ") + job->message.data()});
  }
  return std::move(job->pixels);
}

}  // namespace pictor::imaging
