#include "imaging/decode/heif.hpp"

#include <array>
#include <dlfcn.h>
#include <libheif/heif.h>
#include <memory>
#include <string>

namespace pictor::imaging {
namespace {

/// The functions that are used, by the header's own types.
struct Library {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a name is declared, not used
#define PICTOR_HEIF(name) decltype(&::name) name = nullptr
  PICTOR_HEIF(heif_context_alloc);
  PICTOR_HEIF(heif_context_free);
  PICTOR_HEIF(heif_context_read_from_memory_without_copy);
  PICTOR_HEIF(heif_context_get_primary_image_handle);
  PICTOR_HEIF(heif_image_handle_release);
  PICTOR_HEIF(heif_image_handle_get_width);
  PICTOR_HEIF(heif_image_handle_get_height);
  PICTOR_HEIF(heif_image_handle_has_alpha_channel);
  PICTOR_HEIF(heif_image_handle_get_luma_bits_per_pixel);
  PICTOR_HEIF(heif_image_handle_get_raw_color_profile_size);
  PICTOR_HEIF(heif_image_handle_get_raw_color_profile);
  PICTOR_HEIF(heif_image_handle_get_list_of_metadata_block_IDs);
  PICTOR_HEIF(heif_image_handle_get_metadata_type);
  PICTOR_HEIF(heif_image_handle_get_metadata_content_type);
  PICTOR_HEIF(heif_image_handle_get_metadata_size);
  PICTOR_HEIF(heif_image_handle_get_metadata);
  PICTOR_HEIF(heif_decode_image);
  PICTOR_HEIF(heif_image_release);
  PICTOR_HEIF(heif_image_get_width);
  PICTOR_HEIF(heif_image_get_height);
  PICTOR_HEIF(heif_image_get_plane_readonly);
#undef PICTOR_HEIF
  bool complete = false;
};

Library& library() {
  static Library loaded;
  return loaded;
}

template <class Function>
bool find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  return function != nullptr;
}

using Context = std::unique_ptr<heif_context, void (*)(heif_context*)>;
using Handle = std::unique_ptr<heif_image_handle, void (*)(const heif_image_handle*)>;
using Picture = std::unique_ptr<heif_image, void (*)(const heif_image*)>;

struct Opened {
  Context context{nullptr, [](heif_context*) {}};
  Handle handle{nullptr, [](const heif_image_handle*) {}};
};

tl::unexpected<Error> unreadable(const char* where) {
  return fail({ErrorCode::kImageUnreadable, "The picture is damaged and can't be shown.", where});
}

Result<Opened> open_primary(std::span<const std::uint8_t> bytes) {
  const Library& heif = library();
  if (!heif.complete) {
    return fail({ErrorCode::kUnsupportedMediaType,
                 "This server can't read HEIC: its operator must install the package libheif1."});
  }
  Opened opened;
  opened.context = Context(heif.heif_context_alloc(), heif.heif_context_free);
  if (heif.heif_context_read_from_memory_without_copy(opened.context.get(), bytes.data(), bytes.size(), nullptr).code !=
      heif_error_Ok) {
    return unreadable("heif: read");
  }
  heif_image_handle* handle = nullptr;
  if (heif.heif_context_get_primary_image_handle(opened.context.get(), &handle).code != heif_error_Ok) {
    return unreadable("heif: primary image");
  }
  opened.handle = Handle(handle, heif.heif_image_handle_release);
  return opened;
}

constexpr std::size_t kMaxBlock = 8U << 20U;

void read_blocks(const heif_image_handle* handle, HeifHeader& header) {
  const Library& heif = library();
  std::array<heif_item_id, 16> ids{};
  const int count =
      heif.heif_image_handle_get_list_of_metadata_block_IDs(handle, nullptr, ids.data(), static_cast<int>(ids.size()));
  for (int i = 0; i < count; ++i) {
    const heif_item_id id = ids.at(static_cast<std::size_t>(i));
    const std::size_t size = heif.heif_image_handle_get_metadata_size(handle, id);
    if (size < 5 || size > kMaxBlock) {
      continue;
    }
    std::vector<std::uint8_t> block(size);
    if (heif.heif_image_handle_get_metadata(handle, id, block.data()).code != heif_error_Ok) {
      continue;
    }
    const std::string type = heif.heif_image_handle_get_metadata_type(handle, id);
    if (type == "Exif") {
      // ISO/IEC 23008-12 A.2.1: the offset of the TIFF header, counted from behind these 4 bytes.
      const std::size_t offset = 4 + (static_cast<std::size_t>(block[2]) << 8U | block[3]);
      if (block[0] == 0 && block[1] == 0 && offset < size) {
        header.exif.assign(block.begin() + static_cast<std::ptrdiff_t>(offset), block.end());
      }
    } else if (type == "mime" &&
               std::string(heif.heif_image_handle_get_metadata_content_type(handle, id)) == "application/rdf+xml") {
      header.xmp = std::move(block);
    }
  }
}

}  // namespace

