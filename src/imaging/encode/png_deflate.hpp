#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

struct libdeflate_compressor;

namespace pictor::imaging {

/// Deflates again and again at one level with one set of buffers. Not thread-safe.
class TrialDeflater {
 public:
  /// @param level  libdeflate's, 1..12
  explicit TrialDeflater(int level);
  ~TrialDeflater();
  TrialDeflater(const TrialDeflater&) = delete;
  TrialDeflater& operator=(const TrialDeflater&) = delete;

  /// Bytes that `input` becomes.
  [[nodiscard]] std::size_t size_of(std::span<const std::uint8_t> input);

 private:
  libdeflate_compressor* compressor_;
  std::vector<std::uint8_t> output_;
};

/// A zlib stream (RFC 1950) by libdeflate. @param level 1..12
[[nodiscard]] std::vector<std::uint8_t> zlib_of(std::span<const std::uint8_t> input, int level);

/// A zlib stream by Zopfli: smaller by 1 to 4 %, and about 80 times slower.
[[nodiscard]] std::vector<std::uint8_t> zlib_by_zopfli(std::span<const std::uint8_t> input, int iterations);

}  // namespace pictor::imaging
