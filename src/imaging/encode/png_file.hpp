#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "imaging/encode/png_form.hpp"

namespace pictor::imaging {

/// Chunks of a PNG file (3rd edition, 5.3), in order, with lengths and checksums.
class PngWriter {
 public:
  PngWriter();
  /// @param type  four letters
  void chunk(std::string_view type, std::span<const std::uint8_t> payload);
  void header(int width, int height, const PngForm& form);
  /// PLTE and tRNS, as far as the form has them.
  void colours(const PngForm& form);
  /// iCCP, deflated.
  void profile(std::span<const std::uint8_t> icc);
  /// IDAT, in as many chunks as the format needs, and IEND.
  void end(std::span<const std::uint8_t> zlib_stream);
  [[nodiscard]] std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// One chunk as it stands in a file.
struct PngChunk {
  std::string_view type;
  std::span<const std::uint8_t> payload;
};

/// Chunks of a whole file up to IEND; nothing when it isn't one. Checksums are not looked at.
[[nodiscard]] std::vector<PngChunk> png_chunks(std::span<const std::uint8_t> file);

}  // namespace pictor::imaging
