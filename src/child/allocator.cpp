#include "child/allocator.hpp"

#ifdef PICTOR_HAS_JEMALLOC
#include <jemalloc/jemalloc.h>

// Read by jemalloc before main. retain:false, so that what is freed also leaves the memory limit's count; few arenas,
// as a child computes on one or two threads; no background thread, as threads do not survive a fork. Between pictures
// what was freed is kept for seconds, large blocks too: to fault the same pages in anew costs 3 % of a picture. The
// loop gives it back before a larger picture and when nothing comes (child_loop.cpp).
extern "C" {
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): the name and type are jemalloc's.
const char* malloc_conf =
    "retain:false,narenas:2,background_thread:false,dirty_decay_ms:10000,muzzy_decay_ms:0,oversize_threshold:0";
}
#else
#include <malloc.h>
#endif

namespace pictor::child {

#ifdef PICTOR_HAS_JEMALLOC

void give_memory_back() {
  static_assert(MALLCTL_ARENAS_ALL == 4096);
  ::mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);
}

bool is_jemalloc() {
  const char* version = nullptr;
  std::size_t size = sizeof version;
  return ::mallctl("version", static_cast<void*>(&version), &size, nullptr, 0) == 0;
}

#else

void give_memory_back() { ::malloc_trim(0); }

bool is_jemalloc() { return false; }

#endif

}  // namespace pictor::child
