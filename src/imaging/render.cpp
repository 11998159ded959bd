#include <algorithm>

#include "imaging/decode/open.hpp"
#include "imaging/embed/containers.hpp"
#include "imaging/embed/embed.hpp"
#include "imaging/embed/tiff_container.hpp"
#include "imaging/encode/encode.hpp"
#include "imaging/imaging.hpp"
#include "imaging/mapped_file.hpp"
#include "imaging/probe/claims.hpp"
#include "imaging/steps/steps.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

using domain::ImageFormat;
using domain::ImageInfo;
using domain::RenderedFile;
using domain::RenderRequest;
using vips::VImage;

/// What one picture's rendering shares between its targets.
struct Rendering {
  std::span<const std::uint8_t> source;
  const ImageInfo& info;
  const RenderRequest& request;
  std::vector<ImageFormat> formats;  ///< one, or those that `auto` compares
  bool animated = false;
  Geometry full;
  Blocks source_blocks;
  std::vector<std::string> warnings;

  void warn(const std::string& code) {
    if (std::find(warnings.begin(), warnings.end(), code) == warnings.end()) {
      warnings.push_back(code);
    }
  }
};

/// A format that we write for `original`: the source's own, or the nearest.
ImageFormat original_format(Rendering& rendering) {
  const ImageFormat format = rendering.info.format;
  if (domain::traits_of(format).writable) {
    return format;
  }
  rendering.warn("format_substituted");
  return rendering.info.has_alpha || format == ImageFormat::kSvg ? ImageFormat::kPng : ImageFormat::kJpeg;
}

void choose_formats(Rendering& rendering) {
  const domain::ExportSettings& settings = rendering.request.settings;
  if (settings.choice == domain::OutputChoice::kFormat) {
    rendering.formats = {settings.format};
  } else if (settings.choice == domain::OutputChoice::kOriginal) {
    rendering.formats = {original_format(rendering)};
  } else {
    for (const ImageFormat format : settings.accept) {
      // Alpha and movement are not given up for bytes.
      const bool holds_alpha = domain::traits_of(format).has_alpha || !rendering.info.has_alpha;
      const bool holds_frames = domain::traits_of(format).animated || rendering.info.frames == 1;
      const bool holds_every_bit = format != ImageFormat::kJpeg || !settings.lossless;
      if (holds_alpha && holds_frames && holds_every_bit) {
        rendering.formats.push_back(format);
      }
    }
    if (rendering.formats.empty()) {
      rendering.formats = {settings.accept.front()};
    }
  }
  rendering.animated =
      rendering.info.frames > 1 && std::all_of(rendering.formats.begin(), rendering.formats.end(),
                                               [](ImageFormat format) { return domain::traits_of(format).animated; });
  // libvips reads the first frame of an APNG only.
  const bool is_apng = rendering.info.format == ImageFormat::kPng && count_png_frames(rendering.source) > 1;
  if ((rendering.info.frames > 1 && !rendering.animated) || is_apng) {
    rendering.warn("animation_flattened");
  }
}

RenderPlan plan_of(const Rendering& rendering, const Geometry& geometry, ImageFormat format) {
  RenderPlan plan;
  plan.orientation = rendering.info.format == ImageFormat::kHeif ? 1 : rendering.info.orientation;
  plan.geometry = geometry;
  plan.background = rendering.request.settings.background;
  plan.output_has_alpha = domain::traits_of(format).has_alpha;
  plan.keep_profile = rendering.request.settings.keep.icc;
  plan.frames = rendering.animated ? rendering.info.frames : 1;
  return plan;
}

/// Opens with what decoders can leave out, and runs the first steps that all targets share.
Result<VImage> decode_once(const Rendering& rendering) {
  OpenOptions options;
  options.all_frames = rendering.animated;
  const bool turned = rendering.info.orientation >= 5;
  options.want_width = turned ? rendering.full.scaled_height : rendering.full.scaled_width;
  options.want_height = turned ? rendering.full.scaled_width : rendering.full.scaled_height;
  Result<VImage> opened = open_pixels(rendering.source, rendering.info, options);
  if (!opened || rendering.request.targets.size() + rendering.formats.size() <= 2) {
    return opened;
  }
  // Read once, used many times: a sequential source can't be rewound.
  return opened->copy_memory();
}

