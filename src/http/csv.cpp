#include "http/csv.hpp"

#include "base/encoding.hpp"

namespace pictor::http {
namespace {

tl::unexpected<Error> fail_at(std::size_t line, std::string_view what) {
  return fail({ErrorCode::kMalformedRequest,
               "The CSV cannot be read: " + std::string(what) + " in line " + std::to_string(line) + "."});
}

bool is_trigger(char c) { return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r'; }

/// Apostrophes, then a trigger: what writing makes of a formula.
bool looks_guarded(std::string_view text) {
  const std::size_t at = text.find_first_not_of('\'');
  return at != std::string_view::npos && is_trigger(text[at]);
}

class CsvReader {
 public:
  CsvReader(std::string_view text, const CsvLimits& limits) : text_(text), limits_(limits) {}

  Result<std::vector<CsvRow>> read() {
    while (at_ < text_.size()) {
      Result<CsvRow> row = read_row();
      if (!row) {
        return fail(row.error());
      }
      if (row->size() == 1 && row->front().empty()) {
        continue;
      }
      if (rows_.size() == limits_.rows) {
        return fail_at(line_, "too many rows");
      }
      rows_.push_back(*std::move(row));
    }
    return std::move(rows_);
  }

 private:
  Result<CsvRow> read_row() {
    CsvRow row;
    while (true) {
      if (row.size() == limits_.columns) {
        return fail_at(line_, "too many columns");
      }
      Result<std::string> cell = at_ < text_.size() && text_[at_] == '"' ? read_quoted() : read_plain();
      if (!cell) {
        return fail(cell.error());
      }
      row.push_back(*std::move(cell));
      if (at_ >= text_.size()) {
        return row;
      }
      if (text_[at_] == ',') {
        ++at_;
        continue;
      }
      at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
      ++line_;
      return row;
    }
  }

  Result<std::string> read_plain() {
    const std::size_t end = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
    if (end < text_.size() && text_[end] == '"') {
      return fail_at(line_, "a quotation mark within a cell that does not begin with one");
    }
    std::string cell(text_.substr(at_, end - at_));
    at_ = end;
    return cell;
  }

  Result<std::string> read_quoted() {
    const std::size_t start = line_;
    std::string cell;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
      }
      if (text_[at_] != '"') {
        cell += text_[at_];
      } else if (text_.substr(at_, 2) == "\"\"") {
        cell += '"';
        ++at_;
      } else {
        ++at_;
        if (at_ < text_.size() && std::string_view(",\r\n").find(text_[at_]) == std::string_view::npos) {
          return fail_at(line_, "text behind a closing quotation mark");
        }
        return cell;
      }
    }
    return fail_at(start, "a quotation mark that is never closed, opened");
  }

  std::string_view text_;
  CsvLimits limits_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<CsvRow> rows_;
};

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text, const CsvLimits& limits) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  if (!is_utf8(text)) {
    return fail({ErrorCode::kMalformedRequest, "The CSV is not UTF-8."});
  }
  if (text.find('\0') != std::string_view::npos) {
    return fail({ErrorCode::kMalformedRequest, "The CSV must not contain the character U+0000."});
  }
  return CsvReader(text, limits).read();
}

std::string format_csv_row(const CsvRow& row) {
  std::string line;
  for (const std::string& cell : row) {
    if (&cell != &row.front()) {
      line += ',';
    }
    if (cell.find_first_of(",\"\r\n\t") == std::string::npos && !cell.starts_with(' ') && !cell.ends_with(' ')) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell) {
      line += c;
      if (c == '"') {
        line += '"';
      }
    }
    line += '"';
  }
  return line + "\r\n";
}

std::string to_safe_cell(std::string_view text) {
  // An apostrophe of the text's own before a trigger gets one more, so that reading takes off ours, not its.
  return looks_guarded(text) ? "'" + std::string(text) : std::string(text);
}

std::string from_safe_cell(std::string_view cell) {
  return cell.starts_with('\'') && looks_guarded(cell) ? std::string(cell.substr(1)) : std::string(cell);
}

}  // namespace pictor::http
