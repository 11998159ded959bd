#include "service/optimizer.hpp"

#include "domain/metadata.hpp"
#include "service/credits.hpp"
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

/// `/settings/crop` is `?crop` here.
Error with_flat_names(Error error) {
  static constexpr std::string_view kSettings = "/settings/";
  for (FieldError& field : error.fields) {
    if (field.pointer.starts_with(kSettings)) {
      const std::string inner = field.pointer.substr(kSettings.size());
      field.pointer = "?" + inner.substr(0, inner.find('/'));
    }
  }
  return error;
}

/// Gives a hold back when the work ends in any other way than being paid for.
class HeldCredits {
 public:
  HeldCredits(domain::Ledger& ledger, const Clock& clock, domain::HoldId hold)
      : ledger_(ledger), clock_(clock), hold_(std::move(hold)) {}
  ~HeldCredits() {
    if (!hold_.empty()) {
      (void)ledger_.release(hold_, clock_.now());
    }
  }
  HeldCredits(const HeldCredits&) = delete;
  HeldCredits& operator=(const HeldCredits&) = delete;
  void forget() { hold_ = {}; }

 private:
  domain::Ledger& ledger_;
  const Clock& clock_;
  domain::HoldId hold_;
};

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
    } else if (name == "reservationId") {
      if (const Result<domain::HoldId> id = domain::HoldId::parse(text); !id) {
        return fail(id.error());
      }
      request.reservation = text;
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

Optimizer::Optimizer(const Intake& intake, domain::SessionStore& sessions, domain::BlobStore& blobs,
                     domain::ImageEngine& engine, const domain::Describer& describer, domain::JobStore& exports,
                     domain::Ledger& ledger, const Clock& clock, milliseconds result_time_to_live)
    : intake_(intake),
      sessions_(sessions),
      blobs_(blobs),
      engine_(engine),
      describer_(describer),
      exports_(exports),
      ledger_(ledger),
      clock_(clock),
      result_time_to_live_(result_time_to_live) {}

/// The upload, in the blob store and looked at from outside.
struct Optimizer::Source {
  domain::StoredBlob blob;
  domain::ImageInfo info;
  UniqueFd input;
  std::string original;
};

Result<Optimizer::Source> Optimizer::receive(const OptimizeRequest& request) {
  Source source;
  Result<domain::StoredBlob> blob = intake_.receive_passing(request.image, source.original);
  if (!blob) {
    return fail(blob.error());
  }
  Result<domain::ImageInfo> info = intake_.probe(*blob);
  Result<UniqueFd> input = blobs_.open(blob->id);
  if (!info || !input) {
    return fail(!info ? info.error() : input.error());
  }
  source.blob = *std::move(blob);
  source.info = *std::move(info);
  source.input = *std::move(input);
  return source;
}

Result<domain::HoldId> Optimizer::hold(const Principal& who, const OptimizeRequest& request) {
  domain::Charge charge{who.account, who.key, who.monthly_credit_limit, domain::Operation::kOptimize};
  charge.credits = domain::cost_of(domain::Operation::kOptimize) +
                   (request.analyze ? domain::cost_of(domain::Operation::kAnalyze) : 0);
  if (!request.reservation.empty()) {
    const Result<domain::HoldId> reservation = domain::HoldId::parse(request.reservation);
    if (!reservation) {
      return fail(reservation.error());
    }
    charge.reservation = *reservation;
  }
  return ledger_.hold(charge, std::nullopt, clock_.now());
}

Result<void> Optimizer::settle(const Principal& who, const domain::HoldId& hold, OptimizeResult& result) {
  const Timestamp now = clock_.now();
  const std::int64_t rendering = result.variant.passthrough ? 0 : domain::cost_of(domain::Operation::kOptimize);
  const std::int64_t looking = result.metadata ? domain::cost_of(domain::Operation::kAnalyze) : 0;
  std::vector<domain::Ledger::UsageRow> usage{
      {day_of(now), who.key.str(), "optimize", 1, rendering, result.source_bytes, result.variant.bytes}};
  if (result.metadata) {
    usage.push_back({day_of(now), who.key.str(), "analyze", 1, looking, 0, 0});
  }
  const Result<domain::Ledger::Settled> settled = ledger_.settle(who.account, hold, rendering + looking, usage, now);
  if (!settled) {
    return fail(settled.error());
  }
  result.credits = *settled;
  return {};
}

Result<OptimizeResult> Optimizer::optimize(const Principal& who, const OptimizeRequest& request, std::stop_token stop) {
  if (request.analyze && !describer_.speaks(request.language)) {
    return fail_language(describer_, "?language");
  }
  const Result<Source> source = receive(request);
  if (!source) {
    return fail(source.error());
  }
  const Result<domain::HoldId> held = hold(who, request);
  if (!held) {
    return fail(held.error());
  }
  HeldCredits credits(ledger_, clock_, *held);
  if (request.when_undone && !held->empty()) {
    // The hold is on disk before the transaction begins, and a release inside of it would be rolled back with it.
    request.when_undone([this, hold = *held] { (void)ledger_.release(hold, clock_.now()); });
  }
  Result<OptimizeResult> result = work(who, request, *source, stop);
  if (!result) {
    return result;
  }
  if (const Result<void> settled = settle(who, *held, *result); !settled) {
    return fail(settled.error());
  }
  credits.forget();
  return result;
}

Result<OptimizeResult> Optimizer::work(const Principal& who, const OptimizeRequest& request, const Source& source,
                                       std::stop_token stop) {
  const domain::EngineTurn turn{who.account.str(), false};
  OptimizeResult result;
  result.source = source.info;
  result.source_bytes = source.blob.size;
  if (request.analyze) {
    domain::AnalyzeOptions options;
    options.language = request.language;
    const Result<domain::Facts> facts = engine_.look(source.input.get(), source.info, stop, turn);
    if (!facts) {
      return fail(facts.error());
    }
    Result<domain::Metadata> words = describer_.describe(*facts, options, source.info.embedded, source.original);
    if (!words) {
      return fail(words.error());
    }
    result.metadata = *std::move(words);
  }
  RenderJob job{source.input.get(),
                source.info,
                source.blob.size,
                request.settings,
                result.metadata,
                {},
                !request.keep_result && !request.before_effects,
                turn,
                nullptr,
                nullptr};
  const Result<std::optional<WatermarkFile>> watermark =
      open_watermark(sessions_, blobs_, who.account, request.settings, "?watermark");
  if (!watermark) {
    return fail(watermark.error());
  }
  job.watermark = *watermark ? &**watermark : nullptr;
  job.facts = result.metadata ? &result.metadata->facts : nullptr;
  const std::string stem = request.filename.empty() ? stem_of(source.original) : request.filename;
  job.name = stem.empty() ? name_of_digest(source.blob.id) : stem;
  Result<Rendered> rendered = render_to_blobs(engine_, blobs_, job, stop, {});
  if (!rendered) {
    return fail(with_flat_names(rendered.error()));
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
    result.kept = kept_export(who, request, result, source.original, clock_.now(), result_time_to_live_);
    if (const Result<void> stored = exports_.create_export(*result.kept); !stored) {
      return fail(stored.error());
    }
  }
  return result;
}

}  // namespace pictor::service
