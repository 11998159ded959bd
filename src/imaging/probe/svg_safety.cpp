#include "imaging/probe/svg_safety.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace pictor::imaging {
namespace {

constexpr std::size_t kMaxSvgBytes = 16U << 20U;

tl::unexpected<Error> refuse(const char* why) { return fail({ErrorCode::kImageUnreadable, why}); }

std::string lower(std::span<const std::uint8_t> bytes) {
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return text;
}

/// The value behind `href=` or `url(`, without quotes and leading white space.
std::string_view reference_at(std::string_view text, std::size_t at) {
  text.remove_prefix(std::min(at, text.size()));
  const std::size_t begin = text.find_first_not_of(" \t\r\n'\"");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, 64);
}

bool is_inside(std::string_view reference) {
  return reference.empty() || reference.starts_with('#') || reference.starts_with("data:image/");
}

/// Every reference must stay in the document. Links (`<a href>`) lead nowhere when a picture is drawn.
bool references_stay_inside(std::string_view text) {
  for (std::size_t at = text.find("href"); at != std::string_view::npos; at = text.find("href", at + 4)) {
    const std::size_t equals = text.find_first_not_of(" \t\r\n", at + 4);
    if (equals == std::string_view::npos || text[equals] != '=' || is_inside(reference_at(text, equals + 1))) {
      continue;
    }
    const std::size_t element = text.rfind('<', at);
    const bool is_link = element != std::string_view::npos && text.substr(element).starts_with("<a ");
    if (!is_link) {
      return false;
    }
  }
  for (const std::string_view call : {std::string_view("url("), std::string_view("@import")}) {
    for (std::size_t at = text.find(call); at != std::string_view::npos; at = text.find(call, at + call.size())) {
      if (call == "@import" || !is_inside(reference_at(text, at + call.size()))) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

Result<void> check_svg(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > kMaxSvgBytes) {
    return refuse("The SVG is larger than 16 MiB.");
  }
  const std::string text = lower(bytes);
  if (text.find("<!entity") != std::string::npos || text.find("<!element") != std::string::npos) {
    return refuse("The SVG declares entities. Remove its document type declaration.");
  }
  if (text.find("xi:include") != std::string::npos || text.find("<?xml-stylesheet") != std::string::npos ||
      !references_stay_inside(text)) {
    return refuse("The SVG refers to other files. Put what it needs into the file itself.");
  }
  return {};
}

}  // namespace pictor::imaging
