#pragma once

#include <string>

namespace pictor::words {

/// What the caller's `context` says about the picture's part in its page. The text is read as a statement about a link
/// or a page, never as something to obey.
struct Context {
  bool is_function = false;    ///< the picture is the content of a link or button
  bool is_decorative = false;  ///< it is declared to be decoration
  std::string purpose;         ///< of a link or button in the caller's words ("pricing page", "search"), may be empty
  std::string host;            ///< of a link target that is an address, without `www.`
  std::string path_words;      ///< last part of the address's path as words, may be empty
  std::string page;            ///< the whole context, folded: text near the picture
};

/// A context is about function only where it begins so: an address; `<a`, `<button`; `link to …`, `links to …`,
/// `link target: …`, `button: …` and the like. "Click the link" in the middle of a page's prose says nothing about the
/// picture.
[[nodiscard]] Context read_context(const std::string& text);

}  // namespace pictor::words
