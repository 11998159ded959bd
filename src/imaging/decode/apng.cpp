#include "imaging/decode/apng.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vips/vips8>

#include "base/hash.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

using Bytes = std::span<const std::uint8_t>;
using vips::VImage;
using std::string_view_literals::operator""sv;

std::uint32_t big32(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) << 24U | static_cast<std::uint32_t>(bytes[at + 1]) << 16U |
         static_cast<std::uint32_t>(bytes[at + 2]) << 8U | bytes[at + 3];
}
int big16(Bytes bytes, std::size_t at) { return bytes[at] << 8 | bytes[at + 1]; }

struct Chunk {
  std::string_view type;
  Bytes whole;
  Bytes content;
};

/// The chunk at `at`, and moves behind it; cut short where the file ends.
std::optional<Chunk> next_chunk(Bytes bytes, std::size_t& at) {
  if (at > bytes.size() || bytes.size() - at < 12) {
    return std::nullopt;
  }
  const std::size_t length = big32(bytes, at);
  const std::size_t present = std::min(length, bytes.size() - at - 8);
  const Chunk chunk{{reinterpret_cast<const char*>(bytes.data()) + at + 4, 4},
                    bytes.subspan(at, std::min(length + 12, bytes.size() - at)),
                    bytes.subspan(at + 8, present)};
  at += 12 + length;
  return chunk;
}

int delay_of(Bytes control) {
  const int numerator = big16(control, 20);
  const int denominator = big16(control, 22) == 0 ? 100 : big16(control, 22);
  return static_cast<int>(static_cast<std::int64_t>(numerator) * 1'000 / denominator);
}

std::optional<ApngFrame> frame_of(Bytes control, const Apng& apng) {
  constexpr std::uint32_t kMaxSide = 1U << 24U;
  if (control.size() < 26 || big32(control, 4) > kMaxSide || big32(control, 8) > kMaxSide ||
      big32(control, 12) > kMaxSide || big32(control, 16) > kMaxSide) {
    return std::nullopt;
  }
  ApngFrame frame;
  frame.width = static_cast<int>(big32(control, 4));
  frame.height = static_cast<int>(big32(control, 8));
  frame.left = static_cast<int>(big32(control, 12));
  frame.top = static_cast<int>(big32(control, 16));
  frame.delay = delay_of(control);
  frame.dispose = control[24] == 1   ? ApngFrame::Dispose::kBackground
                  : control[24] == 2 ? ApngFrame::Dispose::kPrevious
                                     : ApngFrame::Dispose::kNone;
  frame.blends = control[25] == 1;
  const bool is_within = frame.width > 0 && frame.height > 0 && frame.left + frame.width <= apng.width &&
                         frame.top + frame.height <= apng.height;
  return is_within ? std::optional(frame) : std::nullopt;
}

void put32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  out.insert(out.end(), {static_cast<std::uint8_t>(value >> 24U), static_cast<std::uint8_t>(value >> 16U),
                         static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value)});
}

void put_chunk(std::vector<std::uint8_t>& out, std::string_view type, Bytes content) {
  put32(out, static_cast<std::uint32_t>(content.size()));
  const std::size_t begin = out.size();
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), content.begin(), content.end());
  put32(out, crc32(Bytes(out).subspan(begin)));
}

/// The frame's own pixels as a PNG that stands alone.
std::vector<std::uint8_t> alone(const Apng& apng, const ApngFrame& frame) {
  static constexpr std::string_view kSignature = "\x89PNG\r\n\x1A\n"sv;
  std::vector<std::uint8_t> png(kSignature.begin(), kSignature.end());
  std::vector<std::uint8_t> header;
  put32(header, static_cast<std::uint32_t>(frame.width));
  put32(header, static_cast<std::uint32_t>(frame.height));
  header.insert(header.end(), apng.header.begin() + 8, apng.header.end());
  put_chunk(png, "IHDR", header);
  for (const Bytes chunk : apng.described) {
    png.insert(png.end(), chunk.begin(), chunk.end());
  }
  for (const Bytes data : frame.data) {
    put_chunk(png, "IDAT", data);
  }
  put_chunk(png, "IEND", {});
  return png;
}

