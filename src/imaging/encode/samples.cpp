#include "imaging/encode/samples.hpp"

#include <algorithm>
#include <cstring>

namespace pictor::imaging {
namespace {

/// The same picture's frame, with other bands and no samples yet.
Pixels shaped(const Pixels& pixels, int bands, int bits) {
  Pixels made;
  made.width = pixels.width;
  made.height = pixels.height;
  made.bands = bands;
  made.bits = bits;
  made.frames = pixels.frames;
  made.icc = pixels.icc;
  made.delays = pixels.delays;
  made.loop = pixels.loop;
  made.bytes.resize(made.frame_bytes() * static_cast<std::size_t>(pixels.frames));
  return made;
}

/// Calls `visit(from, to)` with the first sample of each pixel.
template <class Sample, class Visit>
void each_pixel(const Pixels& pixels, Pixels& made, Visit visit) {
  const auto* from = reinterpret_cast<const Sample*>(pixels.bytes.data());
  auto* to = reinterpret_cast<Sample*>(made.bytes.data());
  const std::size_t count = static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height) *
                            static_cast<std::size_t>(pixels.frames);
  for (std::size_t i = 0; i < count; ++i, from += pixels.bands, to += made.bands) {
    visit(from, to);
  }
}

template <class Visit>
Pixels rebanded(const Pixels& pixels, int bands, Visit visit) {
  Pixels made = shaped(pixels, bands, pixels.bits);
  if (pixels.bits == 16) {
    each_pixel<std::uint16_t>(pixels, made, visit);
  } else {
    each_pixel<std::uint8_t>(pixels, made, visit);
  }
  return made;
}

template <class Sample>
bool has_clear_pixel(const Pixels& pixels) {
  const auto* samples = reinterpret_cast<const Sample*>(pixels.bytes.data());
  const std::size_t count = pixels.bytes.size() / sizeof(Sample);
  const auto bands = static_cast<std::size_t>(pixels.bands);
  for (std::size_t i = bands - 1; i < count; i += bands) {
    if (samples[i] != static_cast<Sample>(~Sample{0})) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<void> check_sides(const Pixels& pixels, std::string_view format, int limit) {
  if (pixels.width <= limit && pixels.height <= limit) {
    return {};
  }
  return fail({ErrorCode::kFormatLimit, "The format " + std::string(format) + " holds at most " +
                                            std::to_string(limit) + " pixels a side; the picture has " +
                                            std::to_string(pixels.width) + " × " + std::to_string(pixels.height) +
                                            ". Choose another format, or resize it."});
}

float distance_of_quality(double quality) {
  if (quality >= 100) {
    return 0.01F;
  }
  if (quality >= 30) {
    return static_cast<float>(0.1 + (100 - quality) * 0.09);
  }
  return static_cast<float>(53.0 / 3000.0 * quality * quality - 23.0 / 20.0 * quality + 25.0);
}

Pixels in_8_bits(const Pixels& pixels) {
  if (pixels.bits == 8) {
    return pixels;
  }
  Pixels made = shaped(pixels, pixels.bands, 8);
  const auto* from = reinterpret_cast<const std::uint16_t*>(pixels.bytes.data());
  for (std::uint8_t& sample : made.bytes) {
    // 65,535 / 255 is 257 exactly.
    sample = static_cast<std::uint8_t>((static_cast<unsigned>(*from++) + 128U) / 257U);
  }
  return made;
}

bool is_translucent(const Pixels& pixels) {
  if (!pixels.has_alpha()) {
    return false;
  }
  return pixels.bits == 16 ? has_clear_pixel<std::uint16_t>(pixels) : has_clear_pixel<std::uint8_t>(pixels);
}

Pixels without_alpha(const Pixels& pixels) {
  if (!pixels.has_alpha()) {
    return pixels;
  }
  const int bands = pixels.bands - 1;
  return rebanded(pixels, bands, [bands](const auto* from, auto* to) { std::copy(from, from + bands, to); });
}

Pixels over_white(const Pixels& pixels) {
  if (!pixels.has_alpha()) {
    return pixels;
  }
  const int bands = pixels.bands - 1;
  const std::uint64_t white = pixels.bits == 16 ? 65'535 : 255;
  return rebanded(pixels, bands, [=](const auto* from, auto* to) {
    const std::uint64_t alpha = from[bands];
    for (int band = 0; band < bands; ++band) {
      const std::uint64_t sum = from[band] * alpha + white * (white - alpha);
      to[band] = static_cast<std::remove_reference_t<decltype(*to)>>((sum + white / 2) / white);
    }
  });
}

Pixels in_colour(const Pixels& pixels) {
  if (pixels.bands >= 3) {
    return pixels;
  }
  const bool alpha = pixels.has_alpha();
  return rebanded(pixels, alpha ? 4 : 3, [alpha](const auto* from, auto* to) {
    to[0] = to[1] = to[2] = from[0];
    if (alpha) {
      to[3] = from[1];
    }
  });
}

}  // namespace pictor::imaging
