#include "words/context.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "words/text.hpp"

namespace pictor::words {
namespace {

constexpr std::size_t kLongestPurpose = 100;

// Longer beginnings first where one begins the other.
constexpr std::array<std::string_view, 23> kFunctionBeginnings = {
    "this image links to ",
    "the image links to ",
    "image links to ",
    "this picture links to ",
    "the picture links to ",
    "picture links to ",
    "link target:",
    "link target is ",
    "link text:",
    "link to:",
    "linked to ",
    "links to:",
    "links to ",
    "link to ",
    "link:",
    "href:",
    "href=",
    "url:",
    "target:",
    "button that ",
    "button to ",
    "button for ",
    "button:",
};
constexpr std::array<std::string_view, 7> kDecorative = {
    "decorative", "decoration", "purely decorative", "decorative image", "spacer", "divider", "background image"};
constexpr std::array<std::string_view, 3> kArticles = {"the ", "a ", "an "};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kAround = " \"'<>()[]";
  const std::size_t first = text.find_first_not_of(kAround);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(kAround) - first + 1);
}

bool is_address(std::string_view lower) {
  const bool has_scheme = lower.starts_with("http://") || lower.starts_with("https://") ||
                          lower.starts_with("mailto:") || lower.starts_with("tel:") || lower.starts_with("www.");
  const bool is_path = lower.starts_with("/") && lower.find(' ') == std::string_view::npos;
  return has_scheme || is_path;
}

/// The attribute's value in the first tag of `html`, empty when it has none.
std::string_view attribute(std::string_view html, std::string_view lower, std::string_view name) {
  const std::string_view tag = lower.substr(0, lower.find('>'));
  const std::size_t at = tag.find(std::string(name) + "=");
  if (at == std::string_view::npos) {
    return {};
  }
  std::string_view rest = html.substr(at + name.size() + 1, tag.size() - at - name.size() - 1);
  if (rest.starts_with('"') || rest.starts_with('\'')) {
    const std::size_t end = rest.find(rest.front(), 1);
    return rest.substr(1, end == std::string_view::npos ? end : end - 1);
  }
  return rest.substr(0, rest.find(' '));
}

std::string_view inner_text(std::string_view html) {
  const std::size_t open = html.find('>');
  if (open == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = html.substr(open + 1);
  return trimmed(rest.substr(0, rest.find('<')));
}

/// Host and last part of the path. Query and fragment are left out: they hold keys and tracking more often than
/// meaning.
void read_address(std::string_view address, Context& context) {
  const std::string lower = lower_ascii(address);
  if (lower.starts_with("mailto:") || lower.starts_with("tel:")) {
    context.purpose = cleaned(address.substr(0, address.find('?')));
    return;
  }
  const std::size_t scheme = address.find("://");
  std::string_view rest = scheme == std::string_view::npos ? address : address.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of(" ?#"));
  const std::size_t slash = rest.find('/');
  std::string_view host = rest.substr(0, slash);
  host = host.substr(host.find('@') == std::string_view::npos ? 0 : host.find('@') + 1);
  context.host = cleaned(lower_ascii(host.starts_with("www.") ? host.substr(4) : host));
  std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  std::string_view last = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  last = last.substr(0, last.rfind('.'));
  context.path_words = last.find('%') == std::string_view::npos ? folded(last) : "";
}

void read_purpose(std::string_view text, Context& context) {
  std::string_view purpose = trimmed(text);
  const std::string lower = lower_ascii(purpose);
  if (is_address(lower)) {
    read_address(purpose, context);
    return;
  }
  for (const std::string_view article : kArticles) {
    if (lower.starts_with(article)) {
      purpose.remove_prefix(article.size());
      break;
    }
  }
  // One sentence is the statement; what follows is the page.
  const std::size_t end = std::min(purpose.find(". "), purpose.size());
  context.purpose = cut_at_word(cleaned(purpose.substr(0, end)), kLongestPurpose);
  while (context.purpose.ends_with('.')) {
    context.purpose.pop_back();
  }
}

}  // namespace

Context read_context(const std::string& text) {
  Context context;
  context.page = folded(text);
  const std::string first_line = cleaned(text.substr(0, text.find_first_of("\r\n", text.find_first_not_of(" \r\n\t"))));
  const std::string lower = lower_ascii(first_line);
  if (std::find(kDecorative.begin(), kDecorative.end(), context.page) != kDecorative.end()) {
    context.is_decorative = true;
    return context;
  }
  if (lower.starts_with("<a ") || lower.starts_with("<button")) {
    context.is_function = true;
    const std::string_view label = attribute(first_line, lower, "aria-label");
    const std::string_view said = label.empty() ? inner_text(first_line) : label;
    read_purpose(said.empty() ? attribute(first_line, lower, "href") : said, context);
  } else if (is_address(lower) && lower.find(' ') == std::string::npos) {
    context.is_function = true;
    read_address(first_line, context);
  } else {
    const auto* beginning = std::find_if(kFunctionBeginnings.begin(), kFunctionBeginnings.end(),
                                         [&](std::string_view words) { return lower.starts_with(words); });
    if (beginning != kFunctionBeginnings.end()) {
      context.is_function = true;
      read_purpose(std::string_view(first_line).substr(beginning->size()), context);
    }
  }
  return context;
}

}  // namespace pictor::words
