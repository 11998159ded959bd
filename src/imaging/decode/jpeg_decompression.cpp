#include "imaging/decode/jpeg_decompression.hpp"

#include <cstdlib>
#include <string>
// jpeglib.h must come first.
#include <jerror.h>

namespace pictor::imaging {
namespace {

// Encoders write about ten; a file of thousands is written to keep a processor busy.
constexpr int kMostScans = 200;

}  // namespace

JpegDecompression::JpegDecompression(std::span<const std::uint8_t> bytes) : file(bytes) {
  info.err = jpeg_std_error(&errors);
  errors.error_exit = [](j_common_ptr common) {
    auto* self = static_cast<JpegDecompression*>(common->client_data);
    common->err->format_message(common, self->message.data());
    std::longjmp(self->escape, 1);  // NOLINT(modernize-avoid-setjmp-longjmp): the library's way
  };
  errors.emit_message = [](j_common_ptr common, int level) {
    // Bytes between segments and odd version numbers do no harm to the picture.
    const int code = common->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM &&
        code != JWRN_BOGUS_ICC) {
      static_cast<JpegDecompression*>(common->client_data)->damaged = true;
    }
  };
  errors.output_message = [](j_common_ptr) {};
  progress.progress_monitor = [](j_common_ptr common) {
    auto* self = static_cast<JpegDecompression*>(common->client_data);
    if (self->info.input_scan_number > kMostScans) {
      ERREXIT(common, JERR_BAD_PROGRESSION);
    }
  };
  info.client_data = this;
}

JpegDecompression::~JpegDecompression() {
  jpeg_destroy_decompress(&info);
  std::free(profile);  // NOLINT: the library's malloc
}

bool JpegDecompression::read_header() {
  if (setjmp(escape) != 0) {  // NOLINT(modernize-avoid-setjmp-longjmp, cert-err52-cpp)
    return false;
  }
  jpeg_create_decompress(&info);
  info.client_data = this;
  info.progress = &progress;
  jpeg_mem_src(&info, file.data(), file.size());
  jpeg_save_markers(&info, JPEG_APP0 + 2, 0xFFFF);
  jpeg_read_header(&info, TRUE);
  jpeg_read_icc_profile(&info, &profile, &profile_size);
  return true;
}

bool JpegDecompression::start(bool half, bool planes) {
  if (setjmp(escape) != 0) {  // NOLINT(modernize-avoid-setjmp-longjmp, cert-err52-cpp)
    return false;
  }
  info.out_color_space = info.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
  if (planes) {
    info.out_color_space = info.jpeg_color_space;
    info.raw_data_out = TRUE;
  }
  info.dct_method = JDCT_ISLOW;
  info.do_fancy_upsampling = TRUE;
  info.scale_num = 1;
  info.scale_denom = half ? 2 : 1;
  jpeg_start_decompress(&info);
  return true;
}

bool JpegDecompression::read_row(std::uint8_t* row) {
  if (setjmp(escape) != 0) {  // NOLINT(modernize-avoid-setjmp-longjmp, cert-err52-cpp)
    return false;
  }
  return jpeg_read_scanlines(&info, &row, 1) == 1;
}

bool JpegDecompression::read_planes(std::array<JSAMPARRAY, 3>& places) {
  if (setjmp(escape) != 0) {  // NOLINT(modernize-avoid-setjmp-longjmp, cert-err52-cpp)
    return false;
  }
  return jpeg_read_raw_data(&info, places.data(), 2 * DCTSIZE) != 0;
}

Error unreadable_jpeg(const JpegDecompression& job) {
  return {ErrorCode::kImageUnreadable, "The picture is damaged and can't be shown.",
          std::string("libjpeg: ") + job.message.data()};
}

}  // namespace pictor::imaging
