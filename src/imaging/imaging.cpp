#include "imaging/imaging.hpp"

#include <cstdlib>

#include "imaging/decode/heif.hpp"
#include "imaging/embed/xmp.hpp"
#include "imaging/encode/avif_library.hpp"
#include "imaging/encode/jxl_library.hpp"
#include "imaging/mapped_file.hpp"
#include "imaging/probe/probe.hpp"
#include "imaging/vips_errors.hpp"

namespace pictor::imaging {
namespace {

Limits& limits() {
  static Limits chosen;
  return chosen;
}

}  // namespace

Result<void> start(const Limits& wanted) {
  limits() = wanted;
  // What goes wrong in a picture is told by results, not on standard error.
  ::setenv("VIPS_WARNING", "1", 1);
  if (VIPS_INIT("pictor-engine") != 0) {
    return fail_internal("libvips: " + take_vips_message());
  }
  // One thread a picture, pictures in parallel by children: the least CPU for each, and nothing to break in a fork.
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  // Of libvips' many loaders, those of our formats only.
  vips_operation_block_set("VipsForeignLoad", TRUE);
  for (const char* loader : {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadNsgif",
                             "VipsForeignLoadTiff", "VipsForeignLoadHeif", "VipsForeignLoadSvg"}) {
    vips_operation_block_set(loader, FALSE);
  }
  if (!start_xmp()) {
    return fail_internal("exempi could not be started");
  }
  open_libheif();
  // Opened here, before the sandbox closes.
  static_cast<void>(avif_library());
  static_cast<void>(jxl_library());
  return {};
}

const Limits& limits_in_force() { return limits(); }

Result<domain::ImageInfo> probe(int file) {
  const Result<MappedFile> mapped = MappedFile::map(file);
  return mapped ? probe_bytes(mapped->bytes(), limits()) : Result<domain::ImageInfo>(fail(mapped.error()));
}

}  // namespace pictor::imaging
