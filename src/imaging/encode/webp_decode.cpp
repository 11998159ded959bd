#include <memory>
#include <webp/decode.h>
#include <webp/demux.h>

#include "imaging/encode/webp_codec.hpp"

namespace pictor::imaging {
namespace {

using DemuxHolder = std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)>;
using AnimationHolder = std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)>;

tl::unexpected<Error> unreadable(const char* where) {
  return fail({ErrorCode::kImageUnreadable, "The picture is damaged and can't be shown.", where});
}

Result<Pixels> decode_still(std::span<const std::uint8_t> file, bool has_alpha, Pixels pixels) {
  pixels.bands = has_alpha ? 4 : 3;
  pixels.bytes.resize(pixels.frame_bytes());
  const int stride = static_cast<int>(pixels.row_bytes());
  const std::uint8_t* done =
      has_alpha ? WebPDecodeRGBAInto(file.data(), file.size(), pixels.bytes.data(), pixels.bytes.size(), stride)
                : WebPDecodeRGBInto(file.data(), file.size(), pixels.bytes.data(), pixels.bytes.size(), stride);
  if (done == nullptr) {
    return unreadable("libwebp: decode");
  }
  return pixels;
}

Result<Pixels> decode_frames(const WebPData& file, Pixels pixels) {
  WebPAnimDecoderOptions options;
  WebPAnimDecoderOptionsInit(&options);
  options.color_mode = MODE_RGBA;
  const AnimationHolder decoder(WebPAnimDecoderNew(&file, &options), WebPAnimDecoderDelete);
  WebPAnimInfo info;
  if (decoder == nullptr || WebPAnimDecoderGetInfo(decoder.get(), &info) == 0) {
    return unreadable("libwebp: animation");
  }
  pixels.bands = 4;
  pixels.loop = static_cast<int>(info.loop_count);
  pixels.frames = 0;
  int before = 0;
  while (WebPAnimDecoderHasMoreFrames(decoder.get()) != 0) {
    std::uint8_t* canvas = nullptr;
    int time = 0;
    if (WebPAnimDecoderGetNext(decoder.get(), &canvas, &time) == 0) {
      return unreadable("libwebp: frame");
    }
    pixels.bytes.insert(pixels.bytes.end(), canvas, canvas + pixels.frame_bytes());
    pixels.delays.push_back(time - before);
    before = time;
    ++pixels.frames;
  }
  return pixels;
}

}  // namespace

Result<Pixels> decode_webp(std::span<const std::uint8_t> file) {
  const WebPData data{file.data(), file.size()};
  const DemuxHolder demux(WebPDemux(&data), WebPDemuxDelete);
  if (demux == nullptr) {
    return unreadable("libwebp: container");
  }
  Pixels pixels;
  pixels.width = static_cast<int>(WebPDemuxGetI(demux.get(), WEBP_FF_CANVAS_WIDTH));
  pixels.height = static_cast<int>(WebPDemuxGetI(demux.get(), WEBP_FF_CANVAS_HEIGHT));
  const auto flags = WebPDemuxGetI(demux.get(), WEBP_FF_FORMAT_FLAGS);
  if ((flags & ICCP_FLAG) != 0) {
    WebPChunkIterator chunk;
    if (WebPDemuxGetChunk(demux.get(), "ICCP", 1, &chunk) != 0) {
      pixels.icc.assign(chunk.chunk.bytes, chunk.chunk.bytes + chunk.chunk.size);
    }
    WebPDemuxReleaseChunkIterator(&chunk);
  }
  if ((flags & ANIMATION_FLAG) != 0) {
    return decode_frames(data, std::move(pixels));
  }
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(file.data(), file.size(), &features) != VP8_STATUS_OK) {
    return unreadable("libwebp: features");
  }
  return decode_still(file, features.has_alpha != 0, std::move(pixels));
}

}  // namespace pictor::imaging