VImage rgba_of(const std::vector<std::uint8_t>& png, std::vector<std::uint8_t>& icc) {
  VipsBlob* blob = vips_blob_new(nullptr, png.data(), png.size());
  struct Unref {
    VipsBlob* blob;
    ~Unref() { vips_area_unref(VIPS_AREA(blob)); }
  } const unref{blob};
  VImage image = VImage::pngload_buffer(blob, VImage::option()->set("fail_on", VIPS_FAIL_ON_NONE));
  if (image.bands() >= 3 && image.get_typeof(VIPS_META_ICC_NAME) != 0) {
    std::size_t length = 0;
    const auto* bytes = static_cast<const std::uint8_t*>(image.get_blob(VIPS_META_ICC_NAME, &length));
    icc.assign(bytes, bytes + length);
  }
  if (image.interpretation() != VIPS_INTERPRETATION_sRGB || image.format() != VIPS_FORMAT_UCHAR) {
    image = image.colourspace(VIPS_INTERPRETATION_sRGB);
  }
  return (image.has_alpha() ? image : image.bandjoin_const({255})).cast(VIPS_FORMAT_UCHAR).copy_memory();
}

/// What is seen, frame by frame.
class Canvas {
 public:
  explicit Canvas(const Apng& apng)
      : width_(static_cast<std::size_t>(apng.width)), pixels_(width_ * static_cast<std::size_t>(apng.height) * 4) {}

  [[nodiscard]] const std::vector<std::uint8_t>& pixels() const { return pixels_; }

  void show(const ApngFrame& frame, const std::uint8_t* rgba) {
    for (int y = 0; y < frame.height; ++y) {
      std::uint8_t* out = row(frame, y);
      const std::uint8_t* in = rgba + static_cast<std::size_t>(y) * static_cast<std::size_t>(frame.width) * 4;
      if (!frame.blends) {
        std::copy_n(in, static_cast<std::size_t>(frame.width) * 4, out);
        continue;
      }
      for (int x = 0; x < frame.width; ++x, in += 4, out += 4) {
        blend(in, out);
      }
    }
  }

  [[nodiscard]] std::vector<std::uint8_t> below(const ApngFrame& frame) {
    std::vector<std::uint8_t> kept;
    for (int y = 0; y < frame.height; ++y) {
      const std::uint8_t* from = row(frame, y);
      kept.insert(kept.end(), from, from + static_cast<std::size_t>(frame.width) * 4);
    }
    return kept;
  }
  void put_back(const ApngFrame& frame, const std::vector<std::uint8_t>& kept) {
    const std::size_t length = static_cast<std::size_t>(frame.width) * 4;
    for (int y = 0; y < frame.height; ++y) {
      std::copy_n(kept.data() + static_cast<std::size_t>(y) * length, length, row(frame, y));
    }
  }
  void clear(const ApngFrame& frame) {
    for (int y = 0; y < frame.height; ++y) {
      std::fill_n(row(frame, y), static_cast<std::size_t>(frame.width) * 4, std::uint8_t{0});
    }
  }

 private:
  std::uint8_t* row(const ApngFrame& frame, int y) {
    return pixels_.data() +
           (static_cast<std::size_t>(frame.top + y) * width_ + static_cast<std::size_t>(frame.left)) * 4;
  }
  /// Porter and Duff's "over" with straight alpha.
  static void blend(const std::uint8_t* in, std::uint8_t* out) {
    const unsigned above = in[3];
    const unsigned below = out[3] * (255 - above) / 255;
    const unsigned alpha = above + below;
    if (alpha == 0) {
      return;
    }
    for (int band = 0; band < 3; ++band) {
      out[band] = static_cast<std::uint8_t>((in[band] * above + out[band] * below + alpha / 2) / alpha);
    }
    out[3] = static_cast<std::uint8_t>(alpha);
  }

