#include "http/handlers/metadata_table.hpp"

#include <algorithm>
#include <array>

#include "http/csv.hpp"
#include "http/header_values.hpp"

namespace pictor::http::handlers {
namespace {

constexpr std::array<std::string_view, 14> kColumns = {
    "imageId",  "originalFilename", "alt",      "altRole",   "title",   "caption", "description",
    "filename", "seoTags",          "language", "copyright", "creator", "credit",  "version"};

std::string joined(const std::vector<std::string>& tags) {
  std::string text;
  for (const std::string& tag : tags) {
    text += (text.empty() ? "" : "; ") + tag;
  }
  return text;
}

CsvRow cells_of(const domain::Image& image) {
  CsvRow row = {image.id.str(), image.original_filename};
  if (image.metadata) {
    const domain::Metadata& m = *image.metadata;
    row.insert(row.end(),
               {m.alt, m.alt_role, m.title, m.caption, m.description, m.filename, joined(m.seo_tags), m.language,
                m.copyright.value_or(""), m.creator.value_or(""), m.credit.value_or(""), std::to_string(m.version)});
  }
  row.resize(kColumns.size());
  std::transform(row.begin(), row.end(), row.begin(), [](const std::string& cell) { return to_safe_cell(cell); });
  return row;
}

Json tags_of(const std::string& cell) {
  Json tags = Json::array();
  for (const std::string_view tag : split_list(cell, ';')) {
    if (!tag.empty()) {
      tags.push_back(tag);
    }
  }
  return tags;
}

Result<void> check_columns(const CsvRow& header) {
  Error error{ErrorCode::kUnknownField, {}};
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool known = std::find(kColumns.begin(), kColumns.end(), header[i]) != kColumns.end();
    const bool again = std::find(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(i), header[i]) !=
                       header.begin() + static_cast<std::ptrdiff_t>(i);
    if (!known || again) {
      error.fields.push_back(
          {"column " + header[i].substr(0, 64), known ? "This column is there twice." : "There is no such column."});
    }
  }
  if (!error.fields.empty()) {
    error.public_message = error.fields.front().pointer + ": " + error.fields.front().detail;
    return fail(std::move(error));
  }
  if (std::find(header.begin(), header.end(), "imageId") == header.end()) {
    return fail_field("column imageId", "The table needs the column imageId.");
  }
  return {};
}

/// Puts one cell into the row. @return what is wrong, or empty
std::string take_cell(service::Reviews::Row& row, const std::string& column, const std::string& cell) {
  if (column == "imageId") {
    row.image_id = cell;
    return cell.empty() ? "This must name the image." : "";
  }
  if (column == "originalFilename") {
    return {};
  }
  if (column == "version") {
    if (cell.size() > 9 || cell.find_first_not_of("0123456789") != std::string::npos) {
      return "This must be a whole number.";
    }
    if (!cell.empty()) {
      row.version = std::stoi(cell);
    }
    return {};
  }
  if (column == "seoTags") {
    row.patch["seoTags"] = tags_of(cell);
  } else if (!cell.empty()) {
    row.patch[column] = cell;
  } else if (column != "altRole" && column != "language" && column != "filename") {
    row.patch[column] = nullptr;
  }
  return {};
}

bool says_nothing(const service::Reviews::Row& row) {
  return !row.version && std::all_of(row.patch.begin(), row.patch.end(),
                                     [](const Json& value) { return value.is_null() || value.empty(); });
}

}  // namespace

std::string metadata_csv(const std::vector<domain::Image>& images) {
  std::string text = format_csv_row(CsvRow(kColumns.begin(), kColumns.end()));
  for (const domain::Image& image : images) {
    text += format_csv_row(cells_of(image));
  }
  return text;
}

Result<std::vector<service::Reviews::Row>> rows_of_csv(std::string_view text) {
  const Result<std::vector<CsvRow>> table = parse_csv(text);
  if (!table) {
    return fail(table.error());
  }
  if (table->empty()) {
    return fail({ErrorCode::kMalformedRequest, "The CSV is empty: it needs a header row."});
  }
  const CsvRow& header = table->front();
  if (Result<void> checked = check_columns(header); !checked) {
    return fail(checked.error());
  }
  std::vector<service::Reviews::Row> rows;
  Error faults{ErrorCode::kInvalidField, {}};
  for (std::size_t i = 1; i < table->size(); ++i) {
    const CsvRow& cells = (*table)[i];
    service::Reviews::Row row;
    row.patch = Json::object();
    row.pointer = "row " + std::to_string(i + 1);
    if (cells.size() > header.size()) {
      return fail({ErrorCode::kMalformedRequest, "In the CSV, " + row.pointer + " has more cells than the header."});
    }
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const std::string wrong = take_cell(row, header[column], from_safe_cell(cells[column]));
      if (!wrong.empty()) {
        faults.fields.push_back({row.pointer + ", column " + header[column], wrong});
      }
    }
    if (!says_nothing(row)) {
      rows.push_back(std::move(row));
    }
  }
  if (!faults.fields.empty()) {
    faults.public_message = faults.fields.front().pointer + ": " + faults.fields.front().detail;
    return fail(std::move(faults));
  }
  return rows;
}

}  // namespace pictor::http::handlers
