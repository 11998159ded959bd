#pragma once

#include <memory>

#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// SSIMULACRA2 (Sneyers, Cloudinary; version 2.1): how much of a picture survived. 100: no difference; 90: none to be
/// seen side by side; 70: high quality; 50: medium; below 0: very bad. Twelve times faster than the reference when many
/// candidates are compared with one source: the source's side is made once and kept.
///
/// Alpha: the lower of the scores on black and on white ground. Animations: the first frame. Grey counts as RGB; depths
/// and bands of the two may differ. Pictures under 8 px a side are continued to 8 by their last row and column.
/// Keeps 20 bytes a pixel of the source up to 5 megapixels and 6.7 above (81 MB for 12), twice that where it has
/// transparent pixels; a score needs about 2 KB for each px of the width while it runs.
/// Thread-safe after construction.
class Ssimulacra2 {
 public:
  /// @param source  the picture before encoding, 8 or 16 bits, at least 1 × 1 px; its profile is not looked at
  explicit Ssimulacra2(const Pixels& source);
  ~Ssimulacra2();
  Ssimulacra2(Ssimulacra2&&) noexcept;
  Ssimulacra2& operator=(Ssimulacra2&&) noexcept;
  Ssimulacra2(const Ssimulacra2&) = delete;
  Ssimulacra2& operator=(const Ssimulacra2&) = delete;

  /// The published number: within 0.05 of the reference implementation (rounding included: 0.001 on the same kind of
  /// processor). @param shown  of the source's size; any other is worth minus infinity
  [[nodiscard]] double score(const Pixels& shown) const;
  /// The same in two thirds of the time: of the first scale it looks at a quarter of the rows (all where there are few).
  /// To steer by; confirm what it finds by score().
  [[nodiscard]] double probe(const Pixels& shown) const;

 private:
  struct Source;
  std::unique_ptr<const Source> source_;
};

}  // namespace pictor::imaging
