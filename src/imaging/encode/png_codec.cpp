#include "imaging/encode/png_codec.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "imaging/encode/png_deflate.hpp"
#include "imaging/encode/png_file.hpp"
#include "imaging/encode/png_filter.hpp"
#include "imaging/encode/png_form.hpp"
#include "imaging/encode/vips_pixels.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

using std::string_view_literals::operator""sv;
using vips::VImage;

/// What an effort tries. On eight pictures (icon, plot, photographs, screenshots) the steps took 0.11, 0.24, 0.42,
/// 0.69, 1.1, 1.8, 2.5, 4.2 and 7.2 CPU seconds.
struct Rung {
  std::vector<FilterMeasure> measures;
  int trial_level = 5;
  int level = 11;
  bool both = false;    ///< the best mixture and the best single measure are both deflated at the end
  bool zopfli = false;  ///< where the picture is small enough
};

const Rung& rung_of(int effort) {
  using enum FilterMeasure;
  static const std::array<Rung, 10> ladder = {
      Rung{{kMinimumSum}, 1, 6},
      Rung{{kNone, kBigrams}, 1, 6},
      Rung{{kNone, kBigrams, kEntropy}, 2, 8},
      Rung{{kNone, kBigrams, kEntropy}, 4, 10},
      Rung{{kNone, kBigrams, kEntropy}, 4, 11},
      Rung{{kNone, kSub, kBigrams, kEntropy, kModel}, 6, 12},
      Rung{{kNone, kSub, kPaeth, kBigrams, kBigramEntropy, kEntropy, kModel}, 8, 12},
      Rung{{kNone, kSub, kPaeth, kBigrams, kBigramEntropy, kEntropy, kModel}, 9, 12, true},
      Rung{{kNone, kSub, kUp, kAverage, kPaeth, kMinimumSum, kBigrams, kBigramEntropy, kEntropy, kModel, kBrute},
           10,
           12,
           true},
      Rung{{kNone, kSub, kUp, kAverage, kPaeth, kMinimumSum, kBigrams, kBigramEntropy, kEntropy, kModel, kBrute},
           11,
           12,
           true,
           true},
  };
  return ladder.at(static_cast<std::size_t>(std::clamp(effort, 0, 9)));
}

/// Up to here a picture is cheap, and quick trials mislead: they miss the long matches that the last level finds.
constexpr std::size_t kSmallBytes = 200U << 10U;

/// What is tried on so many bytes of rows.
FilterEffort trials_of(const Rung& rung, int effort, std::size_t bytes) {
  FilterEffort trials = {rung.measures, rung.trial_level};
  if (effort >= 4 && bytes <= kSmallBytes) {
    trials.trial_level = std::max(trials.trial_level, 9);
    for (const FilterMeasure more : {FilterMeasure::kSub, FilterMeasure::kModel}) {
      if (std::find(trials.measures.begin(), trials.measures.end(), more) == trials.measures.end()) {
        trials.measures.push_back(more);
      }
    }
  }
  return trials;
}

/// Zopfli is asked up to here, about 15 s; above, libdeflate's best has the last word.
constexpr std::size_t kZopfliBytes = 3U << 20U;
/// Bytes of a form's rows that are looked at to choose between forms.
constexpr std::size_t kSampleBytes = 384U << 10U;

