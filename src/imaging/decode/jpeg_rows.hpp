#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "domain/image_info.hpp"
#include "imaging/pixels.hpp"
#include "imaging/resample/resample.hpp"

namespace pictor::imaging {

struct JpegDecompression;

/// Whether a picture can go the quick way, `resize_jpeg`: an 8-bit JPEG, colour or grey (not CMYK), whose numbers mean
/// sRGB or Display P3, of which the latter's profile must be kept. A profile of another curve would be resized in the
/// wrong light.
/// @param keep_profile  the result may have the source's profile; else it is to be sRGB
[[nodiscard]] bool eligible_for_rows(const domain::ImageInfo& info, bool keep_profile);

/// A JPEG's rows by libjpeg-turbo, as browsers show it (smooth chroma, exact DCT), one after the other: sequential
/// files need a few hundred kB, progressive ones their coefficients (3 bytes a px at 4:2:0). As stored: not turned.
/// Damaged files are shown as far as they go; what is missing is grey.
class JpegRows final : public resample::RowSource {
 public:
  /// @param file  must outlive it
  /// @param half  decodes to half the size each way (rounded up), at about 60 % of the time
  /// @error kImageUnreadable      no picture can be had of it
  /// @error kUnsupportedMediaType  CMYK or YCCK, 12 bits, arithmetic or lossless coding: go the general way
  [[nodiscard]] static Result<std::unique_ptr<JpegRows>> open(std::span<const std::uint8_t> file, bool half);
  ~JpegRows() override;

  [[nodiscard]] int width() const override;
  [[nodiscard]] int height() const override;
  [[nodiscard]] int bands() const override;  ///< 1 or 3
  [[nodiscard]] int bits() const override { return 8; }
  /// @error kImageUnreadable  before the first row only; a progressive file with more than 200 scans is one
  [[nodiscard]] Result<std::span<const std::uint8_t>> next_row() override;

  /// Something was wrong with what was read so far.
  [[nodiscard]] bool damaged() const;
  /// The file's ICC profile; empty when it has none, or a broken one.
  [[nodiscard]] const std::vector<std::uint8_t>& icc() const;

  /// The same once its header was read and accepted.
  [[nodiscard]] static Result<std::unique_ptr<JpegRows>> start(std::unique_ptr<JpegDecompression> job, bool half);

 private:
  explicit JpegRows(std::unique_ptr<JpegDecompression> job);
  std::unique_ptr<JpegDecompression> job_;
  std::vector<std::uint8_t> row_;
  bool broken_ = false;  ///< no further row can be had
};

struct ResizedJpeg {
  Pixels pixels;         ///< as stored, not turned; the profile of the file, but none when it is sRGB's
  bool damaged = false;  ///< part of the picture is missing
};

/// Decodes and resizes in one go, in a few megabytes.
/// @param box  px of the picture as stored (see `resample::stored_box`; `resample::turned` for the result)
/// @param keep_profile  as in `eligible_for_rows`
/// @param quick  decodes at half size where the result is a quarter of the box or less in both directions: 12
///               megapixels → 500 px a third quicker, and 0.2 to 2.9 SSIMULACRA2 lower against the exact resize (0.7
///               in the median), since what it averages is not light. For previews
/// @error kUnsupportedMediaType  not eligible after all: go the general way
/// @error those of JpegRows and resample::resize
[[nodiscard]] Result<ResizedJpeg> resize_jpeg(std::span<const std::uint8_t> file, const resample::Box& box, int width,
                                              int height, bool keep_profile, bool quick = false);

}  // namespace pictor::imaging
