#include "imaging/decode/bmp.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::uint32_t kRgb = 0;
constexpr std::uint32_t kRle8 = 1;
constexpr std::uint32_t kRle4 = 2;
constexpr std::uint32_t kBitfields = 3;
constexpr std::uint32_t kAlphaBitfields = 6;

using Bytes = std::span<const std::uint8_t>;

std::uint32_t little(Bytes bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count && at + i < bytes.size(); ++i) {
    value |= static_cast<std::uint32_t>(bytes[at + i]) << (8 * i);
  }
  return value;
}

/// Everything that the header says.
struct Layout {
  int width = 0;
  int height = 0;
  bool top_down = false;
  int depth = 24;  ///< bits a pixel
  std::uint32_t compression = kRgb;
  std::array<std::uint32_t, 4> masks{};  ///< red green blue alpha
  std::size_t palette_at = 0;
  std::size_t palette_entry = 4;  ///< bytes
  std::size_t colours = 0;
  std::size_t pixels_at = 0;

  [[nodiscard]] bool is_run_length() const { return compression == kRle8 || compression == kRle4; }
  [[nodiscard]] std::size_t stride() const {
    return (static_cast<std::size_t>(width) * static_cast<std::size_t>(depth) + 31) / 32 * 4;
  }
};

void read_masks(Bytes bytes, std::size_t header, Layout& layout) {
  const bool given = layout.compression == kBitfields || layout.compression == kAlphaBitfields;
  if (!given) {
    layout.masks = layout.depth == 16 ? std::array<std::uint32_t, 4>{0x7C00, 0x03E0, 0x001F, 0}
                                      : std::array<std::uint32_t, 4>{0xFF0000, 0xFF00, 0xFF, 0};
    return;
  }
  const std::size_t count = header >= 56 || layout.compression == kAlphaBitfields ? 4 : 3;
  for (std::size_t i = 0; i < count; ++i) {
    layout.masks.at(i) = little(bytes, kFileHeader + 40 + 4 * i, 4);
  }
  // In the shortest header they lie behind it, where the palette would begin.
  if (header == 40) {
    layout.palette_at += 4 * count;
  }
}

bool is_sound(const Layout& layout) {
  constexpr int kMaxSide = 1 << 20;
  if (layout.width < 1 || layout.height < 1 || layout.width > kMaxSide || layout.height > kMaxSide) {
    return false;
  }
  switch (layout.compression) {
    case kRgb:
      return layout.depth == 1 || layout.depth == 4 || layout.depth == 8 || layout.depth == 16 || layout.depth == 24 ||
             layout.depth == 32;
    case kRle8:
      return layout.depth == 8 && !layout.top_down;
    case kRle4:
      return layout.depth == 4 && !layout.top_down;
    case kBitfields:
    case kAlphaBitfields:
      return layout.depth == 16 || layout.depth == 32;
    default:
      return false;
  }
}

