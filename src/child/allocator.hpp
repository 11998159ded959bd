#pragma once

namespace pictor::child {

/// Gives memory that was freed back to the system: for a child that has nothing to do.
void give_memory_back();

/// True when malloc is jemalloc's (not in sanitizer builds).
[[nodiscard]] bool is_jemalloc();

}  // namespace pictor::child
