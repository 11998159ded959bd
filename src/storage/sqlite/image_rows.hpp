#pragma once

#include <string_view>
#include <vector>

#include "domain/session.hpp"
#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// Columns that `read_image` reads, in its order.
#define PICTOR_IMAGE_COLUMNS                                                                                       \
  "id, session, account, position, original_filename, info, size, blob, thumbnail, analyzed, exported, metadata, " \
  "version, warnings, created_at"

[[nodiscard]] domain::Image read_image(const Statement& row);
void insert_image(Connection& connection, const domain::Image& image);
/// Writes the words as the next version of the image's row, with a history row. Whether it counts as analysed is the
/// caller's affair.
/// @return the version
int write_metadata(Connection& connection, const domain::ImageId& image, domain::Metadata metadata,
                   std::string_view changed_by, Timestamp now);
/// JSON text of a row. @throw SqliteProblem  when it is not JSON: the file is damaged
[[nodiscard]] Json json_of(const std::string& text);

}  // namespace pictor::storage
