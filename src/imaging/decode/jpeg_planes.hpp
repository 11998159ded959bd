#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "imaging/resample/resample.hpp"

namespace pictor::imaging {

struct JpegDecompression;

/// A 4:2:0 JPEG's luma and chroma as they are in the file, two rows at a time: a third quicker than RGB rows. Keeps two
/// rows of its blocks. Damaged files as JpegRows has it.
class JpegPlanes final : public resample::Ycc420Source {
 public:
  /// Whether it is luma and chroma, chroma halved both ways. @param job  its header was read
  [[nodiscard]] static bool has(const JpegDecompression& job);
  /// Only where `has`. @error kImageUnreadable
  [[nodiscard]] static Result<std::unique_ptr<JpegPlanes>> start(std::unique_ptr<JpegDecompression> job);
  ~JpegPlanes() override;

  [[nodiscard]] int width() const override { return width_; }
  [[nodiscard]] int height() const override { return height_; }
  /// @error kImageUnreadable  before the first pair only
  [[nodiscard]] Result<resample::Ycc420Pair> next_pair() override;

  /// Something was wrong with what was read so far.
  [[nodiscard]] bool damaged() const;

 private:
  /// Rows of one component, of two rows of blocks.
  struct Plane {
    int rows = 0;  ///< in one row of blocks
    std::size_t stride = 0;
    std::vector<std::uint8_t> bytes;
    [[nodiscard]] std::uint8_t* row(int index);
  };

  explicit JpegPlanes(std::unique_ptr<JpegDecompression> job);
  bool read_blocks();
  [[nodiscard]] const std::uint8_t* chroma(std::size_t plane, int row);

  std::unique_ptr<JpegDecompression> job_;
  int width_;
  int height_;
  std::array<Plane, 3> planes_;
  int block_rows_ = 0;  ///< that were read
  int pair_ = 0;
  bool broken_ = false;
};

}  // namespace pictor::imaging
