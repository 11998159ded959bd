#include <algorithm>
#include <chrono>

#include "imaging/decode/open.hpp"
#include "imaging/embed/containers.hpp"
#include "imaging/embed/embed.hpp"
#include "imaging/embed/gain_map.hpp"
#include "imaging/embed/tiff_container.hpp"
#include "imaging/encode/codec.hpp"
#include "imaging/encode/svg_cleaner.hpp"
#include "imaging/imaging.hpp"
#include "imaging/mapped_file.hpp"
#include "imaging/pixels_vips.hpp"
#include "imaging/prepare.hpp"
#include "imaging/probe/probe.hpp"
#include "imaging/promise/promise.hpp"
#include "imaging/quick.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

using domain::ImageFormat;
using domain::ImageInfo;
using domain::RenderedFile;
using domain::RenderRequest;

/// A child is ended after two minutes (engine/pool): a huge picture at a high effort ends before as a file.
constexpr std::chrono::seconds kPatience{60};

/// What one picture's rendering shares between its targets.
struct Rendering {
  std::span<const std::uint8_t> source;
  const ImageInfo& info;
  const RenderRequest& request;
  std::vector<ImageFormat> formats;  ///< one, or those that `auto` compares
  bool animated = false;
  Blocks source_blocks;
  QuickWay quick;
  std::vector<std::string> warnings;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

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
  if (rendering.info.frames > 1 && !rendering.animated) {
    rendering.warn("animation_flattened");
  }
}

bool all_have_alpha(const std::vector<ImageFormat>& formats) {
  return std::ranges::all_of(formats, [](ImageFormat format) { return domain::traits_of(format).has_alpha; });
}

/// All but the placement.
RenderPlan plan_of(const Rendering& rendering) {
  RenderPlan plan;
  plan.orientation = stored_orientation(rendering.info);
  plan.edits = rendering.request.settings.edits;
  plan.background = rendering.request.settings.background;
  plan.output_has_alpha = all_have_alpha(rendering.formats);
  plan.keep_profile = rendering.request.settings.keep.icc;
  plan.frames = rendering.animated ? rendering.info.frames : 1;
  return plan;
}

