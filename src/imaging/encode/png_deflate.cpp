#include "imaging/encode/png_deflate.hpp"

#include <cstdlib>
#include <libdeflate.h>
#include <memory>
#include <new>
#include <zopfli/zlib_container.h>

namespace pictor::imaging {
namespace {

libdeflate_compressor* compressor_of(int level) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(level);
  if (compressor == nullptr) {
    throw std::bad_alloc();
  }
  return compressor;
}

}  // namespace

TrialDeflater::TrialDeflater(int level) : compressor_(compressor_of(level)) {}

TrialDeflater::~TrialDeflater() { libdeflate_free_compressor(compressor_); }

std::size_t TrialDeflater::size_of(std::span<const std::uint8_t> input) {
  const std::size_t bound = libdeflate_deflate_compress_bound(compressor_, input.size());
  if (output_.size() < bound) {
    output_.resize(bound);
  }
  return libdeflate_deflate_compress(compressor_, input.data(), input.size(), output_.data(), output_.size());
}

std::vector<std::uint8_t> zlib_of(std::span<const std::uint8_t> input, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      compressor_of(level), &libdeflate_free_compressor);
  std::vector<std::uint8_t> output(libdeflate_zlib_compress_bound(compressor.get(), input.size()));
  output.resize(libdeflate_zlib_compress(compressor.get(), input.data(), input.size(), output.data(), output.size()));
  return output;
}

std::vector<std::uint8_t> zlib_by_zopfli(std::span<const std::uint8_t> input, int iterations) {
  ZopfliOptions options;
  ZopfliInitOptions(&options);
  options.numiterations = iterations;
  unsigned char* bytes = nullptr;
  std::size_t size = 0;
  ZopfliZlibCompress(&options, input.data(), input.size(), &bytes, &size);
  std::vector<std::uint8_t> output(bytes, bytes + size);
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): Zopfli's contract
  return output;
}

}  // namespace pictor::imaging
