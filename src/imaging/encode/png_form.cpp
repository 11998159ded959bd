#include "imaging/encode/png_form.hpp"

#include <algorithm>
#include <cstring>

#include "imaging/encode/png_palette.hpp"

namespace pictor::imaging {
namespace {

constexpr PngColour kAlpha = 0xFF000000U;

/// True when every 16-bit sample is an 8-bit one written twice.
bool fits_8_bits(std::span<const std::uint8_t> bytes) {
  unsigned differences = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    differences |= static_cast<unsigned>(bytes[i] ^ bytes[i + 1]);
  }
  return differences == 0;
}

std::size_t frame_samples(const Pixels& pixels) {
  return static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height) *
         static_cast<std::size_t>(pixels.bands);
}

/// A row of the first frame as 8-bit RGBA; transparent pixels become 0.
/// @param stride  bytes of a sample: 1, or 2 where only the first of two equal bytes counts
void read_row(const Pixels& pixels, int row, std::size_t stride, std::vector<PngColour>& out) {
  const auto width = static_cast<std::size_t>(pixels.width);
  out.resize(width);
  const std::uint8_t* from = pixels.bytes.data() + static_cast<std::size_t>(row) * pixels.row_bytes();
  const auto sample = [&](std::size_t pixel, int band) -> PngColour {
    return from[(pixel * static_cast<std::size_t>(pixels.bands) + static_cast<std::size_t>(band)) * stride];
  };
  switch (pixels.bands) {
    case 1:
      for (std::size_t i = 0; i < width; ++i) {
        out[i] = kAlpha | sample(i, 0) * 0x010101U;
      }
      return;
    case 2:
      for (std::size_t i = 0; i < width; ++i) {
        const PngColour alpha = sample(i, 1);
        out[i] = alpha == 0 ? 0 : alpha << 24U | sample(i, 0) * 0x010101U;
      }
      return;
    case 3:
      for (std::size_t i = 0; i < width; ++i) {
        out[i] = kAlpha | sample(i, 2) << 16U | sample(i, 1) << 8U | sample(i, 0);
      }
      return;
    default:
      for (std::size_t i = 0; i < width; ++i) {
        const PngColour alpha = sample(i, 3);
        out[i] = alpha == 0 ? 0 : alpha << 24U | sample(i, 2) << 16U | sample(i, 1) << 8U | sample(i, 0);
      }
  }
}

/// What one look over all pixels of 8 bits tells.
struct Traits {
  bool opaque = true;
  bool binary_alpha = true;  ///< each pixel is opaque or wholly transparent
  bool grey = true;
  std::optional<ColourCount> colours;  ///< none: more than 256
};

Traits look_at(const Pixels& pixels, std::size_t stride) {
  Traits traits;
  traits.colours.emplace();
  std::vector<PngColour> row;
  for (int y = 0; y < pixels.height; ++y) {
    read_row(pixels, y, stride, row);
    PngColour all = kAlpha;
    unsigned grades = 0;
    PngColour tinted = 0;
    for (const PngColour colour : row) {
      const PngColour alpha = colour >> 24U;
      all &= colour;
      grades |= static_cast<unsigned>(alpha != 0 && alpha != 255);
      tinted |= (colour ^ (colour >> 8U)) & 0xFFFFU;
    }
    traits.opaque &= all == kAlpha || (all & kAlpha) == kAlpha;
    traits.binary_alpha &= grades == 0;
    traits.grey &= tinted == 0;
    if (traits.colours && !traits.colours->add(row)) {
      traits.colours.reset();
    }
  }
  return traits;
}

