#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pictor::imaging {

/// Colours as numbers 0..255, by a table that is asked for each pixel. Colours are 0xAABBGGRR.
class PaletteIndex {
 public:
  PaletteIndex();
  explicit PaletteIndex(std::span<const std::uint32_t> palette);

  /// The colour's number, or -1.
  [[nodiscard]] int find(std::uint32_t colour) const;
  /// Each pixel's number; all must be known.
  void find(std::span<const std::uint32_t> row, std::span<std::uint8_t> numbers) const;
  /// Gives a new colour the next number. The caller keeps it to 256.
  void add(std::uint32_t colour);

 private:
  static constexpr std::size_t kSlots = 1024;
  [[nodiscard]] std::size_t slot_of(std::uint32_t colour) const;
  std::array<std::uint32_t, kSlots> colours_{};
  std::array<std::int16_t, kSlots> numbers_{};
  std::int16_t next_ = 0;
};

/// Which colours there are and how many pixels have each, up to 256 of them, in the order of their first pixel.
class ColourCount {
 public:
  /// False when these pixels bring the 257th colour.
  [[nodiscard]] bool add(std::span<const std::uint32_t> row);
  [[nodiscard]] const std::vector<std::uint32_t>& colours() const { return colours_; }
  [[nodiscard]] const std::vector<std::uint64_t>& counts() const { return counts_; }
  [[nodiscard]] const PaletteIndex& index() const { return index_; }

 private:
  PaletteIndex index_;
  std::vector<std::uint32_t> colours_;
  std::vector<std::uint64_t> counts_;
};

/// How often two colours lie side by side or one above the other.
class Neighbours {
 public:
  explicit Neighbours(const ColourCount& colours);
  /// @param above  the row before; empty for the first
  void add(std::span<const std::uint32_t> row, std::span<const std::uint32_t> above);
  [[nodiscard]] std::uint64_t between(std::size_t a, std::size_t b) const;

 private:
  const ColourCount& colours_;
  std::size_t size_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint8_t> numbers_;
  std::vector<std::uint8_t> numbers_above_;
};

/// Orders worth a try: by luma (transparent ones first), by popularity, and with `neighbours` so that colours which
/// meet in the picture lie near each other. `effort` 0 gives the first alone.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> palette_orders(const ColourCount& colours,
                                                                     const Neighbours* neighbours, int effort);

}  // namespace pictor::imaging
