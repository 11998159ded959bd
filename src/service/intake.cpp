#include "service/intake.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

namespace pictor::service {
namespace {

using domain::ImageInfo;
using domain::StoredBlob;

/// Fetching and probing wait for others more than they work: a few at a time keep the children busy.
constexpr std::size_t kParallel = 4;

std::string default_filename(const StoredBlob& blob, const ImageInfo& info) {
  return "image-" + blob.id.substr(0, 8) + "." + std::string(domain::traits_of(info.format).extension);
}

/// One picture's trouble stays its own, even when it is one that throws (no memory for a thread or a buffer).
Result<Accepted> accept_guarded(const Intake& intake, const Incoming& incoming) {
  try {
    return intake.accept(incoming);
  } catch (const std::exception& problem) {
    return fail_internal(problem.what());
  }
}

Error all_refused(const std::vector<domain::Rejected>& rejected) {
  Error error = rejected.front().error;
  error.fields.clear();
  for (std::size_t i = 0; i < rejected.size(); ++i) {
    error.fields.push_back(
        {"/images/" + std::to_string(i), rejected[i].filename.empty()
                                             ? rejected[i].error.public_message
                                             : rejected[i].filename + ": " + rejected[i].error.public_message});
  }
  return error;
}

}  // namespace

Intake::Intake(domain::BlobStore& blobs, domain::ImageEngine& engine, domain::UrlFetcher& fetcher, const Clock& clock,
               IntakeLimits limits)
    : blobs_(blobs), engine_(engine), fetcher_(fetcher), clock_(clock), limits_(limits) {}

Result<StoredBlob> Intake::receive_passing(const Incoming& incoming, std::string& filename) const {
  return receive(incoming, filename, true);
}

Result<StoredBlob> Intake::receive(const Incoming& incoming, std::string& filename, bool passing) const {
  filename = incoming.filename;
  if (incoming.error) {
    return fail(*incoming.error);
  }
  if (incoming.blob) {
    if (incoming.blob->size == 0) {
      return fail({ErrorCode::kUnsupportedMediaType, "The file is empty. Send the bytes of a picture."});
    }
    return *incoming.blob;
  }
  Result<std::unique_ptr<domain::PendingBlob>> pending = passing ? blobs_.begin_passing() : blobs_.begin();
  if (!pending) {
    return fail(pending.error());
  }
  const auto fetched = fetcher_.fetch(incoming.url, limits_.max_upload,
                                      [&](std::span<const std::uint8_t> bytes) { return (*pending)->write(bytes); });
  if (!fetched) {
    return fail(fetched.error());
  }
  if (filename.empty()) {
    filename = fetched->filename;
  }
  if (fetched->size == 0) {
    return fail({ErrorCode::kUnsupportedMediaType, "The address gave an empty file."});
  }
  return (*pending)->commit();
}

Result<ImageInfo> Intake::probe(const StoredBlob& blob) const {
  const Result<UniqueFd> file = blobs_.open(blob.id);
  if (!file) {
    return fail(file.error());
  }
  return engine_.probe(file->get());
}

Result<Accepted> Intake::accept(const Incoming& incoming) const {
  std::string filename;
  const Result<StoredBlob> blob = receive(incoming, filename, false);
  if (!blob) {
    return fail(blob.error());
  }
  const Result<UniqueFd> file = blobs_.open(blob->id);
  if (!file) {
    return fail(file.error());
  }
  const Result<ImageInfo> info = engine_.probe(file->get());
  if (!info) {
    return fail(info.error());
  }
  Result<std::unique_ptr<domain::PendingBlob>> pending = blobs_.begin();
  if (!pending) {
    return fail(pending.error());
  }
  const Result<domain::PreviewResult> preview = engine_.preview(file->get(), *info, (*pending)->descriptor());
  if (!preview) {
    return fail(preview.error());
  }
  Accepted accepted{{}, *blob, std::nullopt};
  if (preview->thumbnail_bytes > 0) {
    const Result<StoredBlob> thumbnail = (*pending)->commit();
    if (!thumbnail) {
      return fail(thumbnail.error());
    }
    accepted.thumbnail = *thumbnail;
    accepted.image.thumbnail = thumbnail->id;
  }
  const Timestamp now = clock_.now();
  accepted.image.id = domain::ImageId::make(now);
  accepted.image.created_at = now;
  accepted.image.original_filename = filename.empty() ? default_filename(*blob, preview->info) : filename;
  accepted.image.info = preview->info;
  accepted.image.warnings = preview->info.warnings;
  accepted.image.size = blob->size;
  accepted.image.blob = blob->id;
  return accepted;
}

Result<std::vector<Accepted>> Intake::accept_all(const std::vector<Incoming>& incoming,
                                                 std::vector<domain::Rejected>& rejected) const {
  std::vector<std::optional<Result<Accepted>>> outcomes(incoming.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t at = next++; at < incoming.size(); at = next++) {
      outcomes[at] = accept_guarded(*this, incoming[at]);
    }
  };
  {
    std::vector<std::jthread> crew;
    for (std::size_t i = 1; i < std::min(kParallel, incoming.size()); ++i) {
      crew.emplace_back(work);
    }
    work();
  }
  std::vector<Accepted> accepted;
  for (std::size_t i = 0; i < incoming.size(); ++i) {
    Result<Accepted>& outcome = *outcomes[i];
    if (outcome) {
      accepted.push_back(*std::move(outcome));
    } else {
      rejected.push_back({incoming[i].filename.empty() ? incoming[i].url : incoming[i].filename, outcome.error()});
    }
  }
  if (accepted.empty() && !rejected.empty()) {
    return fail(all_refused(rejected));
  }
  return accepted;
}

}  // namespace pictor::service
