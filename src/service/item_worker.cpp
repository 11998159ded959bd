#include "service/item_worker.hpp"

#include <algorithm>
#include <exception>

#include "base/log.hpp"
#include "service/filenames.hpp"
#include "service/rendering.hpp"
#include "service/words_of.hpp"

namespace pictor::service {
namespace {

using domain::Image;
using domain::ItemOutcome;
using domain::ItemStatus;
using domain::JobType;
using domain::Lease;

/// An image is tried so often before its failure is told; one whose worker died each time is not tried further.
constexpr int kMostAttempts = 3;
constexpr int kMostDeaths = 5;

/// What can succeed the next time: our own faults and a lack of time, never the picture's.
bool is_worth_another_try(const Error& error) {
  return error.code == ErrorCode::kInternal || error.code == ErrorCode::kProcessingTimeout;
}

/// 2 s, 8 s: a passing trouble is over by then, and nobody waits for minutes to hear of a lasting one.
milliseconds pause_after(int attempt) { return milliseconds(500) * (1 << (2 * std::min(attempt, 5))); }

ItemOutcome failed_with(const Error& error) {
  ItemOutcome outcome;
  outcome.status = ItemStatus::kFailed;
  outcome.error = error;
  return outcome;
}

domain::EngineTurn turn_of(const Lease& lease) {
  return {lease.job.account.str(), lease.job.priority == domain::JobPriority::kBatch};
}

}  // namespace

ItemWorker::ItemWorker(domain::SessionStore& sessions, domain::JobStore& jobs, domain::BlobStore& blobs,
                       domain::ImageEngine& engine, const domain::Describer& describer, domain::ProblemOf problem_of,
                       const Clock& clock)
    : sessions_(sessions),
      jobs_(jobs),
      blobs_(blobs),
      engine_(engine),
      describer_(describer),
      problem_of_(problem_of),
      clock_(clock) {}

Result<void> ItemWorker::work(const Lease& lease, std::stop_token stop) {
  if (lease.item.attempt > kMostDeaths) {
    const Error given_up{ErrorCode::kInternal, "This image was tried " + std::to_string(kMostDeaths) +
                                                   " times and the server did not get through it. Try another file."};
    return jobs_.finish(lease, failed_with(given_up), problem_of_, clock_.now());
  }
  const Result<Image> image = sessions_.image(lease.job.account, lease.job.session, lease.item.image);
  std::vector<domain::StoredBlob> pins;
  Result<ItemOutcome> outcome = fail(image ? Error{} : image.error());
  if (image) {
    if (const Result<void> told = jobs_.append_progress(lease, "started", "started"); !told) {
      return told;
    }
    try {
      outcome = lease.job.type == JobType::kAnalyze ? look(lease, *image, stop) : render(lease, *image, stop, pins);
    } catch (const std::exception& problem) {
      outcome = fail_internal(problem.what());
    }
  }
  if (!outcome && outcome.error().code == ErrorCode::kOverloaded) {
    const Result<void> given = jobs_.give_back(lease);
    return given ? Result<void>(fail(outcome.error())) : given;
  }
  // Whatever goes wrong once it was told to stop (the engine goes, too, at a shutdown) is no fault of the picture.
  if (!outcome && (outcome.error().code == ErrorCode::kCancelled || stop.stop_requested())) {
    if (!jobs_.is_cancelled(lease.job.id)) {
      return jobs_.give_back(lease);
    }
    ItemOutcome cancelled;
    cancelled.status = ItemStatus::kCancelled;
    return jobs_.finish(lease, cancelled, problem_of_, clock_.now());
  }
  if (!outcome && is_worth_another_try(outcome.error()) && lease.item.attempt < kMostAttempts) {
    log_warn("an image is tried again", {{"job", lease.job.id.str()},
                                         {"image", lease.item.image.str()},
                                         {"attempt", lease.item.attempt},
                                         {"cause", outcome.error().private_message}});
    return jobs_.postpone(lease, clock_.now() + pause_after(lease.item.attempt));
  }
  if (!outcome) {
    log_warn("an image failed", {{"job", lease.job.id.str()},
                                 {"image", lease.item.image.str()},
                                 {"code", error_code_name(outcome.error().code)},
                                 {"cause", outcome.error().private_message}});
    return jobs_.finish(lease, failed_with(outcome.error()), problem_of_, clock_.now());
  }
  return jobs_.finish(lease, *outcome, problem_of_, clock_.now());
}

Result<ItemOutcome> ItemWorker::look(const Lease& lease, const Image& image, std::stop_token stop) {
  const Result<UniqueFd> file = blobs_.open(image.blob);
  if (!file) {
    return fail(file.error());
  }
  const Result<domain::Facts> facts = engine_.look(file->get(), image.info, stop, turn_of(lease));
  if (!facts) {
    return fail(facts.error());
  }
  Result<domain::Metadata> words =
      describer_.describe(*facts, lease.job.options, image.info.embedded, image.original_filename);
  if (!words) {
    return fail(words.error());
  }
  ItemOutcome outcome;
  outcome.metadata = *std::move(words);
  return outcome;
}

Result<ItemOutcome> ItemWorker::render(const Lease& lease, const Image& image, std::stop_token stop,
                                       std::vector<domain::StoredBlob>& pins) {
  const Result<UniqueFd> file = blobs_.open(image.blob);
  if (!file) {
    return fail(file.error());
  }
  RenderJob job;
  job.input = file->get();
  job.info = image.info;
  job.source_bytes = image.size;
  job.turn = turn_of(lease);
  job.settings = lease.item.settings.value_or(domain::ExportSettings{});
  job.metadata = image.metadata;
  if (image.analyzed && image.metadata) {
    job.facts = &image.metadata->facts;
  }
  const Result<std::optional<WatermarkFile>> watermark =
      open_watermark(sessions_, blobs_, lease.job.account, job.settings, "/settings/watermark/imageId");
  if (!watermark) {
    return fail(watermark.error());
  }
  job.watermark = *watermark ? &**watermark : nullptr;
  if (lease.item.metadata_patch) {
    Result<domain::Metadata> merged = domain::merge_patch(words_of(image), *lease.item.metadata_patch);
    if (!merged) {
      return fail(merged.error());
    }
    job.metadata = *std::move(merged);
  }
  job.name = export_name(job.settings, job.metadata ? job.metadata->filename : "", image.original_filename, image.blob);
  Result<Rendered> rendered = render_to_blobs(engine_, blobs_, job, stop, [&](const std::string& step) {
    // A lost progress event is no reason to lose the picture.
    static_cast<void>(jobs_.append_progress(lease, step, step));
  });
  if (!rendered) {
    return fail(rendered.error());
  }
  pins = std::move(rendered->pins);
  ItemOutcome outcome;
  outcome.variants = std::move(rendered->variants);
  outcome.warnings = std::move(rendered->warnings);
  return outcome;
}

}  // namespace pictor::service
