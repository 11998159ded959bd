#include "imaging/encode/png_file.hpp"

#include <algorithm>
#include <array>

#include "base/hash.hpp"
#include "imaging/encode/png_deflate.hpp"

namespace pictor::imaging {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kSignature = "\x89PNG\r\n\x1A\n"sv;

void put32(std::vector<std::uint8_t>& out, std::size_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

std::size_t read32(std::span<const std::uint8_t> bytes) {
  return static_cast<std::size_t>(bytes[0]) << 24U | static_cast<std::size_t>(bytes[1]) << 16U |
         static_cast<std::size_t>(bytes[2]) << 8U | bytes[3];
}

}  // namespace

PngWriter::PngWriter() : bytes_(kSignature.begin(), kSignature.end()) {}

void PngWriter::chunk(std::string_view type, std::span<const std::uint8_t> payload) {
  bytes_.reserve(bytes_.size() + payload.size() + 12);
  put32(bytes_, payload.size());
  const std::size_t checked = bytes_.size();
  bytes_.insert(bytes_.end(), type.begin(), type.end());
  bytes_.insert(bytes_.end(), payload.begin(), payload.end());
  put32(bytes_, crc32(std::span(bytes_).subspan(checked)));
}

void PngWriter::header(int width, int height, const PngForm& form) {
  std::vector<std::uint8_t> header;
  put32(header, static_cast<std::size_t>(width));
  put32(header, static_cast<std::size_t>(height));
  header.insert(header.end(), {static_cast<std::uint8_t>(form.depth), static_cast<std::uint8_t>(form.type), 0, 0, 0});
  chunk("IHDR", header);
}

void PngWriter::colours(const PngForm& form) {
  if (form.type == PngType::kPalette) {
    std::vector<std::uint8_t> palette;
    std::vector<std::uint8_t> alpha;
    for (const PngColour colour : form.palette) {
      for (const unsigned shift : {0U, 8U, 16U}) {
        palette.push_back(static_cast<std::uint8_t>(colour >> shift));
      }
      alpha.push_back(static_cast<std::uint8_t>(colour >> 24U));
    }
    chunk("PLTE", palette);
    if (const std::size_t transparent = form.transparent_entries(); transparent > 0) {
      chunk("tRNS", std::span(alpha).first(transparent));
    }
  }
  if (form.key) {
    const std::array<std::uint8_t, 6> samples = {0, (*form.key)[0], 0, (*form.key)[1], 0, (*form.key)[2]};
    chunk("tRNS", std::span(samples).first(form.type == PngType::kGrey ? 2 : 6));
  }
}

void PngWriter::profile(std::span<const std::uint8_t> icc) {
  // A name, its end, and method 0: deflate.
  std::vector<std::uint8_t> payload = {'i', 'c', 'c', 0, 0};
  const std::vector<std::uint8_t> packed = zlib_of(icc, 12);
  payload.insert(payload.end(), packed.begin(), packed.end());
  chunk("iCCP", payload);
}

void PngWriter::end(std::span<const std::uint8_t> zlib_stream) {
  constexpr std::size_t kLongest = std::size_t{1} << 30U;
  for (std::size_t at = 0; at < zlib_stream.size(); at += kLongest) {
    chunk("IDAT", zlib_stream.subspan(at, std::min(kLongest, zlib_stream.size() - at)));
  }
  chunk("IEND", {});
}

std::vector<PngChunk> png_chunks(std::span<const std::uint8_t> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (!text.starts_with(kSignature)) {
    return {};
  }
  std::vector<PngChunk> chunks;
  std::size_t at = kSignature.size();
  while (file.size() - at >= 12) {
    const std::size_t length = read32(file.subspan(at));
    if (length > file.size() - at - 12) {
      return {};
    }
    chunks.push_back({text.substr(at + 4, 4), file.subspan(at + 8, length)});
    at += 12 + length;
    if (chunks.back().type == "IEND") {
      return chunks;
    }
  }
  return {};
}

}  // namespace pictor::imaging
