#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "imaging/pixels.hpp"
#include "imaging/resample/kernels.hpp"

namespace pictor::imaging::resample {

/// Rows of a picture from the top, one after the other, so that no more than a few need to be in memory.
class RowSource {
 public:
  RowSource() = default;
  RowSource(const RowSource&) = delete;
  RowSource& operator=(const RowSource&) = delete;
  virtual ~RowSource() = default;

  [[nodiscard]] virtual int width() const = 0;   ///< px
  [[nodiscard]] virtual int height() const = 0;  ///< px
  [[nodiscard]] virtual int bands() const = 0;   ///< as in Pixels
  [[nodiscard]] virtual int bits() const = 0;    ///< as in Pixels
  /// The next row, as in Pixels, valid until the next call. Asked at most `height()` times.
  /// @error whatever the source has to say; the resampler hands it on
  [[nodiscard]] virtual Result<std::span<const std::uint8_t>> next_row() = 0;
};

/// The rows of pixels that are in memory already (first frame). They must outlive it.
class PixelRows final : public RowSource {
 public:
  explicit PixelRows(const Pixels& pixels) : pixels_(pixels) {}
  [[nodiscard]] int width() const override { return pixels_.width; }
  [[nodiscard]] int height() const override { return pixels_.height; }
  [[nodiscard]] int bands() const override { return pixels_.bands; }
  [[nodiscard]] int bits() const override { return pixels_.bits; }
  [[nodiscard]] Result<std::span<const std::uint8_t>> next_row() override;

 private:
  const Pixels& pixels_;
  std::size_t row_ = 0;
};

/// Two rows at a time of a picture in luma and chroma (JFIF) with chroma halved both ways.
class Ycc420Source {
 public:
  Ycc420Source() = default;
  Ycc420Source(const Ycc420Source&) = delete;
  Ycc420Source& operator=(const Ycc420Source&) = delete;
  virtual ~Ycc420Source() = default;

  [[nodiscard]] virtual int width() const = 0;
  [[nodiscard]] virtual int height() const = 0;
  /// The next two rows; of an odd height the last pair's second row may be anything readable. Valid until the next
  /// call. Every row must be readable for 64 samples past its end.
  [[nodiscard]] virtual Result<Ycc420Pair> next_pair() = 0;
};

/// Part of the source, px; fractions are right to a thousandth of a pixel and better.
struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

/// Resizes what lies in the box to width × height: Lanczos3 in linear light (the samples are taken as sRGB's; Display
/// P3 has the same curve), alpha premultiplied meanwhile. Pixels outside of the box have no part in it; its edge is
/// extended. Flat colour stays what it was, and a size that does not change gives the very bytes. The result has the
/// source's bands and bits, one frame and no profile.
///
/// Memory: the result and a window of about 6 × (source rows a result row) rows as 16-bit samples, at ratios over 16
/// or with alpha or 16 bits 7 rows of floats. Rows below the box are not asked for. Thread-safe for distinct sources.
/// @error kInvalidField  the box has no whole pixel inside of the picture, or a size is below 1
/// @error those of the source
[[nodiscard]] Result<Pixels> resize(RowSource& source, const Box& box, int width, int height);

/// Whether `resize` takes halved chroma for this: the ratio is at most 16 in both directions.
[[nodiscard]] bool takes_ycc420(const Box& box, int width, int height);

/// The same for halved chroma, only where `takes_ycc420`; RGB, 8 bits. Never a copy: chroma is interpolated.
[[nodiscard]] Result<Pixels> resize(Ycc420Source& source, const Box& box, int width, int height);

}  // namespace pictor::imaging::resample
