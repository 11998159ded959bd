#include "imaging/encode/svg_cleaner.hpp"

#include <algorithm>
#include <array>
#include <expat.h>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "imaging/encode/svg_css.hpp"

namespace pictor::imaging {
namespace {

constexpr std::size_t kMostBytes = 16U << 20U;
constexpr std::size_t kDeepest = 256;
/// Between a name's namespace and the name itself; no XML holds this character.
constexpr char kSeparator = '\x01';

constexpr std::string_view kSvg = "http://www.w3.org/2000/svg";
constexpr std::string_view kXlink = "http://www.w3.org/1999/xlink";
constexpr std::string_view kXml = "http://www.w3.org/XML/1998/namespace";

/// Elements that draw, or that those need (SVG 2 and SVG 1.1). Sorted.
constexpr std::array<std::string_view, 64> kElements = {"a",
                                                        "animate",
                                                        "animateColor",
                                                        "animateMotion",
                                                        "animateTransform",
                                                        "circle",
                                                        "clipPath",
                                                        "defs",
                                                        "desc",
                                                        "ellipse",
                                                        "feBlend",
                                                        "feColorMatrix",
                                                        "feComponentTransfer",
                                                        "feComposite",
                                                        "feConvolveMatrix",
                                                        "feDiffuseLighting",
                                                        "feDisplacementMap",
                                                        "feDistantLight",
                                                        "feDropShadow",
                                                        "feFlood",
                                                        "feFuncA",
                                                        "feFuncB",
                                                        "feFuncG",
                                                        "feFuncR",
                                                        "feGaussianBlur",
                                                        "feImage",
                                                        "feMerge",
                                                        "feMergeNode",
                                                        "feMorphology",
                                                        "feOffset",
                                                        "fePointLight",
                                                        "feSpecularLighting",
                                                        "feSpotLight",
                                                        "feTile",
                                                        "feTurbulence",
                                                        "filter",
                                                        "g",
                                                        "hatch",
                                                        "hatchpath",
                                                        "image",
                                                        "line",
                                                        "linearGradient",
                                                        "marker",
                                                        "mask",
                                                        "mpath",
                                                        "path",
                                                        "pattern",
                                                        "polygon",
                                                        "polyline",
                                                        "radialGradient",
                                                        "rect",
                                                        "set",
                                                        "stop",
                                                        "style",
                                                        "svg",
                                                        "switch",
                                                        "symbol",
                                                        "text",
                                                        "textPath",
                                                        "title",
                                                        "tref",
                                                        "tspan",
                                                        "use",
                                                        "view"};
static_assert(std::is_sorted(kElements.begin(), kElements.end()));

constexpr std::array<std::string_view, 5> kAnimations = {"animate", "animateColor", "animateMotion", "animateTransform",
                                                         "set"};
/// Elements whose characters are shown or read.
constexpr std::array<std::string_view, 7> kTexts = {"text", "tspan", "textPath", "title", "desc", "tref", "style"};
/// Attributes whose white space is a separator and no more.
constexpr std::array<std::string_view, 10> kLists = {"d",       "points",  "transform",        "gradientTransform",
                                                     "viewBox", "class",   "patternTransform", "stroke-dasharray",
                                                     "values",  "keyTimes"};
/// What `<a>` tells browsers besides its address.
constexpr std::array<std::string_view, 6> kLinkWords = {"ping", "target",         "download",
                                                        "rel",  "referrerpolicy", "hreflang"};

template <class Table>
bool is_in(const Table& table, std::string_view word) {
  return std::find(table.begin(), table.end(), word) != table.end();
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_blank(std::string_view text) { return std::all_of(text.begin(), text.end(), is_space); }

std::string collapsed(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (!is_space(c)) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (!result.empty() && result.back() == ' ') {
    result.pop_back();
  }
  return result;
}

/// A name as expat gives it, taken apart.
struct Name {
  std::string_view space;
  std::string_view local;
};

Name name_of(const XML_Char* given) {
  const std::string_view whole(given);
  const std::size_t at = whole.rfind(kSeparator);
  return at == std::string_view::npos ? Name{{}, whole} : Name{whole.substr(0, at), whole.substr(at + 1)};
}

void put_escaped(std::string& out, std::string_view text, bool attribute) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += attribute ? ">" : "&gt;";
        break;
      case '"':
        out += attribute ? "&quot;" : "\"";
        break;
      case '\r':
        out += "&#13;";
        break;
      case '\n':
        out += attribute ? "&#10;" : "\n";
        break;
      case '\t':
        out += attribute ? "&#9;" : "\t";
        break;
      default:
        out += c;
    }
  }
}

