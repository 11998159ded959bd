#include "http/multipart.hpp"

#include <cstring>

#include "base/encoding.hpp"
#include "http/header_values.hpp"

namespace pictor::http {
namespace {

constexpr std::size_t kMaxPadding = 256;

tl::unexpected<Error> fail_form(std::string detail) { return fail({ErrorCode::kMalformedRequest, std::move(detail)}); }

/// Every text looked for here begins with a carriage return: memchr for it is some times faster than memmem on the
/// bytes of pictures, and linear on whatever else.
std::size_t find_in(std::string_view text, std::string_view wanted) {
  std::size_t at = 0;
  while (text.size() - at >= wanted.size()) {
    const std::size_t span = text.size() - at - wanted.size() + 1;
    const void* found = std::memchr(text.data() + at, wanted.front(), span);
    if (found == nullptr) {
      break;
    }
    at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    if (text.compare(at, wanted.size(), wanted) == 0) {
      return at;
    }
    ++at;
  }
  return std::string_view::npos;
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary, MultipartEvents& events, MultipartLimits limits)
    : events_(events), limits_(limits), delimiter_("\r\n--" + std::string(boundary)) {
  // The first delimiter may stand at the very start: with this line end before it, all delimiters look alike.
  buffer_ = "\r\n";
}

bool MultipartParser::is_boundary(std::string_view text) {
  static constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+_,-./:=? ";
  return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
}

Result<void> MultipartParser::feed(std::span<const std::uint8_t> bytes) {
  if (state_ == State::kDone) {
    return {};  // the epilogue means nothing
  }
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (true) {
    const Result<Step> result = step();
    if (!result) {
      return fail(result.error());
    }
    if (*result == Step::kNeedsMore) {
      return {};
    }
  }
}

Result<void> MultipartParser::finish() {
  if (state_ != State::kDone) {
    return fail_form("The multipart body ends before its closing boundary.");
  }
  return {};
}

Result<MultipartParser::Step> MultipartParser::step() {
  switch (state_) {
    case State::kPreamble:
      return find_first_delimiter();
    case State::kAfterDelimiter:
      return after_delimiter();
    case State::kHead:
      return read_head();
    case State::kBytes:
      return read_bytes();
    case State::kDone:
      break;
  }
  at_ = buffer_.size();
  return Step::kNeedsMore;
}

Result<MultipartParser::Step> MultipartParser::find_first_delimiter() {
  const std::size_t found = find_in(rest(), delimiter_);
  const bool is_missing = found == std::string_view::npos;
  // The same place is too far in whatever pieces the body comes.
  if (is_missing ? rest().size() >= limits_.head_bytes + delimiter_.size() : found > limits_.head_bytes) {
    return fail_form("The multipart body does not begin with the boundary that Content-Type names.");
  }
  if (is_missing) {
    return Step::kNeedsMore;
  }
  at_ += found + delimiter_.size();
  state_ = State::kAfterDelimiter;
  return Step::kAgain;
}

Result<MultipartParser::Step> MultipartParser::after_delimiter() {
  const std::string_view text = rest();
  if (text.size() < 2) {
    return Step::kNeedsMore;
  }
  if (text.starts_with("--")) {
    state_ = State::kDone;
    return Step::kAgain;
  }
  const std::size_t padding = std::min(text.find_first_not_of(" \t"), text.size());
  if (padding > kMaxPadding) {
    return fail_form("The multipart body has a boundary line that is too long.");
  }
  if (text.size() < padding + 2) {
    return Step::kNeedsMore;
  }
  if (text.substr(padding, 2) != "\r\n") {
    return fail_form("The multipart body has text behind a boundary.");
  }
  if (++parts_ > limits_.parts) {
    return fail({ErrorCode::kTooManyImages,
                 "The form has more parts than the " + std::to_string(limits_.parts) + " that one request may have."});
  }
  at_ += padding;  // the line end stays: it may be the first of the two that end an empty head
  state_ = State::kHead;
  return Step::kAgain;
}

Result<MultipartParser::Step> MultipartParser::read_head() {
  const std::string_view text = rest();
  const std::size_t end = find_in(text.substr(0, limits_.head_bytes + 4), "\r\n\r\n");
  if (end == std::string_view::npos) {
    if (text.size() >= limits_.head_bytes + 4) {
      return fail_form("The head of a part is larger than " + std::to_string(limits_.head_bytes) + " bytes.");
    }
    return Step::kNeedsMore;
  }
  // An empty part ends with a delimiter whose line end is the head's own last one: it must be here whole to be seen.
  const std::string_view behind = text.substr(end + 2);
  if (behind.size() < delimiter_.size() && delimiter_.starts_with(behind)) {
    return Step::kNeedsMore;
  }
  if (Result<void> parsed = parse_head(end < 2 ? std::string_view() : text.substr(2, end - 2)); !parsed) {
    return fail(parsed.error());
  }
  at_ += behind.starts_with(delimiter_) ? end + 2 : end + 4;
  state_ = State::kBytes;
  return Step::kAgain;
}

Result<void> MultipartParser::parse_head(std::string_view text) {
  PartHead head;
  bool named = false;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.find('\0') != std::string_view::npos) {
      return fail_form("The head of a part has a line that is no header field.");
    }
    const std::string field = lower_ascii(trimmed(line.substr(0, colon)));
    if (field == "content-disposition") {
      const Disposition disposition = parse_disposition(line.substr(colon + 1));
      if (disposition.kind != "form-data") {
        return fail_form("A part's Content-Disposition must be form-data.");
      }
      named = disposition.name && !disposition.name->empty() && is_utf8(*disposition.name);
      head.name = disposition.name.value_or("");
      head.filename = disposition.filename;
    } else if (field == "content-type") {
      head.media_type = parse_media_type(line.substr(colon + 1)).type;
    }
  }
  if (!named) {
    return fail_form("The form has a part without a name.");
  }
  return events_.on_part(head);
}

Result<MultipartParser::Step> MultipartParser::read_bytes() {
  const std::string_view text = rest();
  const std::size_t found = find_in(text, delimiter_);
  // What could be the start of a delimiter stays until more is here.
  const std::size_t safe = found != std::string_view::npos   ? found
                           : text.size() < delimiter_.size() ? 0
                                                             : text.size() - delimiter_.size() + 1;
  if (safe > 0) {
    if (Result<void> taken = events_.on_bytes(as_bytes(text.substr(0, safe))); !taken) {
      return fail(taken.error());
    }
    at_ += safe;
  }
  if (found == std::string_view::npos) {
    return Step::kNeedsMore;
  }
  at_ += delimiter_.size();
  if (Result<void> ended = events_.on_part_end(); !ended) {
    return fail(ended.error());
  }
  state_ = State::kAfterDelimiter;
  return Step::kAgain;
}

}  // namespace pictor::http