Result<Layout> read_layout(Bytes bytes) {
  const std::uint32_t header = little(bytes, kFileHeader, 4);
  if (bytes.size() < kFileHeader + 12 || bytes[0] != 'B' || bytes[1] != 'M' ||
      (header != 12 && (header < 16 || header > 1'024)) || bytes.size() < kFileHeader + header) {
    return fail_unreadable("bmp: header");
  }
  Layout layout;
  layout.pixels_at = little(bytes, 10, 4);
  layout.palette_at = kFileHeader + header;
  if (header == 12) {
    layout.width = static_cast<int>(little(bytes, 18, 2));
    layout.height = static_cast<int>(little(bytes, 20, 2));
    layout.depth = static_cast<int>(little(bytes, 24, 2));
    layout.palette_entry = 3;
  } else {
    layout.width = std::bit_cast<std::int32_t>(little(bytes, 18, 4));
    const auto height = static_cast<std::int64_t>(std::bit_cast<std::int32_t>(little(bytes, 22, 4)));
    layout.top_down = height < 0;
    layout.height = static_cast<int>(std::min<std::int64_t>(std::abs(height), 1 << 30));
    layout.depth = static_cast<int>(little(bytes, 28, 2));
    layout.compression = header >= 20 ? little(bytes, 30, 4) : kRgb;
    layout.colours = header >= 36 ? little(bytes, 46, 4) : 0;
  }
  if (layout.compression == 4 || layout.compression == 5) {
    return fail(
        {ErrorCode::kUnsupportedMediaType, "This bitmap holds a JPEG or PNG for printers. Send that picture itself."});
  }
  read_masks(bytes, header, layout);
  if (!is_sound(layout)) {
    return fail_unreadable("bmp: size, depth or compression");
  }
  const std::size_t most = layout.depth <= 8 ? std::size_t{1} << static_cast<unsigned>(layout.depth) : 0;
  layout.colours = layout.colours == 0 ? most : std::min(layout.colours, most);
  if (layout.pixels_at < kFileHeader + 12) {
    layout.pixels_at = layout.palette_at + layout.colours * layout.palette_entry;
  }
  return layout;
}

using Palette = std::array<std::array<std::uint8_t, 3>, 256>;

Palette read_palette(Bytes bytes, const Layout& layout) {
  Palette palette{};
  for (std::size_t i = 0; i < layout.colours; ++i) {
    const std::size_t at = layout.palette_at + i * layout.palette_entry;
    if (at + 3 > bytes.size()) {
      break;
    }
    palette.at(i) = {bytes[at + 2], bytes[at + 1], bytes[at]};
  }
  return palette;
}

/// A sample under a mask, widened to 8 bits.
std::uint8_t sample(std::uint32_t pixel, std::uint32_t mask) {
  if (mask == 0) {
    return 0;
  }
  const int shift = std::countr_zero(mask);
  const std::uint64_t most = mask >> shift;
  const std::uint64_t value = (pixel & mask) >> shift;
  return static_cast<std::uint8_t>((value * 255 + most / 2) / most);
}

/// Where row `row` of the file goes.
std::uint8_t* row_of(Pixels& pixels, const Layout& layout, int row) {
  const int from_top = layout.top_down ? row : layout.height - 1 - row;
  return pixels.bytes.data() + static_cast<std::size_t>(from_top) * pixels.row_bytes();
}

void paint_indices(Bytes row, const Layout& layout, const Palette& palette, std::uint8_t* out) {
  const auto depth = static_cast<unsigned>(layout.depth);
  for (int x = 0; x < layout.width; ++x) {
    const unsigned bit = static_cast<unsigned>(x) * depth;
    const std::uint8_t byte = row[bit / 8];
    const unsigned index = (byte >> (8 - depth - bit % 8)) & ((1U << depth) - 1);
    out = std::copy_n(palette.at(index).begin(), 3, out);
  }
}

void paint_samples(Bytes row, const Layout& layout, std::uint8_t* out) {
  const auto size = static_cast<std::size_t>(layout.depth) / 8;
  const std::size_t bands = layout.masks[3] != 0 ? 4 : 3;
  for (int x = 0; x < layout.width; ++x) {
    const std::uint32_t pixel = little(row, static_cast<std::size_t>(x) * size, size);
    for (std::size_t band = 0; band < bands; ++band) {
      *out++ = sample(pixel, layout.masks.at(band));
    }
  }
}

void paint_rows(Bytes bytes, const Layout& layout, const Palette& palette, Pixels& pixels) {
  const std::size_t stride = layout.stride();
  std::vector<std::uint8_t> part(stride);
  for (int y = 0; y < layout.height; ++y) {
    const std::size_t at = layout.pixels_at + static_cast<std::size_t>(y) * stride;
    if (at >= bytes.size()) {
      return;
    }
    Bytes row = bytes.subspan(at, std::min(stride, bytes.size() - at));
    if (row.size() < stride) {
      std::fill(std::copy(row.begin(), row.end(), part.begin()), part.end(), std::uint8_t{0});
      row = part;
    }
    std::uint8_t* out = row_of(pixels, layout, y);
    layout.depth <= 8 ? paint_indices(row, layout, palette, out) : paint_samples(row, layout, out);
  }
}

/// The run-length forms, command by command.
class RunLengths {
 public:
  RunLengths(Bytes bytes, const Layout& layout, const Palette& palette, Pixels& pixels)
      : bytes_(bytes), layout_(layout), palette_(palette), pixels_(pixels), at_(layout.pixels_at) {}

  void paint() {
    // What no command touches shows the first colour.
    for (std::size_t i = 0; i < pixels_.bytes.size(); i += 3) {
      std::copy_n(palette_[0].begin(), 3, pixels_.bytes.begin() + static_cast<std::ptrdiff_t>(i));
    }
    while (at_ + 2 <= bytes_.size() && y_ < layout_.height) {
      const std::uint8_t count = bytes_[at_];
      const std::uint8_t value = bytes_[at_ + 1];
      at_ += 2;
      if (count > 0) {
        run(count, value);
      } else if (value == 0) {
        x_ = 0;
        ++y_;
      } else if (value == 1) {
        return;
      } else if (value == 2) {
        x_ += static_cast<int>(little(bytes_, at_, 1));
        y_ += static_cast<int>(little(bytes_, at_ + 1, 1));
        at_ += 2;
      } else {
        literal(value);
      }
    }
  }

 private:
  void put(unsigned index) {
    if (x_ < layout_.width && y_ < layout_.height) {
      std::copy_n(palette_.at(index).begin(), 3, row_of(pixels_, layout_, y_) + static_cast<std::size_t>(x_) * 3);
    }
    ++x_;
  }
  [[nodiscard]] unsigned index_in(std::uint8_t byte, int position) const {
    return layout_.depth == 8 ? byte : (position % 2 == 0 ? byte >> 4U : byte & 15U);
  }
  void run(int count, std::uint8_t value) {
    for (int i = 0; i < count; ++i) {
      put(index_in(value, i));
    }
  }
  void literal(int count) {
    const auto size = static_cast<std::size_t>(layout_.depth == 8 ? count : (count + 1) / 2);
    for (int i = 0; i < count; ++i) {
      const auto step = static_cast<std::size_t>(layout_.depth == 8 ? i : i / 2);
      if (at_ + step < bytes_.size()) {
        put(index_in(bytes_[at_ + step], i));
      }
    }
    at_ += size + size % 2;
  }

  Bytes bytes_;
  const Layout& layout_;
  const Palette& palette_;
  Pixels& pixels_;
  std::size_t at_;
  int x_ = 0;
  int y_ = 0;
};

}  // namespace

Result<BmpHeader> read_bmp_header(Bytes bytes) {
  const Result<Layout> layout = read_layout(bytes);
  if (!layout) {
    return fail(layout.error());
  }
  if (layout->pixels_at >= bytes.size()) {
    return fail_unreadable("bmp: no pixels");
  }
  const std::size_t needed = layout->is_run_length() ? 0 : layout->stride() * static_cast<std::size_t>(layout->height);
  return BmpHeader{layout->width, layout->height, layout->masks[3] != 0, bytes.size() - layout->pixels_at < needed};
}

Result<Pixels> decode_bmp(Bytes bytes) {
  const Result<Layout> layout = read_layout(bytes);
  if (!layout) {
    return fail(layout.error());
  }
  Pixels pixels;
  pixels.width = layout->width;
  pixels.height = layout->height;
  pixels.bands = layout->masks[3] != 0 ? 4 : 3;
  pixels.bytes.resize(pixels.frame_bytes());
  const Palette palette = read_palette(bytes, *layout);
  if (layout->is_run_length()) {
    RunLengths(bytes, *layout, palette, pixels).paint();
  } else {
    paint_rows(bytes, *layout, palette, pixels);
  }
  return pixels;
}

}  // namespace pictor::imaging