/// A colour that no opaque pixel has: black where it is free, else the first.
std::optional<std::array<std::uint8_t, 3>> unused_colour(const Pixels& pixels, std::size_t stride, bool grey) {
  std::vector<std::uint64_t> used(grey ? 4 : (std::size_t{1} << 24U) / 64, 0);
  const PngColour mask = grey ? 0xFFU : 0xFFFFFFU;
  std::vector<PngColour> row;
  for (int y = 0; y < pixels.height; ++y) {
    read_row(pixels, y, stride, row);
    for (const PngColour colour : row) {
      const PngColour value = colour & mask;
      used[value >> 6U] |= std::uint64_t{colour >> 31U} << (value & 63U);
    }
  }
  for (std::size_t word = 0; word < used.size(); ++word) {
    if (~used[word] != 0) {
      const auto value = static_cast<PngColour>(word * 64) + static_cast<PngColour>(__builtin_ctzll(~used[word]));
      return std::array<std::uint8_t, 3>{static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8U),
                                         static_cast<std::uint8_t>(value >> 16U)};
    }
  }
  return std::nullopt;
}

/// Least bits that hold these greys exactly, 8 when none fewer does.
int grey_depth(const ColourCount& colours) {
  for (const int depth : {1, 2, 4}) {
    const unsigned step = 255U / ((1U << static_cast<unsigned>(depth)) - 1U);
    if (std::all_of(colours.colours().begin(), colours.colours().end(),
                    [&](PngColour colour) { return (colour & 0xFFU) % step == 0; })) {
      return depth;
    }
  }
  return 8;
}

int palette_depth(std::size_t colours) {
  if (colours <= 2) {
    return 1;
  }
  if (colours <= 4) {
    return 2;
  }
  return colours <= 16 ? 4 : 8;
}

void add_palettes(const Pixels& pixels, std::size_t stride, const ColourCount& colours, int effort,
                  std::vector<PngForm>& forms) {
  std::optional<Neighbours> neighbours;
  if (effort >= 2 && colours.colours().size() > 2) {
    neighbours.emplace(colours);
    std::vector<PngColour> row;
    std::vector<PngColour> above;
    for (int y = 0; y < pixels.height; ++y) {
      read_row(pixels, y, stride, row);
      neighbours->add(row, above);
      row.swap(above);
    }
  }
  for (std::vector<PngColour>& order : palette_orders(colours, neighbours ? &*neighbours : nullptr, effort)) {
    const int depth = palette_depth(order.size());
    forms.push_back({PngType::kPalette, depth, order, std::nullopt});
    if (depth < 8 && effort >= 4) {
      forms.push_back({PngType::kPalette, 8, std::move(order), std::nullopt});
    }
  }
}

/// Forms with samples of their own, no palette.
void add_direct(const Pixels& pixels, std::size_t stride, const Traits& traits, bool may_be_grey,
                std::vector<PngForm>& forms) {
  const bool grey = traits.grey && may_be_grey;
  if (traits.opaque) {
    if (!grey) {
      forms.push_back({PngType::kRgb, 8, {}, std::nullopt});
      return;
    }
    const int depth = traits.colours ? grey_depth(*traits.colours) : 8;
    forms.push_back({PngType::kGrey, depth, {}, std::nullopt});
    return;
  }
  if (traits.binary_alpha) {
    if (const auto key = unused_colour(pixels, stride, grey)) {
      forms.push_back({grey ? PngType::kGrey : PngType::kRgb, 8, {}, key});
    }
  }
  forms.push_back({grey ? PngType::kGreyAlpha : PngType::kRgba, 8, {}, std::nullopt});
}

/// 16 bits stay: only alpha and colour can be dropped.
PngForm deep_form(const Pixels& pixels) {
  const auto count = static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height);
  const auto bands = static_cast<std::size_t>(pixels.bands);
  bool opaque = true;
  bool grey = pixels.bands <= 2 || pixels.icc.empty();
  for (std::size_t i = 0; i < count; ++i) {
    std::array<std::uint16_t, 4> sample{};
    std::memcpy(sample.data(), pixels.bytes.data() + i * bands * 2, bands * 2);
    const std::uint16_t alpha = pixels.has_alpha() ? sample[bands - 1] : std::uint16_t{0xFFFF};
    opaque &= alpha == 0xFFFF;
    grey &= bands <= 2 || alpha == 0 || (sample[0] == sample[1] && sample[1] == sample[2]);
  }
  if (grey) {
    return {opaque ? PngType::kGrey : PngType::kGreyAlpha, 16, {}, std::nullopt};
  }
  return {opaque ? PngType::kRgb : PngType::kRgba, 16, {}, std::nullopt};
}

