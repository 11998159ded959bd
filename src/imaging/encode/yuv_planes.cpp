#include "imaging/encode/yuv_planes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace pictor::imaging {
namespace {

// BT.601.
constexpr float kRed = 0.299F;
constexpr float kGreen = 0.587F;
constexpr float kBlue = 0.114F;
constexpr float kU = 1.0F / (2 * (1 - kBlue));
constexpr float kV = 1.0F / (2 * (1 - kRed));

struct Rows {
  explicit Rows(int width) : r(size_of(width)), g(size_of(width)), b(size_of(width)) {}
  static std::size_t size_of(int width) { return static_cast<std::size_t>(width); }
  std::vector<float> r, g, b;
};

std::uint16_t rounded(float value, float top) {
  return static_cast<std::uint16_t>(std::clamp(value + 0.5F, 0.0F, top + 0.25F));
}

/// One row, scaled to the planes' depth.
template <class Sample>
void load_row(const std::uint8_t* bytes, int width, int bands, float scale, Rows& rows) {
  const auto* samples = reinterpret_cast<const Sample*>(bytes);
  const int second = bands >= 3 ? 1 : 0;
  const int third = bands >= 3 ? 2 : 0;
  for (int x = 0; x < width; ++x) {
    const Sample* pixel = samples + static_cast<std::ptrdiff_t>(x) * bands;
    const auto i = static_cast<std::size_t>(x);
    rows.r[i] = static_cast<float>(pixel[0]) * scale;
    rows.g[i] = static_cast<float>(pixel[second]) * scale;
    rows.b[i] = static_cast<float>(pixel[third]) * scale;
  }
}

template <class Sample>
void alpha_row(const std::uint8_t* bytes, int width, int bands, float scale, float top, std::uint16_t* to) {
  const auto* samples = reinterpret_cast<const Sample*>(bytes);
  for (int x = 0; x < width; ++x) {
    to[x] = rounded(static_cast<float>(samples[static_cast<std::ptrdiff_t>(x) * bands + bands - 1]) * scale, top);
  }
}

void luma_row(const Rows& rows, std::size_t width, float top, std::uint16_t* to) {
  for (std::size_t x = 0; x < width; ++x) {
    to[x] = rounded(kRed * rows.r[x] + kGreen * rows.g[x] + kBlue * rows.b[x], top);
  }
}

void chroma_row(const Rows& rows, std::size_t width, float top, std::uint16_t* u, std::uint16_t* v) {
  const float middle = (top + 1) / 2;
  for (std::size_t x = 0; x < width; ++x) {
    const float luma = kRed * rows.r[x] + kGreen * rows.g[x] + kBlue * rows.b[x];
    u[x] = rounded((rows.b[x] - luma) * kU + middle, top);
    v[x] = rounded((rows.r[x] - luma) * kV + middle, top);
  }
}

/// The mean of two pixels a row in two rows; an odd last one stands for its missing neighbour.
void halve(const Rows& upper, const Rows& lower, std::size_t width, Rows& half) {
  const auto mean = [width](const std::vector<float>& a, const std::vector<float>& b, std::vector<float>& out) {
    const std::size_t pairs = width / 2;
    for (std::size_t x = 0; x < pairs; ++x) {
      out[x] = (a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1]) / 4;
    }
    if (width % 2 != 0) {
      out[pairs] = (a[width - 1] + b[width - 1]) / 2;
    }
  };
  mean(upper.r, lower.r, half.r);
  mean(upper.g, lower.g, half.g);
  mean(upper.b, lower.b, half.b);
}

struct Loader {
  const Pixels& pixels;
  const std::uint8_t* frame;
  float scale;
  float top;

  [[nodiscard]] const std::uint8_t* row(int y) const {
    return frame + static_cast<std::size_t>(y) * pixels.row_bytes();
  }
  void load(int y, Rows& rows) const {
    if (pixels.bits == 16) {
      load_row<std::uint16_t>(row(y), pixels.width, pixels.bands, scale, rows);
    } else {
      load_row<std::uint8_t>(row(y), pixels.width, pixels.bands, scale, rows);
    }
  }
  void load_alpha(int y, std::uint16_t* to) const {
    if (pixels.bits == 16) {
      alpha_row<std::uint16_t>(row(y), pixels.width, pixels.bands, scale, top, to);
    } else {
      alpha_row<std::uint8_t>(row(y), pixels.width, pixels.bands, scale, top, to);
    }
  }
};

void copy_row(const std::vector<float>& from, float top, std::uint16_t* to) {
  for (std::size_t x = 0; x < from.size(); ++x) {
    to[x] = rounded(from[x], top);
  }
}

/// Chroma of one pixel row, spread from half size.
void spread_row(const std::vector<std::uint16_t>& plane, int width, int height, int y, std::vector<float>& vertical,
                std::vector<float>& out) {
  const int near = y / 2;
  const int far = std::clamp(near + (y % 2 == 0 ? -1 : 1), 0, height - 1);
  const std::uint16_t* a = plane.data() + static_cast<std::ptrdiff_t>(near) * width;
  const std::uint16_t* b = plane.data() + static_cast<std::ptrdiff_t>(far) * width;
  for (int x = 0; x < width; ++x) {
    vertical[static_cast<std::size_t>(x)] = 0.75F * static_cast<float>(a[x]) + 0.25F * static_cast<float>(b[x]);
  }
  for (std::size_t x = 0; x < out.size(); ++x) {
    const std::size_t here = x / 2;
    const std::size_t other = x % 2 == 0 ? (here == 0 ? 0 : here - 1) : std::min(here + 1, vertical.size() - 1);
    out[x] = 0.75F * vertical[here] + 0.25F * vertical[other];
  }
}

