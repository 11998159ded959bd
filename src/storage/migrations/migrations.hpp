#pragma once

#include <span>
#include <string_view>

namespace pictor::storage {

/// One step of the schema; numbered from 1 by its place in the list. A step that was released is never changed.
struct Migration {
  std::string_view name;
  std::string_view sql;
};

[[nodiscard]] std::span<const Migration> sqlite_migrations();

}  // namespace pictor::storage