/// 16-bit samples of one row, most significant byte first.
void write_deep_row(const Pixels& pixels, int row, const PngForm& form, std::uint8_t* out) {
  const auto bands = static_cast<std::size_t>(pixels.bands);
  const bool to_grey = form.type == PngType::kGrey || form.type == PngType::kGreyAlpha;
  const bool to_alpha = form.type == PngType::kGreyAlpha || form.type == PngType::kRgba;
  const std::uint8_t* from = pixels.bytes.data() + static_cast<std::size_t>(row) * pixels.row_bytes();
  for (std::size_t i = 0; i < static_cast<std::size_t>(pixels.width); ++i) {
    std::array<std::uint16_t, 4> sample{};
    std::memcpy(sample.data(), from + i * bands * 2, bands * 2);
    const std::uint16_t alpha = pixels.has_alpha() ? sample[bands - 1] : std::uint16_t{0xFFFF};
    const std::size_t colours = to_grey ? 1 : 3;
    for (std::size_t band = 0; band < colours; ++band) {
      const unsigned value = alpha == 0 ? 0U : sample[band];
      *out++ = static_cast<std::uint8_t>(value >> 8U);
      *out++ = static_cast<std::uint8_t>(value);
    }
    if (to_alpha) {
      *out++ = static_cast<std::uint8_t>(alpha >> 8U);
      *out++ = static_cast<std::uint8_t>(alpha);
    }
  }
}

/// Packs samples below 8 bits, the leftmost in the highest bits.
void pack(const std::vector<std::uint8_t>& values, int depth, std::uint8_t* out) {
  const auto bits = static_cast<unsigned>(depth);
  const std::size_t each = 8U / bits;
  for (std::size_t i = 0; i < values.size(); i += each) {
    unsigned byte = 0;
    for (std::size_t k = 0; k < each; ++k) {
      byte = byte << bits | (i + k < values.size() ? values[i + k] : 0U);
    }
    *out++ = static_cast<std::uint8_t>(byte);
  }
}

/// One row of 8-bit colours in the form.
class RowWriter {
 public:
  explicit RowWriter(const PngForm& form) : form_(form) {
    if (form.type == PngType::kPalette) {
      index_.emplace(form.palette);
    }
    if (form.key) {
      key_ = static_cast<PngColour>((*form.key)[0]) | static_cast<PngColour>((*form.key)[1]) << 8U |
             static_cast<PngColour>((*form.key)[2]) << 16U;
    }
  }

  void write(std::vector<PngColour>& row, std::uint8_t* out) {
    switch (form_.type) {
      case PngType::kRgba:
        for (std::size_t i = 0; i < row.size(); ++i) {
          std::memcpy(out + i * 4, &row[i], 4);
        }
        return;
      case PngType::kRgb:
        for (std::size_t i = 0; i < row.size(); ++i) {
          const PngColour colour = row[i] >= kAlpha ? row[i] : key_;
          out[i * 3] = static_cast<std::uint8_t>(colour);
          out[i * 3 + 1] = static_cast<std::uint8_t>(colour >> 8U);
          out[i * 3 + 2] = static_cast<std::uint8_t>(colour >> 16U);
        }
        return;
      case PngType::kGreyAlpha:
        for (std::size_t i = 0; i < row.size(); ++i) {
          out[i * 2] = static_cast<std::uint8_t>(row[i]);
          out[i * 2 + 1] = static_cast<std::uint8_t>(row[i] >> 24U);
        }
        return;
      default:
        write_small(row, out);
    }
  }

