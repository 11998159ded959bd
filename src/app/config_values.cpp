#include "app/config_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/json.hpp"

namespace pictor::app {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array kDurations = {Unit{"ms", 1},        Unit{"s", 1'000},      Unit{"m", 60'000},
                                   Unit{"h", 3'600'000}, Unit{"d", 86'400'000}, Unit{"", 1'000}};
constexpr std::array kSizes = {Unit{"KiB", 1LL << 10}, Unit{"MiB", 1LL << 20},
                               Unit{"GiB", 1LL << 30}, Unit{"TiB", 1LL << 40},
                               Unit{"kB", 1'000},      Unit{"KB", 1'000},
                               Unit{"MB", 1'000'000},  Unit{"GB", 1'000'000'000},
                               Unit{"B", 1},           Unit{"", 1}};
constexpr std::array kCounts = {Unit{"k", 1'000}, Unit{"M", 1'000'000}, Unit{"", 1}};

template <class Table>
std::optional<std::int64_t> parse_with_units(std::string_view text, const Table& units) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || number < 0) {
    return std::nullopt;
  }
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) {
    unit.remove_prefix(1);
  }
  for (const Unit& row : units) {
    std::int64_t product = 0;
    if (unit == row.name) {
      return __builtin_mul_overflow(number, row.factor, &product) ? std::nullopt : std::optional(product);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_with_units(text, kDurations);
  return value ? std::optional(milliseconds(*value)) : std::nullopt;
}

std::string format_duration(milliseconds value) {
  static constexpr std::array kUnits = {Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000}};
  for (const Unit& row : kUnits) {
    if (value.count() >= row.factor && value.count() % row.factor == 0) {
      return std::to_string(value.count() / row.factor) + std::string(row.name);
    }
  }
  return std::to_string(value.count()) + "ms";
}

std::optional<std::int64_t> parse_size(std::string_view text) { return parse_with_units(text, kSizes); }

std::string format_size(std::int64_t bytes) {
  static constexpr std::array kUnits = {Unit{"GiB", 1LL << 30}, Unit{"MiB", 1LL << 20}, Unit{"KiB", 1LL << 10}};
  for (const Unit& row : kUnits) {
    if (bytes >= row.factor && bytes % row.factor == 0) {
      return std::to_string(bytes / row.factor) + std::string(row.name);
    }
  }
  return std::to_string(bytes);
}

std::optional<std::int64_t> parse_count(std::string_view text) { return parse_with_units(text, kCounts); }

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> items;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string_view item = text.substr(begin, end - begin);
    while (item.starts_with(' ')) {
      item.remove_prefix(1);
    }
    while (item.ends_with(' ')) {
      item.remove_suffix(1);
    }
    if (!item.empty()) {
      items.emplace_back(item);
    }
    begin = end + 1;
  }
  return items;
}

std::string format_list(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) {
    text += text.empty() ? item : "," + item;
  }
  return text;
}

std::optional<std::vector<std::string>> parse_words(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos || text[first] != '[') {
    return parse_list(text);
  }
  const Result<Json> array = parse_json(text);
  const auto is_text = [](const Json& item) { return item.is_string(); };
  if (!array || !array->is_array() || !std::all_of(array->begin(), array->end(), is_text)) {
    return std::nullopt;
  }
  return array->get<std::vector<std::string>>();
}

std::string format_words(const std::vector<std::string>& items) {
  const std::string plain = format_list(items);
  return parse_words(plain) == items ? plain : dump_json(Json(items));
}

}  // namespace pictor::app
