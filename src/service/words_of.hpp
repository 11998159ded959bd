#pragma once

#include "domain/session.hpp"

namespace pictor::service {

/// An image's words; for one that has none yet, those that an edit starts from: version 0, `source` edited, the
/// upload's own rights, and a file name from the upload's.
[[nodiscard]] domain::Metadata words_of(const domain::Image& image);

/// A checked merge patch without the read-only fields that it repeated: those may have moved on by the time it is
/// applied.
[[nodiscard]] Json editable_part(const Json& patch);

}  // namespace pictor::service
