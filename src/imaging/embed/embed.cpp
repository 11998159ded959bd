#include "imaging/embed/embed.hpp"

#include "imaging/decode/heif.hpp"
#include "imaging/decode/open.hpp"
#include "imaging/embed/containers.hpp"
#include "imaging/embed/exif.hpp"
#include "imaging/embed/gif_container.hpp"
#include "imaging/embed/iptc.hpp"
#include "imaging/embed/words.hpp"
#include "imaging/embed/xmp.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

using domain::ImageFormat;

tl::unexpected<Error> mismatch(const char* where) {
  return fail({ErrorCode::kMetadataMismatch,
               "The words could not be written into the file. Export without them (embedMetadata: false), or in "
               "another format.",
               where});
}

bool is_empty(const Blocks& blocks) { return blocks.exif.empty() && blocks.iptc.empty() && blocks.xmp.empty(); }

/// By libvips' reader, which is not our writer's; XMP in GIF, which it does not know, by our own.
Result<void> read_back(std::span<const std::uint8_t> file, ImageFormat format, const Blocks& expected) {
  if (format == ImageFormat::kGif) {
    return read_gif_xmp(file) == expected.xmp ? Result<void>() : mismatch("xmp");
  }
  const Blocks found = blocks_of(open_header(file, format));
  if (found.xmp != expected.xmp) {
    return mismatch("xmp");
  }
  if (found.exif != expected.exif) {
    return mismatch("exif");
  }
  if (format == ImageFormat::kJpeg && found.iptc != expected.iptc) {
    return mismatch("iptc");
  }
  return {};
}

}  // namespace

Blocks source_blocks(std::span<const std::uint8_t> bytes, const domain::ImageInfo& info) {
  if (info.format == ImageFormat::kHeif) {
    const Result<HeifHeader> header = read_heif_header(bytes);
    return header ? Blocks{header->exif, {}, header->xmp} : Blocks{};
  }
  if (info.format == ImageFormat::kGif) {
    return {{}, {}, read_gif_xmp(bytes)};
  }
  if (info.format == ImageFormat::kBmp || info.format == ImageFormat::kJxl) {
    return {};
  }
  return blocks_of(open_header(bytes, info.format));
}

Blocks blocks_for(const domain::RenderRequest& request, const domain::ImageInfo& info, const Blocks& source,
                  ImageFormat format) {
  const domain::Keep& keep = request.settings.keep;
  const Words words = words_for(request, info.embedded);
  const std::vector<std::uint8_t> none;
  Blocks blocks;
  if (format != ImageFormat::kGif) {
    blocks.exif = write_exif(words, source.exif, keep);
  }
  blocks.xmp = write_xmp(words, keep.xmp ? source.xmp : none, keep.gps);
  if (format == ImageFormat::kJpeg) {
    blocks.iptc = write_iptc(words, keep.iptc ? source.iptc : none);
  }
  return blocks;
}

bool holds_metadata(ImageFormat format) {
  return format == ImageFormat::kJpeg || format == ImageFormat::kPng || format == ImageFormat::kWebp ||
         format == ImageFormat::kAvif || format == ImageFormat::kGif;
}

Result<std::vector<std::uint8_t>> embed(std::vector<std::uint8_t> file, ImageFormat format, const Blocks& blocks) {
  if (is_empty(blocks) || !holds_metadata(format)) {
    return file;
  }
  auto written = rewrite_metadata(file, format, blocks, true);
  if (!written) {
    return mismatch("container");
  }
  file = *std::move(written);
  if (const Result<void> same = read_back(file, format, blocks); !same) {
    return fail(same.error());
  }
  return file;
}

}  // namespace pictor::imaging
