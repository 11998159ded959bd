#pragma once

#include <string>
#include <vips/vips8>

#include "base/error.hpp"

namespace pictor::imaging {

/// libvips' own words, for the log only; clears its error buffer.
[[nodiscard]] inline std::string take_vips_message() {
  std::string message = vips_error_buffer();
  vips_error_clear();
  return message;
}

/// True when libvips' words say that a decoder went on behind damage. Others mean nothing: looking into an AVIF leaves
/// "bad seek" there.
[[nodiscard]] inline bool tells_of_damage(const std::string& message) {
  for (const char* words : {"premature end", "truncated", "Corrupt", "read error", "end of file", "not enough data"}) {
    if (message.find(words) != std::string::npos) {
      return true;
    }
  }
  return false;
}

/// The picture can't be decoded. The cause goes to the log, never to the client.
[[nodiscard]] inline tl::unexpected<Error> fail_unreadable(const std::string& cause) {
  return fail({ErrorCode::kImageUnreadable,
               "The picture is damaged and can't be shown. Check that the file arrived whole.", cause});
}

/// Runs `body`, which returns a Result; where libvips throws, the picture is unreadable. The one place where its
/// exceptions end.
template <class Body>
auto with_vips(Body&& body) -> decltype(body()) {
  // What an earlier picture left there is not said of this one.
  vips_error_clear();
  try {
    return body();
  } catch (const vips::VError& problem) {
    vips_error_clear();
    return fail_unreadable(problem.what());
  }
}

}  // namespace pictor::imaging
