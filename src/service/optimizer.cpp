#include "service/optimizer.hpp"

#include "domain/metadata.hpp"
#include "service/filenames.hpp"
#include "service/languages.hpp"
#include "service/rendering.hpp"

namespace pictor::service {
namespace {

using domain::Principal;

Result<bool> parse_flag(const std::string& name, const std::string& text) {
  if (text == "true" || text == "1") {
    return true;
  }
  if (text == "false" || text == "0" || text.empty()) {
    return false;
  }
  return fail_field("?" + name, "This must be true or false.");
}

domain::Export kept_export(const Principal& who, const OptimizeRequest& request, const OptimizeResult& result,
                           const std::string& original, Timestamp now, milliseconds life) {
  domain::Export kept;
  kept.id = domain::ExportId::make(now);
  kept.account = who.account;
  kept.status = "completed";
  kept.settings = request.settings;
  kept.created_at = now;
  kept.expires_at = now + life;
  kept.images.push_back({{}, original, {result.variant}, result.warnings, std::nullopt});
  return kept;
}

}  // namespace

Result<OptimizeRequest> parse_optimize_fields(const std::vector<std::pair<std::string, std::string>>& fields) {
  OptimizeRequest request;
  std::vector<std::pair<std::string, std::string>> settings;
  for (const auto& [name, text] : fields) {
    if (name == "analyze") {
      const Result<bool> flag = parse_flag(name, text);
      if (!flag) {
        return fail(flag.error());
      }
      request.analyze = *flag;
    } else if (name == "language") {
      if (text.size() < 2 || text.size() > 35) {
        return fail_field("?language", "This must be a language tag of 2 to 35 characters, such as en.");
      }
      request.language = text;
    } else if (name == "filename") {
      const std::string stem = stem_of(text);
      if (!domain::is_clean_filename(stem)) {
        return fail_field("?filename", "A file name has 1 to 60 characters and none of / \\ : * ? \" < > |.");
      }
      request.filename = stem;
    } else {
      settings.emplace_back(name, text);
    }
  }
  Result<domain::ExportSettings> parsed = domain::parse_flat_settings(settings);
  if (!parsed) {
    return fail(parsed.error());
  }
  request.settings = *std::move(parsed);
  return request;
}

Optimizer::Optimizer(const Intake& intake, domain::BlobStore& blobs, domain::ImageEngine& engine,
                     const domain::Describer& describer, domain::JobStore& exports, const Clock& clock,
                     milliseconds result_time_to_live)
    : intake_(intake),
      blobs_(blobs),
      engine_(engine),
      describer_(describer),
      exports_(exports),
      clock_(clock),
      result_time_to_live_(result_time_to_live) {}

Result<OptimizeResult> Optimizer::optimize(const Principal& who, const OptimizeRequest& request, std::stop_token stop) {
  if (request.analyze && !describer_.speaks(request.language)) {
    return fail_language(describer_, "?language");
  }
  std::string original;
  const Result<domain::StoredBlob> source = intake_.receive_passing(request.image, original);
  if (!source) {
    return fail(source.error());
  }
  const Result<domain::ImageInfo> info = intake_.probe(*source);
  const Result<UniqueFd> input = blobs_.open(source->id);
  if (!info || !input) {
    return fail(!info ? info.error() : input.error());
  }
  const domain::EngineTurn turn{who.account.str(), false};
  OptimizeResult result;
  result.source = *info;
  result.source_bytes = source->size;
  if (request.analyze) {
    domain::AnalyzeOptions options;
    options.language = request.language;
    const Result<domain::Facts> facts = engine_.look(input->get(), *info, stop, turn);
    if (!facts) {
      return fail(facts.error());
    }
    Result<domain::Metadata> words = describer_.describe(*facts, options, info->embedded, original);
    if (!words) {
      return fail(words.error());
    }
    result.metadata = *std::move(words);
  }
  RenderJob job{input->get(),
                *info,
                source->size,
                request.settings,
                result.metadata,
                {},
                !request.keep_result && !request.before_effects,
                turn};
  const std::string stem = request.filename.empty() ? stem_of(original) : request.filename;
  job.name = stem.empty() ? name_of_digest(source->id) : stem;
  Result<Rendered> rendered = render_to_blobs(engine_, blobs_, job, stop, {});
  if (!rendered) {
    return fail(rendered.error());
  }
  result.variant = rendered->variants.front();
  result.blob = rendered->pins.front();
  result.warnings = std::move(rendered->warnings);
  Result<UniqueFd> file = blobs_.open(result.blob.id);
  if (!file) {
    return fail(file.error());
  }
  result.file = *std::move(file);
  if (request.before_effects) {
    request.before_effects();
  }
  if (request.keep_result) {
    result.kept = kept_export(who, request, result, original, clock_.now(), result_time_to_live_);
    if (const Result<void> stored = exports_.create_export(*result.kept); !stored) {
      return fail(stored.error());
    }
  }
  return result;
}

}  // namespace pictor::service
