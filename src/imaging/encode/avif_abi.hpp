#pragma once

#include <cstddef>
#include <cstdint>

namespace pictor::imaging::avif_abi {

/// libavif 1.x's C interface (soname 16), as far as it is used here: the package that brings the library has no header.
/// All these structures are made by the library, never by us, and only their beginnings are declared; the project adds
/// fields at the end alone. `avif_library.cpp` compares what lies here with what is known of fresh structures, and
/// takes no library that differs. Names and meanings: libavif's avif/avif.h.

using Result = int;  ///< 0 is success
using Bool = int;

struct Data {
  std::uint8_t* data;
  std::size_t size;
};

inline constexpr int kYuv444 = 1;
inline constexpr int kYuv420 = 3;
inline constexpr int kYuv400 = 4;
inline constexpr int kRgb = 0;
inline constexpr int kRgba = 1;
inline constexpr int kRangeFull = 1;
inline constexpr int kCodecAom = 1;
inline constexpr int kCodecSvt = 5;
inline constexpr std::uint32_t kPlanesYuv = 1;
inline constexpr std::uint32_t kPlanesAlpha = 2;
inline constexpr std::uint32_t kAddSingle = 2;
inline constexpr int kRepeatForever = -1;
// ITU-T H.273 code points.
inline constexpr std::uint16_t kUnspecified = 2;
inline constexpr std::uint16_t kPrimariesBt709 = 1;
inline constexpr std::uint16_t kPrimariesDisplayP3 = 12;
inline constexpr std::uint16_t kTransferSrgb = 13;
inline constexpr std::uint16_t kMatrixIdentity = 0;
inline constexpr std::uint16_t kMatrixBt601 = 6;

struct Image {
  std::uint32_t width, height, depth;
  int yuv_format, yuv_range, chroma_position;
  std::uint8_t* yuv_planes[3];
  std::uint32_t yuv_row_bytes[3];
  Bool owns_yuv;
  std::uint8_t* alpha_plane;
  std::uint32_t alpha_row_bytes;
  Bool owns_alpha;
  Bool alpha_premultiplied;
  Data icc;
  std::uint16_t primaries, transfer, matrix;
};

struct Encoder {
  int codec_choice, max_threads, speed, keyframe_interval;
  std::uint64_t timescale;  ///< ticks a second
  int repetition_count;
  std::uint32_t extra_layer_count;
  int quality, quality_alpha;
  int min_quantizer, max_quantizer, min_quantizer_alpha, max_quantizer_alpha;
  int tile_rows_log2, tile_columns_log2;
  Bool auto_tiling;
};

struct Timing {
  std::uint64_t timescale;
  double pts;
  std::uint64_t pts_in_timescales;
  double duration;  ///< s
  std::uint64_t duration_in_timescales;
};

/// 8 to 16 bits, always full range. Larger than the library's: a newer one may add at its end.
struct RgbImage {
  std::uint32_t width, height, depth;
  int format, chroma_upsampling, chroma_downsampling;
  Bool avoid_libyuv, ignore_alpha, alpha_premultiplied, is_float;
  int max_threads;
  std::uint8_t* pixels;
  std::uint32_t row_bytes;
  std::uint8_t reserved[64];
};

struct Decoder {
  int codec_choice, max_threads, requested_source;
  Bool allow_progressive, allow_incremental, ignore_exif, ignore_xmp;
  std::uint32_t image_size_limit, image_dimension_limit, image_count_limit, strict_flags;
  Image* image;  ///< the current frame; the decoder's own
  int image_index, image_count, progressive_state;
  Timing timing;
  std::uint64_t timescale;
  double duration;
  std::uint64_t duration_in_timescales;
  int repetition_count;
  Bool alpha_present;
};

/// The functions, by name.
struct Functions {
  const char* (*avifVersion)();
  void (*avifCodecVersions)(char* out_256_bytes);
  const char* (*avifResultToString)(Result result);
  const char* (*avifCodecName)(int choice, std::uint32_t required_flags);
  void (*avifRWDataFree)(Data* data);
  Image* (*avifImageCreate)(std::uint32_t width, std::uint32_t height, std::uint32_t depth, int yuv_format);
  void (*avifImageDestroy)(Image* image);
  Result (*avifImageAllocatePlanes)(Image* image, std::uint32_t planes);
  void (*avifRGBImageSetDefaults)(RgbImage* rgb, const Image* image);
  Result (*avifImageYUVToRGB)(const Image* image, RgbImage* rgb);
  Result (*avifImageSetProfileICC)(Image* image, const std::uint8_t* icc, std::size_t size);
  Encoder* (*avifEncoderCreate)();
  void (*avifEncoderDestroy)(Encoder* encoder);
  Result (*avifEncoderSetCodecSpecificOption)(Encoder* encoder, const char* key, const char* value);
  Result (*avifEncoderAddImage)(Encoder* encoder, const Image* image, std::uint64_t ticks, std::uint32_t flags);
  Result (*avifEncoderFinish)(Encoder* encoder, Data* output);
  Decoder* (*avifDecoderCreate)();
  void (*avifDecoderDestroy)(Decoder* decoder);
  Result (*avifDecoderSetIOMemory)(Decoder* decoder, const std::uint8_t* data, std::size_t size);
  Result (*avifDecoderParse)(Decoder* decoder);
  Result (*avifDecoderNextImage)(Decoder* decoder);
};

}  // namespace pictor::imaging::avif_abi