 private:
  /// Grey or palette, of any depth.
  void write_small(const std::vector<PngColour>& row, std::uint8_t* out) {
    values_.resize(row.size());
    if (index_) {
      index_->find(row, values_);
    } else {
      const unsigned step = 255U / ((1U << static_cast<unsigned>(form_.depth)) - 1U);
      for (std::size_t i = 0; i < row.size(); ++i) {
        values_[i] = static_cast<std::uint8_t>(((row[i] >= kAlpha ? row[i] : key_) & 0xFFU) / step);
      }
    }
    if (form_.depth == 8) {
      std::copy(values_.begin(), values_.end(), out);
    } else {
      pack(values_, form_.depth, out);
    }
  }

  const PngForm& form_;
  std::optional<PaletteIndex> index_;
  PngColour key_ = 0;
  std::vector<std::uint8_t> values_;
};

std::size_t stride_of(const Pixels& pixels) { return static_cast<std::size_t>(pixels.bits / 8); }

}  // namespace

int PngForm::bits_per_pixel() const {
  switch (type) {
    case PngType::kRgb:
      return depth * 3;
    case PngType::kGreyAlpha:
      return depth * 2;
    case PngType::kRgba:
      return depth * 4;
    default:
      return depth;
  }
}

std::size_t PngForm::transparent_entries() const {
  std::size_t last = palette.size();
  while (last > 0 && palette[last - 1] >= kAlpha) {
    --last;
  }
  return last;
}

std::size_t PngForm::overhead() const {
  constexpr std::size_t kHead = 12;
  if (type != PngType::kPalette) {
    return key ? kHead + (type == PngType::kGrey ? 2 : 6) : 0;
  }
  const std::size_t transparent = transparent_entries();
  return kHead + palette.size() * 3 + (transparent > 0 ? kHead + transparent : 0);
}

std::vector<PngForm> png_forms(const Pixels& pixels, int effort) {
  const std::size_t stride = stride_of(pixels);
  if (stride == 2 && !fits_8_bits(std::span(pixels.bytes).first(frame_samples(pixels) * 2))) {
    return {deep_form(pixels)};
  }
  const Traits traits = look_at(pixels, stride);
  // A profile for grey describes no palette, and one for RGB no grey.
  const bool may_be_grey = pixels.bands <= 2 || pixels.icc.empty();
  const bool may_be_palette = pixels.bands >= 3 || pixels.icc.empty();
  std::vector<PngForm> forms;
  if (traits.colours && may_be_palette) {
    add_palettes(pixels, stride, *traits.colours, effort, forms);
  }
  // A palette of a few colours is always the smaller one, but against greys of the same depth.
  const bool surely_palette = !forms.empty() && traits.colours->colours().size() <= 16 && pixels.width >= 64 &&
                              pixels.height >= 64 && !(traits.grey && traits.opaque);
  if (!surely_palette) {
    add_direct(pixels, stride, traits, may_be_grey, forms);
  }
  return forms;
}

std::vector<std::uint8_t> png_rows(const Pixels& pixels, const PngForm& form, int first_row, int rows) {
  const std::size_t row_bytes = form.row_bytes(pixels.width);
  std::vector<std::uint8_t> out(row_bytes * static_cast<std::size_t>(rows));
  RowWriter writer(form);
  std::vector<PngColour> row;
  for (int y = 0; y < rows; ++y) {
    std::uint8_t* at = out.data() + row_bytes * static_cast<std::size_t>(y);
    if (form.depth == 16) {
      write_deep_row(pixels, first_row + y, form, at);
    } else {
      read_row(pixels, first_row + y, stride_of(pixels), row);
      writer.write(row, at);
    }
  }
  return out;
}

}  // namespace pictor::imaging
