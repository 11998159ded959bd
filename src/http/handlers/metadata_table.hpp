#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/reviews.hpp"

/// Metadata as a table for spreadsheets (api.md section 3).
namespace pictor::http::handlers {

/// A header row and one row an image; images without words have empty cells.
[[nodiscard]] std::string metadata_csv(const std::vector<domain::Image>& images);

/// The table back: columns in any order, some missing. An empty cell empties the field, as null does in JSON; rows of
/// images without a version and without words change nothing.
/// @error kMalformedRequest  no CSV, no header row, a row with more cells than the header
/// @error kUnknownField  a column that is not known, or twice; kInvalidField  no imageId, a version that is no number
[[nodiscard]] Result<std::vector<service::Reviews::Row>> rows_of_csv(std::string_view text);

}  // namespace pictor::http::handlers