void widen_row(const std::uint16_t* from, std::vector<float>& out) {
  for (std::size_t x = 0; x < out.size(); ++x) {
    out[x] = static_cast<float>(from[x]);
  }
}

std::uint8_t byte(float value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.25F)); }

}  // namespace

YuvPlanes planes_of(const Pixels& pixels, int frame, int depth, bool halved, Matrix matrix) {
  YuvPlanes planes{.width = pixels.width, .height = pixels.height, .depth = depth};
  planes.identity = matrix == Matrix::kIdentity && pixels.bands >= 3;
  planes.grey = matrix == Matrix::kIdentity && pixels.bands < 3;
  planes.chroma_shift = halved ? 1 : 0;
  const float top = static_cast<float>((1 << depth) - 1);
  const Loader loader{pixels, pixels.frame(frame).data(), top / (pixels.bits == 16 ? 65'535.0F : 255.0F), top};
  const auto width = static_cast<std::size_t>(pixels.width);
  const std::size_t count = width * static_cast<std::size_t>(pixels.height);
  const auto chroma_width = static_cast<std::size_t>(planes.chroma_width());
  planes.y.resize(count);
  planes.alpha.resize(pixels.has_alpha() ? count : 0);
  if (!planes.grey) {
    planes.u.resize(chroma_width * static_cast<std::size_t>(planes.chroma_height()));
    planes.v.resize(planes.u.size());
  }
  Rows rows(pixels.width);
  Rows above(pixels.width);
  Rows half(planes.chroma_width());
  for (int y = 0; y < pixels.height; ++y) {
    loader.load(y, rows);
    const std::size_t at = static_cast<std::size_t>(y) * width;
    if (pixels.has_alpha()) {
      loader.load_alpha(y, planes.alpha.data() + at);
    }
    if (planes.identity) {
      copy_row(rows.g, top, planes.y.data() + at);
      copy_row(rows.b, top, planes.u.data() + at);
      copy_row(rows.r, top, planes.v.data() + at);
      continue;
    }
    luma_row(rows, width, top, planes.y.data() + at);
    if (planes.grey) {
      continue;
    }
    if (!halved) {
      chroma_row(rows, width, top, planes.u.data() + at, planes.v.data() + at);
    } else if (y % 2 == 0 && y + 1 < pixels.height) {
      std::swap(rows, above);
    } else {
      halve(y % 2 == 0 ? rows : above, rows, width, half);
      const std::size_t chroma_at = static_cast<std::size_t>(y / 2) * chroma_width;
      chroma_row(half, chroma_width, top, planes.u.data() + chroma_at, planes.v.data() + chroma_at);
    }
  }
  return planes;
}

void append_pixels(const YuvPlanes& planes, Pixels& pixels) {
  const auto width = static_cast<std::size_t>(planes.width);
  const float top = static_cast<float>((1 << planes.depth) - 1);
  const float scale = 255.0F / top;
  const float middle = (top + 1) / 2;
  const auto bands = static_cast<std::size_t>(pixels.bands);
  const std::size_t start = pixels.bytes.size();
  pixels.bytes.resize(start + pixels.frame_bytes());
  std::vector<float> u(width);
  std::vector<float> v(width);
  std::vector<float> vertical(static_cast<std::size_t>(planes.chroma_width()));
  for (int y = 0; y < planes.height; ++y) {
    const std::size_t at = static_cast<std::size_t>(y) * width;
    if (!planes.grey && planes.chroma_shift == 1) {
      spread_row(planes.u, planes.chroma_width(), planes.chroma_height(), y, vertical, u);
      spread_row(planes.v, planes.chroma_width(), planes.chroma_height(), y, vertical, v);
    } else if (!planes.grey) {
      widen_row(planes.u.data() + at, u);
      widen_row(planes.v.data() + at, v);
    }
    std::uint8_t* to = pixels.bytes.data() + start + at * bands;
    for (std::size_t x = 0; x < width; ++x, to += bands) {
      const auto luma = static_cast<float>(planes.y[at + x]);
      if (planes.grey) {
        to[0] = byte(luma * scale);
      } else if (planes.identity) {
        to[0] = byte(v[x] * scale);
        to[1] = byte(luma * scale);
        to[2] = byte(u[x] * scale);
      } else {
        const float red = luma + (v[x] - middle) / kV;
        const float blue = luma + (u[x] - middle) / kU;
        to[0] = byte(red * scale);
        to[1] = byte((luma - kRed * red - kBlue * blue) / kGreen * scale);
        to[2] = byte(blue * scale);
      }
      if (pixels.has_alpha()) {
        to[bands - 1] = byte(static_cast<float>(planes.alpha[at + x]) * scale);
      }
    }
  }
}

}  // namespace pictor::imaging
