#pragma once

#include <string_view>

namespace pictor::http {

/// docs/openapi.yaml as JSON, made at build time (embed_openapi.py).
[[nodiscard]] std::string_view openapi_document();

}  // namespace pictor::http