  std::size_t width_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace

std::optional<Apng> read_apng(Bytes bytes, int most) {
  Apng apng;
  std::size_t at = 8;
  bool moves = false;
  bool has_pixels = false;
  while (const std::optional<Chunk> chunk = next_chunk(bytes, at)) {
    const std::string_view type = chunk->type;
    if (apng.header.empty()) {
      // It comes first and once (PNG 5.6): frames are measured against it.
      if (type != "IHDR" || chunk->content.size() != 13) {
        return std::nullopt;
      }
      if (big32(chunk->content, 0) > 1U << 24U || big32(chunk->content, 4) > 1U << 24U) {
        return std::nullopt;
      }
      apng.header = chunk->content;
      apng.width = static_cast<int>(big32(chunk->content, 0));
      apng.height = static_cast<int>(big32(chunk->content, 4));
    } else if (type == "acTL" && chunk->content.size() >= 8 && !has_pixels) {
      moves = true;
      apng.loop = static_cast<int>(std::min(big32(chunk->content, 4), 65'535U));
    } else if (type == "fcTL") {
      const std::optional<ApngFrame> frame = frame_of(chunk->content, apng);
      if (!frame) {
        return std::nullopt;
      }
      apng.frames.push_back(*frame);
    } else if (type == "IDAT") {
      if (!moves) {
        return std::nullopt;
      }
      has_pixels = true;
      // Without a frame's head before it, it is the picture for those who see no animations.
      if (apng.frames.size() == 1) {
        apng.frames.back().data.push_back(chunk->content);
      }
    } else if (type == "fdAT" && chunk->content.size() > 4 && !apng.frames.empty()) {
      apng.frames.back().data.push_back(chunk->content.subspan(4));
    } else if (type == "IEND") {
      break;
    } else if (!has_pixels && type != "tEXt" && type != "zTXt" && type != "iTXt" && type != "eXIf") {
      apng.described.push_back(chunk->whole);
    }
    if (apng.frames.size() > static_cast<std::size_t>(most) + 1) {
      break;
    }
  }
  std::erase_if(apng.frames, [](const ApngFrame& frame) { return frame.data.empty(); });
  return moves && apng.header.size() == 13 && apng.width > 0 && apng.height > 0 && apng.frames.size() > 1
             ? std::optional(apng)
             : std::nullopt;
}

Result<Pixels> decode_apng(const Apng& apng, std::optional<int> only) {
  Pixels pixels;
  pixels.width = apng.width;
  pixels.height = apng.height;
  pixels.bands = 4;
  pixels.frames = only ? 1 : static_cast<int>(apng.frames.size());
  pixels.loop = apng.loop;
  pixels.bytes.reserve(pixels.frame_bytes() * static_cast<std::size_t>(pixels.frames));
  Canvas canvas(apng);
  const std::size_t last = only ? static_cast<std::size_t>(*only) : apng.frames.size() - 1;
  for (std::size_t i = 0; i <= last && i < apng.frames.size(); ++i) {
    const ApngFrame& frame = apng.frames[i];
    const VImage rgba = rgba_of(alone(apng, frame), pixels.icc);
    if (rgba.width() != frame.width || rgba.height() != frame.height || rgba.bands() != 4) {
      return fail_unreadable("apng: frame of another size");
    }
    const bool comes_back = frame.dispose == ApngFrame::Dispose::kPrevious && i > 0;
    const std::vector<std::uint8_t> below = comes_back ? canvas.below(frame) : std::vector<std::uint8_t>{};
    canvas.show(frame, static_cast<const std::uint8_t*>(rgba.data()));
    if (!only || i == last) {
      pixels.bytes.insert(pixels.bytes.end(), canvas.pixels().begin(), canvas.pixels().end());
      pixels.delays.push_back(frame.delay);
    }
    if (comes_back) {
      canvas.put_back(frame, below);
    } else if (frame.dispose != ApngFrame::Dispose::kNone) {
      canvas.clear(frame);
    }
  }
  return pixels;
}

}  // namespace pictor::imaging