/// Takes expat's events and writes what may stay.
class Cleaner {
 public:
  explicit Cleaner(XML_Parser parser) : parser_(parser) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(
        parser,
        [](void* self, const XML_Char* name, const XML_Char** attributes) {
          static_cast<Cleaner*>(self)->start(name_of(name), attributes);
        },
        [](void* self, const XML_Char*) { static_cast<Cleaner*>(self)->end(); });
    XML_SetCharacterDataHandler(parser, [](void* self, const XML_Char* text, int length) {
      static_cast<Cleaner*>(self)->characters({text, static_cast<std::size_t>(length)});
    });
    XML_SetEntityDeclHandler(parser, [](void* self, const XML_Char*, int, const XML_Char*, int, const XML_Char*,
                                        const XML_Char*, const XML_Char*, const XML_Char*) {
      static_cast<Cleaner*>(self)->stop("The SVG declares entities. Remove its document type declaration.");
    });
    XML_SetSkippedEntityHandler(parser, [](void* self, const XML_Char*, int) {
      static_cast<Cleaner*>(self)->stop("The SVG uses entities that it doesn't declare. Write the characters.");
    });
  }

  [[nodiscard]] const char* refusal() const { return refusal_; }

  /// The document, with the namespaces that its names need on its root.
  [[nodiscard]] std::string take() {
    std::string spaces = " xmlns=\"" + std::string(kSvg) + "\"";
    if (uses_xlink_) {
      spaces += " xmlns:xlink=\"" + std::string(kXlink) + "\"";
    }
    out_.insert(std::string_view("<svg").size(), spaces);
    return std::move(out_);
  }

 private:
  void stop(const char* why) {
    refusal_ = refusal_ == nullptr ? why : refusal_;
    XML_StopParser(parser_, XML_FALSE);
  }

  void start(const Name& name, const XML_Char** attributes) {
    if (refusal_ != nullptr) {
      return;
    }
    if (skipped_ > 0 || (!open_.empty() && !may_stay(name, attributes))) {
      ++skipped_;
      // Deep rubbish is as dear to the parser as deep drawings.
      if (skipped_ > kDeepest) {
        stop("The SVG is nested too deeply.");
      }
      return;
    }
    if (open_.empty() && (name.space != kSvg || name.local != "svg")) {
      stop("The file is XML, but no SVG.");
      return;
    }
    flush_text();
    close_tag();
    if (open_.size() >= kDeepest) {
      stop("The SVG is nested too deeply.");
      return;
    }
    open_.emplace_back(name.local);
    out_ += '<';
    out_ += name.local;
    for (std::size_t i = 0; attributes[i] != nullptr; i += 2) {
      put_attribute(name.local, name_of(attributes[i]), attributes[i + 1]);
    }
    tag_is_open_ = true;
  }

  void end() {
    if (refusal_ != nullptr) {
      return;
    }
    if (skipped_ > 0) {
      --skipped_;
      return;
    }
    flush_text();
    if (tag_is_open_) {
      out_ += "/>";
      tag_is_open_ = false;
    } else {
      out_ += "</" + open_.back() + ">";
    }
    open_.pop_back();
  }

  void characters(std::string_view text) {
    if (skipped_ == 0 && !open_.empty()) {
      text_ += text;
    }
  }

  /// Writes the characters since the last tag, where they are shown or read.
  void flush_text() {
    if (text_.empty()) {
      return;
    }
    const std::string_view parent = open_.back();
    const bool in_text = std::any_of(open_.begin(), open_.end(),
                                     [](const std::string& name) { return is_in(kTexts, std::string_view(name)); });
    if (parent == "style") {
      text_ = clean_css(text_);
    }
    // Blanks in a drawing are the editor's; in a text they part words.
    const bool shown = in_text && (parent != "style" || !is_blank(text_));
    if (shown) {
      close_tag();
      put_escaped(out_, text_, false);
    }
    text_.clear();
  }

  void close_tag() {
    if (tag_is_open_) {
      out_ += '>';
      tag_is_open_ = false;
    }
  }

  static bool may_stay(const Name& name, const XML_Char** attributes) {
    if (name.space != kSvg || !std::binary_search(kElements.begin(), kElements.end(), name.local)) {
      return false;
    }
    if (!is_in(kAnimations, name.local)) {
      return true;
    }
    for (std::size_t i = 0; attributes[i] != nullptr; i += 2) {
      if (name_of(attributes[i]).local == "attributeName") {
        const std::string target = collapsed(lower(attributes[i + 1]));
        if (target.find("href") != std::string::npos || target.starts_with("on") || target == "src") {
          return false;
        }
      }
    }
    return true;
  }

  void put_attribute(std::string_view element, const Name& name, std::string_view value) {
    const bool xlink = name.space == kXlink;
    const bool xml = name.space == kXml;
    const bool plain = name.space.empty();
    const bool known = plain || (xlink && (name.local == "href" || name.local == "title")) ||
                       (xml && (name.local == "space" || name.local == "lang" || name.local == "id"));
    const std::string small = lower(name.local);
    const bool link_word = element == "a" && is_in(kLinkWords, std::string_view(small));
    if (!known || link_word || (plain && (small.starts_with("on") || small == "src" || small == "base"))) {
      return;
    }
    if (small == "href" && !stays_inside(value)) {
      return;
    }
    const std::string kept = clean_value(name.local, value);
    if (kept.empty() && !value.empty()) {
      return;
    }
    out_ += ' ';
    out_ += xlink ? "xlink:" : (xml ? "xml:" : "");
    uses_xlink_ |= xlink;
    out_ += name.local;
    out_ += "=\"";
    put_escaped(out_, kept, true);
    out_ += '"';
  }

  static std::string clean_value(std::string_view name, std::string_view value) {
    if (name == "href") {
      return std::string(value);
    }
    // What can't load anything stays as it is, to the byte.
    const bool may_load =
        name == "style" || value.find('\\') != std::string_view::npos || value.find("/*") != std::string_view::npos ||
        lower(value).find("url(") != std::string::npos || lower(value).find("javascript:") != std::string::npos;
    if (may_load) {
      return clean_css(value);
    }
    return is_in(kLists, name) ? collapsed(value) : std::string(value);
  }

  XML_Parser parser_;
  std::string out_;
  std::string text_;
  std::vector<std::string> open_;
  std::size_t skipped_ = 0;
  bool tag_is_open_ = false;
  bool uses_xlink_ = false;
  const char* refusal_ = nullptr;
};

}  // namespace

Result<std::vector<std::uint8_t>> clean_svg(std::span<const std::uint8_t> file) {
  if (file.size() > kMostBytes) {
    return fail({ErrorCode::kImageUnreadable, "The SVG is larger than 16 MiB."});
  }
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreateNS(nullptr, kSeparator), &XML_ParserFree);
  if (!parser) {
    return fail_internal("expat: no memory");
  }
  Cleaner cleaner(parser.get());
  const XML_Status status =
      XML_Parse(parser.get(), reinterpret_cast<const char*>(file.data()), static_cast<int>(file.size()), XML_TRUE);
  if (cleaner.refusal() != nullptr) {
    return fail({ErrorCode::kImageUnreadable, cleaner.refusal()});
  }
  if (status != XML_STATUS_OK) {
    return fail({ErrorCode::kImageUnreadable, "The SVG is not well-formed XML. Repair or export it anew.",
                 XML_ErrorString(XML_GetErrorCode(parser.get()))});
  }
  const std::string clean = cleaner.take();
  return std::vector<std::uint8_t>(clean.begin(), clean.end());
}

}  // namespace pictor::imaging