/// The smallest form by a quick look at the middle of the picture.
PngForm choose_form(const Pixels& pixels, int effort) {
  std::vector<PngForm> forms = png_forms(pixels, effort);
  if (forms.size() == 1) {
    return std::move(forms[0]);
  }
  // The same rows of each form, few enough for the widest.
  std::size_t widest = 1;
  for (const PngForm& form : forms) {
    widest = std::max(widest, form.row_bytes(pixels.width));
  }
  const int rows = std::clamp(static_cast<int>(kSampleBytes / widest), 1, pixels.height);
  const int first = (pixels.height - rows) / 2;
  const double share = static_cast<double>(rows) / pixels.height;
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < forms.size(); ++i) {
    const std::vector<std::uint8_t> sample = png_rows(pixels, forms[i], first, rows);
    const FilterEffort quick = {{FilterMeasure::kNone, FilterMeasure::kBigrams}, effort >= 6 ? 8 : 4};
    const PngRows sampled = {sample, forms[i].row_bytes(pixels.width), forms[i].step()};
    const std::size_t bytes = choose_filters(sampled, quick).front().trial_bytes;
    const double cost = static_cast<double>(bytes) + static_cast<double>(forms[i].overhead()) * share;
    if (cost < least) {
      least = cost;
      best = i;
    }
  }
  return std::move(forms[best]);
}

std::vector<std::uint8_t> deflated(const PngRows& rows, int effort) {
  const Rung& rung = rung_of(effort);
  std::vector<FilterChoice> choices = choose_filters(rows, trials_of(rung, effort, rows.bytes.size()));
  if (!rung.both) {
    choices.resize(1);
  }
  std::vector<std::uint8_t> least;
  std::vector<std::uint8_t> input;
  for (const FilterChoice& choice : choices) {
    std::vector<std::uint8_t> filtered = filtered_rows(rows, choice.filters);
    std::vector<std::uint8_t> stream = zlib_of(filtered, rung.level);
    if (least.empty() || stream.size() < least.size()) {
      least = std::move(stream);
      input = std::move(filtered);
    }
  }
  if (rung.zopfli && input.size() <= kZopfliBytes) {
    std::vector<std::uint8_t> stream = zlib_by_zopfli(input, input.size() < (256U << 10U) ? 15 : 5);
    if (stream.size() < least.size()) {
      least = std::move(stream);
    }
  }
  return least;
}

/// A picture in a form, deflated: all that is found out before the file is written.
struct Packed {
  PngForm form;
  std::vector<std::uint8_t> stream;
};

Packed pack_pixels(const Pixels& pixels, int effort) {
  Packed packed{choose_form(pixels, effort), {}};
  const std::vector<std::uint8_t> bytes = png_rows(pixels, packed.form, 0, pixels.height);
  packed.stream = deflated({bytes, packed.form.row_bytes(pixels.width), packed.form.step()}, effort);
  return packed;
}

/// At most 256 colours, by libvips' quantiser; what it wrote is only read back.
Result<Pixels> quantised(const Pixels& pixels, const EncodeSettings& settings) {
  return with_vips([&]() -> Result<Pixels> {
    const bool smooth = settings.content == Content::kPhoto || settings.content == Content::kScreenshot;
    const std::vector<std::uint8_t> file =
        saved(in_8_bits(vips_image_of(pixels)), ".png",
              VImage::option()
                  ->set("palette", true)
                  ->set("Q", std::clamp(static_cast<int>(settings.quality + 0.5), 1, 100))
                  // Dithering makes gradients smooth and drawings larger.
                  ->set("dither", smooth ? 1.0 : 0.5)
                  ->set("effort", std::clamp(settings.effort + 1, 1, 10))
                  ->set("compression", 1)
                  ->set("keep", VIPS_FOREIGN_KEEP_NONE));
    Result<Pixels> few = decode_png(file);
    if (few) {
      few->icc = pixels.icc;
    }
    return few;
  });
}

/// Says of pixels what can only be a mistake of ours.
Result<void> check(const Pixels& pixels) {
  const bool sound = pixels.width > 0 && pixels.height > 0 && pixels.bands >= 1 && pixels.bands <= 4 &&
                     (pixels.bits == 8 || pixels.bits == 16) && pixels.bytes.size() >= pixels.frame_bytes();
  return sound ? Result<void>() : Result<void>(fail_internal("PNG: pixels that are no picture"));
}

/// What hangs on the colour type: no longer true when that changes.
bool hangs_on_type(std::string_view type) { return type == "bKGD"sv || type == "sBIT"sv || type == "hIST"sv; }

