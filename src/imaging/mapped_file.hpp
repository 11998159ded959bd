#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"

namespace pictor::imaging {

/// A whole file in memory, read-only, by mmap. Files are blobs and never change while they are read.
class MappedFile {
 public:
  /// @error kUnsupportedMediaType  nothing in it, kInternal
  static Result<MappedFile> map(int file);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::span<const std::uint8_t> bytes_;
};

/// Writes all of it at the descriptor's position. @error kInternal
[[nodiscard]] Result<void> write_all(int file, std::span<const std::uint8_t> bytes);

}  // namespace pictor::imaging