VImage run_steps(VImage image, const RenderPlan& plan, std::stop_token stop) {
  for (const Step& step : kRenderSteps) {
    if (stop.stop_requested()) {
      throw vips::VError("cancelled");
    }
    image = step.run(std::move(image), plan);
  }
  return image;
}

/// The source file itself, with only its metadata changed; nothing where that can't be done.
std::optional<std::vector<std::uint8_t>> passed_through(const Rendering& rendering, ImageFormat format,
                                                        const Blocks& blocks, const VImage& decoded) {
  const bool same_picture = format == rendering.info.format && rendering.info.orientation == 1 &&
                            !rendering.full.scales(rendering.info.width, rendering.info.height) &&
                            !rendering.full.crops() && !rendering.full.pads() &&
                            rendering.info.colour_space != "cmyk" && (rendering.animated || rendering.info.frames == 1);
  // Of a damaged source, what can be shown is handed out, not the damage.
  const std::vector<std::string>& warnings = rendering.info.warnings;
  const bool damaged = std::find(warnings.begin(), warnings.end(), "truncated") != warnings.end() ||
                       tells_of_damage(vips_error_buffer());
  // Without its profile the same numbers would be other colours.
  const bool profiled = decoded.get_typeof(VIPS_META_ICC_NAME) != 0;
  const bool keeps_profile = rendering.request.settings.keep.icc || !profiled;
  const bool keeps_colours = keeps_profile || rendering.info.icc_profile.find("sRGB") != std::string::npos;
  if (!same_picture || damaged || !keeps_colours || !rendering.request.settings.never_worse) {
    return std::nullopt;
  }
  if (format == ImageFormat::kTiff) {
    return is_bare_tiff(rendering.source) && keeps_profile
               ? std::optional(std::vector<std::uint8_t>(rendering.source.begin(), rendering.source.end()))
               : std::nullopt;
  }
  if (format != ImageFormat::kAvif) {
    return rewrite_metadata(rendering.source, format, blocks, rendering.request.settings.keep.icc);
  }
  const bool source_is_bare = rendering.source_blocks.exif.empty() && rendering.source_blocks.xmp.empty() &&
                              rendering.source_blocks.iptc.empty();
  const bool wants_nothing = blocks.exif.empty() && blocks.xmp.empty() && blocks.iptc.empty();
  // Ours only adds to an AVIF, it takes nothing away.
  if (!source_is_bare || !keeps_profile) {
    return std::nullopt;
  }
  return wants_nothing ? std::vector<std::uint8_t>(rendering.source.begin(), rendering.source.end())
                       : rewrite_metadata(rendering.source, format, blocks, true);
}

/// Results have the same limits as sources.
Result<void> check_size(const Rendering& rendering) {
  const Geometry& full = rendering.full;
  const std::int64_t most = limits_in_force().max_pixels;
  const std::int64_t pixels = static_cast<std::int64_t>(full.width) * full.height;
  const double scaled = static_cast<double>(full.scaled_width) * full.scaled_height;
  const int frames = rendering.animated ? rendering.info.frames : 1;
  if (pixels <= most && pixels * frames <= 4 * most && scaled <= 4.0 * static_cast<double>(most)) {
    return {};
  }
  return fail({ErrorCode::kImageTooLarge,
               "The result would have " + std::to_string(full.width) + " × " + std::to_string(full.height) +
                   " pixels or be cut from a larger one; at "
                   "most " +
                   std::to_string(most / 1'000'000) + " million are made. Ask for a smaller size."});
}

struct Made {
  std::vector<std::uint8_t> bytes;
  RenderedFile file;
};

