#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "http/multipart.hpp"

namespace pictor::http::testing {

/// Feeds any bytes to the multipart parser: the first says how large the pieces are, the rest is the body, whose
/// boundary is `XyZ`. For fuzzers: must return, whatever comes.
inline void parse_any_form(std::span<const std::uint8_t> bytes) {
  struct Ignore final : MultipartEvents {
    Result<void> on_part(const PartHead& /*head*/) override { return {}; }
    Result<void> on_bytes(std::span<const std::uint8_t> /*bytes*/) override { return {}; }
    Result<void> on_part_end() override { return {}; }
  } events;
  if (bytes.empty()) {
    return;
  }
  const std::size_t piece = std::size_t{bytes.front()} + 1;
  std::span<const std::uint8_t> rest = bytes.subspan(1);
  MultipartParser parser("XyZ", events, {1024, 40});
  while (!rest.empty()) {
    const std::size_t count = std::min(piece, rest.size());
    if (!parser.feed(rest.first(count))) {
      return;
    }
    rest = rest.subspan(count);
  }
  (void)parser.finish();
}

}  // namespace pictor::http::testing