bool open_libheif() {
  Library& heif = library();
  if (heif.complete) {
    return true;
  }
  void* handle = dlopen("libheif.so.1", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return false;
  }
#define PICTOR_HEIF(name) find(handle, #name, heif.name)
  heif.complete =
      PICTOR_HEIF(heif_context_alloc) && PICTOR_HEIF(heif_context_free) &&
      PICTOR_HEIF(heif_context_read_from_memory_without_copy) && PICTOR_HEIF(heif_context_get_primary_image_handle) &&
      PICTOR_HEIF(heif_image_handle_release) && PICTOR_HEIF(heif_image_handle_get_width) &&
      PICTOR_HEIF(heif_image_handle_get_height) && PICTOR_HEIF(heif_image_handle_has_alpha_channel) &&
      PICTOR_HEIF(heif_image_handle_get_luma_bits_per_pixel) &&
      PICTOR_HEIF(heif_image_handle_get_raw_color_profile_size) &&
      PICTOR_HEIF(heif_image_handle_get_raw_color_profile) &&
      PICTOR_HEIF(heif_image_handle_get_list_of_metadata_block_IDs) &&
      PICTOR_HEIF(heif_image_handle_get_metadata_type) && PICTOR_HEIF(heif_image_handle_get_metadata_content_type) &&
      PICTOR_HEIF(heif_image_handle_get_metadata_size) && PICTOR_HEIF(heif_image_handle_get_metadata) &&
      PICTOR_HEIF(heif_decode_image) && PICTOR_HEIF(heif_image_release) && PICTOR_HEIF(heif_image_get_width) &&
      PICTOR_HEIF(heif_image_get_height) && PICTOR_HEIF(heif_image_get_plane_readonly);
#undef PICTOR_HEIF
  return heif.complete;
}

bool has_libheif() { return library().complete; }

Result<HeifHeader> read_heif_header(std::span<const std::uint8_t> bytes) {
  const Result<Opened> opened = open_primary(bytes);
  if (!opened) {
    return fail(opened.error());
  }
  const Library& heif = library();
  const heif_image_handle* handle = opened->handle.get();
  HeifHeader header;
  header.width = heif.heif_image_handle_get_width(handle);
  header.height = heif.heif_image_handle_get_height(handle);
  header.has_alpha = heif.heif_image_handle_has_alpha_channel(handle) != 0;
  header.bit_depth = std::max(8, heif.heif_image_handle_get_luma_bits_per_pixel(handle));
  const std::size_t profile = heif.heif_image_handle_get_raw_color_profile_size(handle);
  if (profile > 0 && profile <= kMaxBlock) {
    header.icc.resize(profile);
    if (heif.heif_image_handle_get_raw_color_profile(handle, header.icc.data()).code != heif_error_Ok) {
      header.icc.clear();
    }
  }
  read_blocks(handle, header);
  return header;
}

Result<HeifPixels> decode_heif(std::span<const std::uint8_t> bytes) {
  const Result<Opened> opened = open_primary(bytes);
  if (!opened) {
    return fail(opened.error());
  }
  const Library& heif = library();
  const bool alpha = heif.heif_image_handle_has_alpha_channel(opened->handle.get()) != 0;
  heif_image* decoded = nullptr;
  const heif_error problem =
      heif.heif_decode_image(opened->handle.get(), &decoded, heif_colorspace_RGB,
                             alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, nullptr);
  if (problem.code != heif_error_Ok) {
    return unreadable(problem.message);
  }
  const Picture picture(decoded, heif.heif_image_release);
  int stride = 0;
  const std::uint8_t* rows = heif.heif_image_get_plane_readonly(picture.get(), heif_channel_interleaved, &stride);
  HeifPixels pixels;
  pixels.width = heif.heif_image_get_width(picture.get(), heif_channel_interleaved);
  pixels.height = heif.heif_image_get_height(picture.get(), heif_channel_interleaved);
  pixels.bands = alpha ? 4 : 3;
  if (rows == nullptr || pixels.width < 1 || pixels.height < 1) {
    return unreadable("heif: no plane");
  }
  const auto row_bytes = static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.bands);
  pixels.bytes.reserve(row_bytes * static_cast<std::size_t>(pixels.height));
  for (int y = 0; y < pixels.height; ++y) {
    const std::uint8_t* row = rows + static_cast<std::ptrdiff_t>(y) * stride;
    pixels.bytes.insert(pixels.bytes.end(), row, row + row_bytes);
  }
  return pixels;
}

}  // namespace pictor::imaging
