#include "imaging/decode/jpeg_rows.hpp"

#include <algorithm>
#include <string_view>

#include "imaging/decode/jpeg_decompression.hpp"
#include "imaging/decode/jpeg_planes.hpp"
#include "imaging/probe/icc_description.hpp"

namespace pictor::imaging {
namespace {

// A result that is this much smaller is made from half the picture: still twice its size.
constexpr double kHalfFrom = 4;
constexpr std::uint8_t kMissing = 128;

bool is_srgb(std::string_view profile) { return profile.find("sRGB") != std::string_view::npos; }
bool has_srgb_curve(std::string_view profile) { return is_srgb(profile) || profile.starts_with("Display P3"); }

Error not_this_way(const char* what) {
  return {ErrorCode::kUnsupportedMediaType, "This kind of JPEG is not supported here.", what};
}

/// The header read and found to be of our kinds.
Result<std::unique_ptr<JpegDecompression>> opened(std::span<const std::uint8_t> file) {
  auto job = std::make_unique<JpegDecompression>(file);
  if (!job->read_header()) {
    return fail(unreadable_jpeg(*job));
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
  return job;
}

}  // namespace

JpegRows::JpegRows(std::unique_ptr<JpegDecompression> job) : job_(std::move(job)) {
  row_.resize(static_cast<std::size_t>(job_->info.output_width) *
              static_cast<std::size_t>(job_->info.output_components));
}
JpegRows::~JpegRows() = default;

Result<std::unique_ptr<JpegRows>> JpegRows::open(std::span<const std::uint8_t> file, bool half) {
  auto job = opened(file);
  if (!job) {
    return fail(job.error());
  }
  return start(std::move(*job), half);
}

Result<std::unique_ptr<JpegRows>> JpegRows::start(std::unique_ptr<JpegDecompression> job, bool half) {
  if (!job->start(half, false)) {
    return fail(unreadable_jpeg(*job));
  }
  return std::unique_ptr<JpegRows>(new JpegRows(std::move(job)));
}

int JpegRows::width() const { return static_cast<int>(job_->info.output_width); }
int JpegRows::height() const { return static_cast<int>(job_->info.output_height); }
int JpegRows::bands() const { return job_->info.output_components; }
bool JpegRows::damaged() const { return job_->damaged || broken_; }
const std::vector<std::uint8_t>& JpegRows::icc() const { return job_->icc; }

Result<std::span<const std::uint8_t>> JpegRows::next_row() {
  if (!broken_ && !job_->read_row(row_.data())) {
    if (job_->info.output_scanline == 0) {
      return fail(unreadable_jpeg(*job_));
    }
    broken_ = true;
    std::ranges::fill(row_, kMissing);
  }
  return std::span<const std::uint8_t>(row_);
}

bool eligible_for_rows(const domain::ImageInfo& info, bool keep_profile) {
  const std::string& profile = info.icc_profile;
  return info.format == domain::ImageFormat::kJpeg && info.bit_depth == 8 && info.frames == 1 &&
         (info.colour_space == "srgb" || info.colour_space == "grey") &&
         (profile.empty() || is_srgb(profile) || (keep_profile && has_srgb_curve(profile)));
}

Result<ResizedJpeg> resize_jpeg(std::span<const std::uint8_t> file, const resample::Box& box, int width, int height,
                                bool keep_profile, bool quick) {
  auto job = opened(file);
  if (!job) {
    return fail(job.error());
  }
  std::vector<std::uint8_t> icc = (*job)->icc;
  const std::string profile = icc_description(icc);
  if (!icc.empty() && !is_srgb(profile) && !(keep_profile && has_srgb_curve(profile))) {
    return fail(not_this_way("a profile of another curve"));
  }
  const bool half = quick && box.width >= kHalfFrom * width && box.height >= kHalfFrom * height;
  const bool same_size = box.width == width && box.height == height;
  bool damaged = false;
  const auto resized = [&]() -> Result<Pixels> {
    if (!half && !same_size && JpegPlanes::has(**job) && resample::takes_ycc420(box, width, height)) {
      auto planes = JpegPlanes::start(std::move(*job));
      auto result = planes ? resample::resize(**planes, box, width, height) : fail(planes.error());
      damaged = planes && (*planes)->damaged();
      return result;
    }
    auto rows = JpegRows::start(std::move(*job), half);
    const double scale = half ? 0.5 : 1;
    const resample::Box part{box.x * scale, box.y * scale, box.width * scale, box.height * scale};
    auto result = rows ? resample::resize(**rows, part, width, height) : fail(rows.error());
    damaged = rows && (*rows)->damaged();
    return result;
  };
  auto pixels = resized();
  if (!pixels) {
    return fail(pixels.error());
  }
  if (!is_srgb(profile)) {
    pixels->icc = std::move(icc);
  }
  return ResizedJpeg{std::move(*pixels), damaged};
}

}  // namespace pictor::imaging
