#include "imaging/decode/jpeg_rows.hpp"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>
// jpeglib.h must come first.
#include <jerror.h>

#include "imaging/probe/icc_description.hpp"

namespace pictor::imaging {
namespace {

// Encoders write about ten; a file of thousands is written to keep a processor busy.
constexpr int kMostScans = 200;
// A result that is this much smaller is made from half the picture: still twice its size.
constexpr double kHalfFrom = 4;
constexpr std::uint8_t kMissing = 128;

bool is_srgb(std::string_view profile) { return profile.find("sRGB") != std::string_view::npos; }
bool has_srgb_curve(std::string_view profile) { return is_srgb(profile) || profile.starts_with("Display P3"); }

Error unreadable(const char* reason) {
  return {ErrorCode::kImageUnreadable, "The picture is damaged and can't be shown.", std::string("libjpeg: ") + reason};
}
Error not_this_way(const char* what) {
  return {ErrorCode::kUnsupportedMediaType, "This kind of JPEG is not supported here.", what};
}

}  // namespace

/// Owns all that the library allocates. Its functions may be left by longjmp, so that none has an object with a
/// destructor while the library runs.
struct JpegRows::Decompression {
  explicit Decompression(std::span<const std::uint8_t> bytes) : file(bytes) {
    info.err = jpeg_std_error(&errors);
    errors.error_exit = [](j_common_ptr common) {
      auto* self = static_cast<Decompression*>(common->client_data);
      common->err->format_message(common, self->message.data());
      std::longjmp(self->escape, 1);  // NOLINT(modernize-avoid-setjmp-longjmp): the library's way
    };
    errors.emit_message = [](j_common_ptr common, int level) {
      // Bytes between segments and odd version numbers do no harm to the picture.
      const int code = common->err->msg_code;
      if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM &&
          code != JWRN_BOGUS_ICC) {
        static_cast<Decompression*>(common->client_data)->damaged = true;
      }
    };
    errors.output_message = [](j_common_ptr) {};
    progress.progress_monitor = [](j_common_ptr common) {
      auto* self = static_cast<Decompression*>(common->client_data);
      if (self->info.input_scan_number > kMostScans) {
        ERREXIT(common, JERR_BAD_PROGRESSION);
      }
    };
    info.client_data = this;
  }
  Decompression(const Decompression&) = delete;
  Decompression& operator=(const Decompression&) = delete;
  ~Decompression() {
    jpeg_destroy_decompress(&info);
    std::free(profile);  // NOLINT: the library's malloc
  }

  bool read_header();
  bool start(bool half);
  bool read_row();

  std::span<const std::uint8_t> file;
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf escape{};
  std::array<char, JMSG_LENGTH_MAX> message{};
  JOCTET* profile = nullptr;
  unsigned int profile_size = 0;
  bool damaged = false;
  bool broken = false;  ///< no further row can be had
  std::vector<std::uint8_t> icc;
  std::vector<std::uint8_t> row;
};

bool JpegRows::Decompression::read_header() {
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

bool JpegRows::Decompression::start(bool half) {
  if (setjmp(escape) != 0) {  // NOLINT(modernize-avoid-setjmp-longjmp, cert-err52-cpp)
    return false;
  }
  info.out_color_space = info.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  info.do_fancy_upsampling = TRUE;
  info.scale_num = 1;
  info.scale_denom = half ? 2 : 1;
  jpeg_start_decompress(&info);
  return true;
}

bool JpegRows::Decompression::read_row() {
  if (setjmp(escape) != 0) {  // NOLINT(modernize-avoid-setjmp-longjmp, cert-err52-cpp)
    return false;
  }
  JSAMPROW place = row.data();
  return jpeg_read_scanlines(&info, &place, 1) == 1;
}

JpegRows::JpegRows(std::unique_ptr<Decompression> job) : job_(std::move(job)) {}
JpegRows::~JpegRows() = default;

Result<std::unique_ptr<JpegRows>> JpegRows::open(std::span<const std::uint8_t> file, bool half) {
  auto job = std::make_unique<Decompression>(file);
  if (!job->read_header()) {
    return fail(unreadable(job->message.data()));
  }
  const J_COLOR_SPACE space = job->info.jpeg_color_space;
  if (space != JCS_GRAYSCALE && space != JCS_YCbCr && space != JCS_RGB) {
    return fail(not_this_way("neither grey nor three colours"));
  }
  if (job->info.data_precision != 8 || job->info.arith_code != FALSE) {
    return fail(not_this_way("precision or coding"));
  }
  if (job->profile != nullptr) {
    job->icc.assign(job->profile, job->profile + job->profile_size);
  }
  if (!job->start(half)) {
    return fail(unreadable(job->message.data()));
  }
  job->row.resize(static_cast<std::size_t>(job->info.output_width) *
                  static_cast<std::size_t>(job->info.output_components));
  return std::unique_ptr<JpegRows>(new JpegRows(std::move(job)));
}

int JpegRows::width() const { return static_cast<int>(job_->info.output_width); }
int JpegRows::height() const { return static_cast<int>(job_->info.output_height); }
int JpegRows::bands() const { return job_->info.output_components; }
bool JpegRows::damaged() const { return job_->damaged || job_->broken; }
const std::vector<std::uint8_t>& JpegRows::icc() const { return job_->icc; }

Result<std::span<const std::uint8_t>> JpegRows::next_row() {
  if (!job_->broken && !job_->read_row()) {
    if (job_->info.output_scanline == 0) {
      return fail(unreadable(job_->message.data()));
    }
    job_->broken = true;
    std::ranges::fill(job_->row, kMissing);
  }
  return std::span<const std::uint8_t>(job_->row);
}

bool eligible_for_rows(const domain::ImageInfo& info, bool keep_profile) {
  const std::string& profile = info.icc_profile;
  return info.format == domain::ImageFormat::kJpeg && info.bit_depth == 8 && info.frames == 1 &&
         (info.colour_space == "srgb" || info.colour_space == "grey") &&
         (profile.empty() || is_srgb(profile) || (keep_profile && has_srgb_curve(profile)));
}

Result<ResizedJpeg> resize_jpeg(std::span<const std::uint8_t> file, const resample::Box& box, int width, int height,
                                bool keep_profile) {
  const bool half = box.width >= kHalfFrom * width && box.height >= kHalfFrom * height;
  auto rows = JpegRows::open(file, half);
  if (!rows) {
    return fail(rows.error());
  }
  JpegRows& source = **rows;
  const std::string profile = icc_description(source.icc());
  if (!source.icc().empty() && !is_srgb(profile) && !(keep_profile && has_srgb_curve(profile))) {
    return fail(not_this_way("a profile of another curve"));
  }
  const double scale = half ? 0.5 : 1;
  auto pixels =
      resample::resize(source, {box.x * scale, box.y * scale, box.width * scale, box.height * scale}, width, height);
  if (!pixels) {
    return fail(pixels.error());
  }
  if (!is_srgb(profile)) {
    pixels->icc = source.icc();
  }
  return ResizedJpeg{std::move(*pixels), source.damaged()};
}

}  // namespace pictor::imaging