/// One target in one format.
Result<Made> make(Rendering& rendering, const VImage& decoded, const domain::RenderTarget& target,
                  const Geometry& geometry, ImageFormat format, std::stop_token stop) {
  const RenderPlan plan = plan_of(rendering, geometry, format);
  const VImage image = run_steps(decoded, plan, stop);
  Blocks blocks = blocks_for(rendering.request, rendering.info, rendering.source_blocks, format);
  Result<EncodedImage> encoded = encode(image, format, rendering.request.settings);
  if (!encoded) {
    return fail(encoded.error());
  }
  Result<std::vector<std::uint8_t>> finished = embed(encoded->bytes, format, blocks);
  if (!finished && finished.error().code == ErrorCode::kMetadataMismatch) {
    // What the upload carried may be too much for this format: its own blocks go, the words stay.
    blocks = blocks_for(rendering.request, rendering.info, {}, format);
    finished = embed(std::move(encoded->bytes), format, blocks);
    rendering.warn("metadata_not_written");
  }
  if (!finished) {
    return fail(finished.error());
  }
  if (!holds_metadata(format) && !blocks.xmp.empty()) {
    rendering.warn("metadata_not_written");
  }
  Made made{*std::move(finished), {}};
  made.file = {.name = target.name,
               .format = format,
               .width = geometry.width,
               .height = geometry.height,
               .quality = encoded->quality,
               .encoder = encoded->encoder};
  const auto source_size = rendering.source.size();
  if (target.name == "full" && made.bytes.size() >= source_size) {
    if (auto same = passed_through(rendering, format, blocks, decoded); same && same->size() <= made.bytes.size()) {
      made.bytes = *std::move(same);
      made.file.passthrough = true;
      made.file.quality.reset();
      made.file.encoder = "none (the source's own picture)";
    }
  }
  made.file.bytes = static_cast<std::int64_t>(made.bytes.size());
  return made;
}

Result<Made> make_smallest(Rendering& rendering, const VImage& decoded, const domain::RenderTarget& target,
                           std::stop_token stop) {
  const Geometry geometry = target.width ? narrowed(rendering.full, *target.width) : rendering.full;
  std::optional<Made> best;
  for (const ImageFormat format : rendering.formats) {
    Result<Made> made = make(rendering, decoded, target, geometry, format, stop);
    if (!made && (made.error().code != ErrorCode::kFormatLimit || rendering.formats.size() == 1)) {
      return made;
    }
    if (made && (!best || made->bytes.size() < best->bytes.size())) {
      best = *std::move(made);
    }
  }
  if (!best) {
    return fail({ErrorCode::kFormatLimit, "No format that is accepted holds a picture of this size."});
  }
  best->file.tried = static_cast<int>(rendering.formats.size());
  return *std::move(best);
}

Result<domain::RenderResult> render_all(Rendering& rendering, std::span<const int> outputs, std::stop_token stop,
                                        const std::function<void(const std::string&)>& on_step) {
  const auto tell = [&](const std::string& step) {
    if (on_step) {
      on_step(step);
    }
  };
  tell("decoding");
  const Result<VImage> decoded = decode_once(rendering);
  if (!decoded) {
    return fail(decoded.error());
  }
  domain::RenderResult result;
  tell("encoding");
  for (std::size_t i = 0; i < rendering.request.targets.size(); ++i) {
    Result<Made> made = make_smallest(rendering, *decoded, rendering.request.targets[i], stop);
    if (!made) {
      return fail(made.error());
    }
    if (const Result<void> written = write_all(outputs[i], made->bytes); !written) {
      return fail(written.error());
    }
    result.files.push_back(made->file);
    // Later targets choose among all formats again only when the first did not settle it.
    rendering.formats = {made->file.format};
  }
  if (tells_of_damage(take_vips_message())) {
    rendering.warn("truncated");
  }
  result.warnings = rendering.warnings;
  for (const std::string& warning : rendering.info.warnings) {
    if (std::find(result.warnings.begin(), result.warnings.end(), warning) == result.warnings.end()) {
      result.warnings.push_back(warning);
    }
  }
  return result;
}

}  // namespace

Result<domain::RenderResult> render(int file, const ImageInfo& info, const RenderRequest& request,
                                    std::span<const int> outputs, std::stop_token stop,
                                    const std::function<void(const std::string&)>& on_step) {
  if (outputs.size() != request.targets.size()) {
    return fail_internal("render: one output a target");
  }
  const Result<MappedFile> mapped = MappedFile::map(file);
  if (!mapped) {
    return fail(mapped.error());
  }
  Result<domain::RenderResult> result = with_vips([&] {
    Rendering rendering{mapped->bytes(), info, request, {}, false, {}, source_blocks(mapped->bytes(), info), {}};
    choose_formats(rendering);
    rendering.full = geometry_of(info.upright_width(), info.upright_height(), request.settings.resize);
    const Result<void> checked = check_size(rendering);
    return checked ? render_all(rendering, outputs, stop, on_step)
                   : Result<domain::RenderResult>(fail(checked.error()));
  });
  if (stop.stop_requested()) {
    return fail({ErrorCode::kCancelled, "The job was cancelled."});
  }
  return result;
}

}  // namespace pictor::imaging