bool is_rewritten(std::string_view type) {
  return type == "IHDR"sv || type == "PLTE"sv || type == "tRNS"sv || type == "IDAT"sv || type == "IEND"sv;
}

/// The colour type and depth that a file has: bytes 8 and 9 of IHDR.
bool same_form(const PngChunk& header, const PngForm& form) {
  return header.payload.size() == 13 && header.payload[8] == form.depth &&
         header.payload[9] == static_cast<std::uint8_t>(form.type) && form.type != PngType::kPalette;
}

/// The old file's other chunks around the new pixels, each on its side of PLTE and IDAT. Damaged ones, which readers
/// pass over, are left out.
std::vector<std::uint8_t> rewritten(const std::vector<PngChunk>& chunks, const Pixels& pixels, const Packed& packed) {
  PngWriter writer;
  writer.header(pixels.width, pixels.height, packed.form);
  const bool same = same_form(chunks.front(), packed.form);
  const auto put = [&](bool before_palette, bool before_pixels) {
    bool seen_palette = false;
    bool seen_pixels = false;
    for (const PngChunk& chunk : chunks) {
      seen_palette |= chunk.type == "PLTE"sv;
      seen_pixels |= chunk.type == "IDAT"sv;
      if (chunk.sound && !is_rewritten(chunk.type) && (same || !hangs_on_type(chunk.type)) &&
          before_pixels == !seen_pixels && (!before_pixels || before_palette == !seen_palette)) {
        writer.chunk(chunk.type, chunk.payload);
      }
    }
  };
  put(true, true);
  writer.colours(packed.form);
  put(false, true);
  writer.pixels(packed.stream);
  put(false, false);
  writer.end();
  return writer.take();
}

}  // namespace

Result<Encoded> encode_png(const Pixels& pixels, const EncodeSettings& settings) {
  if (const Result<void> sound = check(pixels); !sound) {
    return fail(sound.error());
  }
  std::optional<Pixels> few;
  if (settings.palette && !settings.lossless) {
    Result<Pixels> chosen = quantised(pixels, settings);
    if (!chosen) {
      return fail(chosen.error());
    }
    few = *std::move(chosen);
  }
  const Pixels& source = few ? *few : pixels;
  const Packed packed = pack_pixels(source, settings.effort);
  PngWriter writer;
  writer.header(source.width, source.height, packed.form);
  if (!source.icc.empty()) {
    writer.profile(source.icc);
  }
  writer.colours(packed.form);
  writer.pixels(packed.stream);
  writer.end();
  return Encoded{writer.take(), few ? "pictor png 1, palette by libimagequant" : "pictor png 1 lossless"};
}

Result<Pixels> decode_png(std::span<const std::uint8_t> file) {
  return with_vips([&]() -> Result<Pixels> {
    const FileBlob blob(file);
    return pixels_of(VImage::pngload_buffer(blob.get(), VImage::option()->set("fail_on", VIPS_FAIL_ON_ERROR)));
  });
}

std::vector<std::uint8_t> optimise_png(std::span<const std::uint8_t> file, int effort) {
  std::vector<std::uint8_t> original(file.begin(), file.end());
  const std::vector<PngChunk> chunks = png_chunks(file);
  // Animations, and what a later standard makes essential (an upper-case first letter).
  const bool foreign = std::any_of(chunks.begin(), chunks.end(), [](const PngChunk& chunk) {
    return chunk.type == "acTL"sv || ((chunk.type[0] & 0x20) == 0 && !is_rewritten(chunk.type));
  });
  if (chunks.empty() || chunks.front().type != "IHDR"sv || foreign) {
    return original;
  }
  const Result<Pixels> pixels = decode_png(file);
  if (!pixels) {
    return original;
  }
  std::vector<std::uint8_t> smaller = rewritten(chunks, *pixels, pack_pixels(*pixels, effort));
  return smaller.size() < original.size() ? smaller : original;
}

}  // namespace pictor::imaging
