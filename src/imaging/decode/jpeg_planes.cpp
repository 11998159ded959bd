#include "imaging/decode/jpeg_planes.hpp"

#include <algorithm>

#include "imaging/decode/jpeg_decompression.hpp"

namespace pictor::imaging {
namespace {

// Before each row, for the column left of the first; behind it kernels read whole vectors.
constexpr std::size_t kMargin = 64;
constexpr int kPairsOfBlocks = DCTSIZE;
constexpr std::uint8_t kMissing = 128;

}  // namespace

std::uint8_t* JpegPlanes::Plane::row(int index) {
  return bytes.data() + static_cast<std::size_t>(index % (2 * rows)) * stride + kMargin;
}

bool JpegPlanes::has(const JpegDecompression& job) {
  const jpeg_component_info* parts = job.info.comp_info;
  return job.info.jpeg_color_space == JCS_YCbCr && job.info.num_components == 3 && parts[0].h_samp_factor == 2 &&
         parts[0].v_samp_factor == 2 && parts[1].h_samp_factor == 1 && parts[1].v_samp_factor == 1 &&
         parts[2].h_samp_factor == 1 && parts[2].v_samp_factor == 1;
}

Result<std::unique_ptr<JpegPlanes>> JpegPlanes::start(std::unique_ptr<JpegDecompression> job) {
  if (!job->start(false, true)) {
    return fail(unreadable_jpeg(*job));
  }
  return std::unique_ptr<JpegPlanes>(new JpegPlanes(std::move(job)));
}

JpegPlanes::JpegPlanes(std::unique_ptr<JpegDecompression> job)
    : job_(std::move(job)),
      width_(static_cast<int>(job_->info.output_width)),
      height_(static_cast<int>(job_->info.output_height)) {
  for (std::size_t at = 0; at < planes_.size(); ++at) {
    Plane& plane = planes_[at];
    plane.rows = at == 0 ? 2 * DCTSIZE : DCTSIZE;
    plane.stride = static_cast<std::size_t>(job_->info.comp_info[at].width_in_blocks) * DCTSIZE + 2 * kMargin;
    plane.bytes.resize(2 * static_cast<std::size_t>(plane.rows) * plane.stride, kMissing);
  }
}
JpegPlanes::~JpegPlanes() = default;

bool JpegPlanes::damaged() const { return job_->damaged || broken_; }

/// False: nothing was read yet, and nothing can be.
bool JpegPlanes::read_blocks() {
  std::array<std::array<JSAMPROW, 2 * DCTSIZE>, 3> rows{};
  std::array<JSAMPARRAY, 3> places{};
  for (std::size_t at = 0; at < planes_.size(); ++at) {
    Plane& plane = planes_[at];
    for (int row = 0; row < plane.rows; ++row) {
      rows[at][static_cast<std::size_t>(row)] = plane.row(block_rows_ * plane.rows + row);
    }
    places[at] = rows[at].data();
  }
  if (!broken_ && !job_->read_planes(places)) {
    if (block_rows_ == 0) {
      return false;
    }
    broken_ = true;
  }
  const auto chroma_width = (static_cast<std::size_t>(width_) + 1) / 2;
  for (std::size_t at = 0; at < planes_.size(); ++at) {
    for (int row = 0; row < planes_[at].rows; ++row) {
      std::uint8_t* samples = rows[at][static_cast<std::size_t>(row)];
      if (broken_) {
        std::fill_n(samples, planes_[at].stride - 2 * kMargin, kMissing);
      }
      if (at > 0) {
        samples[-1] = samples[0];
        samples[chroma_width] = samples[chroma_width - 1];
      }
    }
  }
  ++block_rows_;
  return true;
}

const std::uint8_t* JpegPlanes::chroma(std::size_t plane, int row) {
  return planes_[plane].row(std::clamp(row, 0, (height_ + 1) / 2 - 1));
}

Result<resample::Ycc420Pair> JpegPlanes::next_pair() {
  const int pair = pair_++;
  // The chroma row below may be the first of the next row of blocks.
  const int below = std::min(pair + 1, (height_ + 1) / 2 - 1);
  while (block_rows_ <= below / kPairsOfBlocks) {
    if (!read_blocks()) {
      return fail(unreadable_jpeg(*job_));
    }
  }
  resample::Ycc420Pair rows;
  rows.even = planes_[0].row(2 * pair);
  rows.odd = planes_[0].row(2 * pair + 1);
  for (int offset = 0; offset < 3; ++offset) {
    rows.blue[offset] = chroma(1, pair - 1 + offset);
    rows.red[offset] = chroma(2, pair - 1 + offset);
  }
  return rows;
}

}  // namespace pictor::imaging