/// The source file itself, with only its metadata changed; nothing where that can't be done.
std::optional<std::vector<std::uint8_t>> passed_through(const Rendering& rendering, ImageFormat format,
                                                        const Blocks& blocks, const Prepared& prepared) {
  const bool same_picture = format == rendering.info.format && is_untouched(prepared, rendering.info) &&
                            rendering.info.colour_space != "cmyk" && (rendering.animated || rendering.info.frames == 1);
  // Of a damaged source, what can be shown is handed out, not the damage.
  const std::vector<std::string>& warnings = rendering.info.warnings;
  const bool damaged = std::find(warnings.begin(), warnings.end(), "truncated") != warnings.end() ||
                       rendering.quick.damaged() || tells_of_damage(vips_error_buffer());
  // Without its profile the same numbers would be other colours.
  const bool keeps_profile = rendering.request.settings.keep.icc || !prepared.has_profile;
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

struct Made {
  std::vector<std::uint8_t> bytes;
  RenderedFile file;
};

/// Adds the words and what is kept of the upload to an encoded file.
Result<std::vector<std::uint8_t>> with_metadata(Rendering& rendering, std::vector<std::uint8_t> encoded,
                                                ImageFormat format) {
  Blocks blocks = blocks_for(rendering.request, rendering.info, rendering.source_blocks, format);
  Result<std::vector<std::uint8_t>> finished = embed(encoded, format, blocks);
  if (!finished && finished.error().code == ErrorCode::kMetadataMismatch) {
    // What the upload carried may be too much for this format: its own blocks go, the words stay.
    blocks = blocks_for(rendering.request, rendering.info, {}, format);
    finished = embed(std::move(encoded), format, blocks);
    rendering.warn("metadata_not_written");
  }
  if (finished && !holds_metadata(format) && !blocks.xmp.empty()) {
    rendering.warn("metadata_not_written");
  }
  return finished;
}

/// The settings' words about size and quality, as the search reads them. Targets that are still to be made share the
/// time that is left.
Wanted wanted_of(const Rendering& rendering, std::size_t targets_left) {
  const domain::ExportSettings& settings = rendering.request.settings;
  Wanted wanted;
  wanted.score = domain::promised_score(settings);
  if (settings.quality) {
    wanted.quality = *settings.quality;
  }
  wanted.max_bytes = settings.max_bytes;
  wanted.lossless = settings.lossless;
  wanted.palette = settings.target || settings.max_bytes ||
                   (settings.quality ? *settings.quality < 80 : domain::traits_of(settings.preset).png_palette);
  wanted.effort = settings.effort;
  const auto spent = std::chrono::steady_clock::now() - rendering.start;
  const auto share = [&](std::chrono::steady_clock::duration whole) {
    return std::max(whole - spent, std::chrono::steady_clock::duration::zero()) / static_cast<int>(targets_left);
  };
  if (settings.deadline_ms) {
    wanted.deadline = share(std::chrono::milliseconds(*settings.deadline_ms));
  }
  wanted.patience = share(kPatience);
  return wanted;
}

/// Encoders that this machine has for the formats in question. @error kFormatLimit  it has none
Result<std::vector<Codec>> codecs_for(const std::vector<ImageFormat>& formats) {
  std::vector<Codec> codecs;
  for (const ImageFormat format : formats) {
    if (const std::optional<Codec> codec = codec_of(format)) {
      codecs.push_back(*codec);
    }
  }
  if (codecs.empty()) {
    return fail({ErrorCode::kFormatLimit, "This server has no encoder for " +
                                              std::string(domain::traits_of(formats.front()).name) +
                                              "; GET /v1/formats lists what it writes."});
  }
  return codecs;
}

/// The source's own picture where no encode is smaller.
void prefer_source(const Rendering& rendering, const Prepared& prepared, Made& made) {
  if (made.file.name != "full" || made.bytes.size() < rendering.source.size()) {
    return;
  }
  const Blocks blocks = blocks_for(rendering.request, rendering.info, rendering.source_blocks, made.file.format);
  auto same = passed_through(rendering, made.file.format, blocks, prepared);
  if (!same || same->size() > made.bytes.size()) {
    return;
  }
  made.bytes = *std::move(same);
  made.file.passthrough = true;
  made.file.quality.reset();
  made.file.ssimulacra2 = 100;
  made.file.limited_by.clear();
  made.file.encoder = "none (the source's own picture)";
}

/// The gain map of an Ultra HDR source, where it is asked for and fits what was made; else it is dropped, and said so.
void keep_gain_map(Rendering& rendering, const Prepared& prepared, Made& made) {
  const auto map = rendering.info.format == ImageFormat::kJpeg ? find_gain_map(rendering.source) : std::nullopt;
  if (!map) {
    return;
  }
  const bool fits =
      made.file.format == ImageFormat::kJpeg && made.file.name == "full" && is_untouched(prepared, rendering.info);
  auto whole = rendering.request.settings.keep.gainmap && fits ? with_gain_map(made.bytes, *map) : std::nullopt;
  if (!whole) {
    rendering.warn("gainmap_dropped");
    return;
  }
  made.bytes = *std::move(whole);
}

/// The pixels of one result: the quick way where it serves, else through the steps.
Result<Pixels> pixels_for(Rendering& rendering, const Prepared& prepared, const RenderPlan& plan, bool more_follow,
                          const std::stop_token& stop) {
  if (can_go_quick(rendering.info, plan)) {
    Result<Pixels> pixels = rendering.quick.make(plan, more_follow);
    if (pixels || pixels.error().code != ErrorCode::kUnsupportedMediaType) {
      if (rendering.quick.damaged()) {
        rendering.warn("truncated");
      }
      return pixels;
    }
  }
  return pixels_of(finished(prepared, plan, stop), plan.frames);
}

/// One target, in the format that serves it best.
Result<Made> make(Rendering& rendering, const Prepared& prepared, std::size_t index, std::stop_token stop) {
  const domain::RenderTarget& target = rendering.request.targets[index];
  const std::size_t targets_left = rendering.request.targets.size() - index;
  RenderPlan plan = prepared.plan;
  plan.output_has_alpha = all_have_alpha(rendering.formats);
  if (target.width) {
    plan.placement = narrowed(plan.placement, *target.width);
  }
  const Result<std::vector<Codec>> codecs = codecs_for(rendering.formats);
  if (!codecs) {
    return fail(codecs.error());
  }
  const Result<Pixels> made_pixels = pixels_for(rendering, prepared, plan, targets_left > 1, stop);
  if (!made_pixels) {
    return fail(made_pixels.error());
  }
  const Pixels& pixels = *made_pixels;
  Promise promise(
      pixels, wanted_of(rendering, targets_left),
      [&rendering](std::vector<std::uint8_t> bytes, ImageFormat format) {
        return with_metadata(rendering, std::move(bytes), format);
      },
      stop);
  Result<Chosen> chosen = promise.smallest(*codecs);
  if (!chosen) {
    return fail(chosen.error());
  }
  Made made{std::move(chosen->bytes), {}};
  made.file = {.name = target.name,
               .format = chosen->format,
               .width = pixels.width,
               .height = pixels.height,
               .quality = chosen->quality,
               .ssimulacra2 = chosen->score,
               .encoder = chosen->encoder,
               .tried = chosen->tried,
               .limited_by = chosen->limited_by};
  prefer_source(rendering, prepared, made);
  keep_gain_map(rendering, prepared, made);
  made.file.bytes = static_cast<std::int64_t>(made.bytes.size());
  return made;
}

Result<domain::RenderResult> render_all(Rendering& rendering, std::span<const int> outputs, std::stop_token stop,
                                        const std::function<void(const std::string&)>& on_step) {
  const auto tell = [&](const std::string& step) {
    if (on_step) {
      on_step(step);
    }
  };
  tell("decoding");
  const Result<Prepared> prepared = prepare(rendering.source, rendering.info, rendering.request, plan_of(rendering),
                                            rendering.request.targets.size() > 1);
  if (!prepared) {
    return fail(prepared.error());
  }
  domain::RenderResult result;
  tell("encoding");
  for (std::size_t i = 0; i < rendering.request.targets.size(); ++i) {
    Result<Made> made = make(rendering, *prepared, i, stop);
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

/// A drawing of which nothing is wanted that needs pixels stays a drawing.
bool stays_svg(const ImageInfo& info, const RenderRequest& request) {
  const domain::ExportSettings& settings = request.settings;
  Json edits = Json::object();
  domain::write_edits(edits, settings.edits, settings.resize);
  return info.format == ImageFormat::kSvg && settings.choice == domain::OutputChoice::kOriginal && edits.empty() &&
         request.targets.size() == 1;
}

/// Cleaned of what runs, reaches out or is not seen; it shows the same.
Result<domain::RenderResult> clean_drawing(Rendering& rendering, int output) {
  const Result<std::vector<std::uint8_t>> cleaned = clean_svg(rendering.source);
  if (!cleaned) {
    return fail(cleaned.error());
  }
  const auto bytes = static_cast<std::int64_t>(cleaned->size());
  const std::optional<std::int64_t> most = rendering.request.settings.max_bytes;
  if (most && bytes > *most) {
    return fail({ErrorCode::kMaxBytesUnreachable,
                 "The smallest file of this drawing has " + std::to_string(bytes) + " bytes; " + std::to_string(*most) +
                     " were asked for. Allow more bytes, or ask for a picture format and a size."});
  }
  if (const Result<void> written = write_all(output, *cleaned); !written) {
    return fail(written.error());
  }
  if (!blocks_for(rendering.request, rendering.info, {}, ImageFormat::kSvg).xmp.empty()) {
    rendering.warn("metadata_not_written");
  }
  domain::RenderResult result;
  result.files.push_back({.name = rendering.request.targets.front().name,
                          .format = ImageFormat::kSvg,
                          .width = rendering.info.width,
                          .height = rendering.info.height,
                          .bytes = bytes,
                          .encoder = "pictor svg cleaner",
                          .passthrough = std::ranges::equal(*cleaned, rendering.source)});
  result.warnings = rendering.warnings;
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
    const Result<ImageInfo> page = info_of_page(mapped->bytes(), info, request.settings.edits.page, limits_in_force());
    if (!page) {
      return Result<domain::RenderResult>(fail(page.error()));
    }
    Rendering rendering{.source = mapped->bytes(),
                        .info = *page,
                        .request = request,
                        .source_blocks = source_blocks(mapped->bytes(), info),
                        .quick = {mapped->bytes(), *page}};
    if (stays_svg(*page, request)) {
      return clean_drawing(rendering, outputs.front());
    }
    choose_formats(rendering);
    return render_all(rendering, outputs, stop, on_step);
  });
  if (stop.stop_requested()) {
    return fail({ErrorCode::kCancelled, "The job was cancelled."});
  }
  return result;
}

}  // namespace pictor::imaging
