#pragma once

#include <string>

#include "domain/ports/describer.hpp"

namespace pictor::service {

/// kLanguageUnsupported with the languages that are. @param pointer  of the field that named another one
[[nodiscard]] inline tl::unexpected<Error> fail_language(const domain::Describer& describer, std::string pointer) {
  std::string list;
  for (const std::string& language : describer.languages()) {
    list += list.empty() ? language : ", " + language;
  }
  Error error{ErrorCode::kLanguageUnsupported,
              "The local vision does not speak this language. Those that it does: " + list + "."};
  error.fields.push_back({std::move(pointer), "One of: " + list + "."});
  return fail(std::move(error));
}

}  // namespace pictor::service
