#include "base/json.hpp"

#include <set>
#include <vector>

namespace pictor {
namespace {

/// Builds nothing: walks the tokens first, so that depth and duplicate keys are refused before a tree exists.
class LimitCheck : public nlohmann::json_sax<Json> {
 public:
  explicit LimitCheck(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override {
    keys_.emplace_back();
    return deeper();
  }
  bool end_object() override {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) {
      problem_ = "The JSON has the field \"" + name.substr(0, 64) + "\" twice in one object.";
      return false;
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    problem_ = "The body is not valid JSON: it stops making sense at byte " + std::to_string(position) + ".";
    return false;
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  bool deeper() {
    if (++depth_ <= limits_.max_depth) {
      return true;
    }
    problem_ = "The JSON is nested deeper than " + std::to_string(limits_.max_depth) + " levels.";
    return false;
  }

  JsonLimits limits_;
  std::size_t depth_ = 0;
  std::vector<std::set<std::string>> keys_;
  std::string problem_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  LimitCheck check(limits);
  if (!Json::sax_parse(text, &check)) {
    return fail(
        {ErrorCode::kMalformedRequest, check.problem().empty() ? "The body is not valid JSON." : check.problem()});
  }
  Json parsed = Json::parse(text, nullptr, false);
  if (parsed.is_discarded()) {
    return fail({ErrorCode::kMalformedRequest, "The body is not valid JSON."});
  }
  return parsed;
}

std::string dump_json(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace pictor
