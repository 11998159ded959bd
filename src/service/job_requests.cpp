#include "service/job_requests.hpp"

#include <map>
#include <set>
#include <string_view>

#include "base/encoding.hpp"
#include "domain/checked_object.hpp"
#include "service/filenames.hpp"
#include "service/languages.hpp"
#include "service/words_of.hpp"

namespace pictor::service {
namespace {

using domain::CheckedObject;
using domain::Image;
using domain::Job;
using domain::JobItem;
using domain::JobType;
using domain::Principal;
using domain::SessionId;

constexpr std::size_t kMaxImagesAJob = 10'000;
constexpr std::size_t kMaxImagesASample = 5;
constexpr std::size_t kLongestTemplate = 120;  // code points, as parse_export_settings allows

void require_session(CheckedObject& body, std::string& session) {
  if (const auto id = body.text("sessionId", 64)) {
    session = *id;
  } else if (!body.has("sessionId")) {
    body.add_fault("sessionId", "Name the session whose images are meant.");
  }
}

void read_end(CheckedObject& body, std::string& callback, std::optional<domain::HoldId>& reservation) {
  callback = body.text("callbackUrl", 2'048, 1).value_or("");
  if (const auto text = body.text("reservationId", 64)) {
    const Result<domain::HoldId> id = domain::HoldId::parse(*text);
    if (id) {
      reservation = *id;
    } else {
      body.add_fault("reservationId", "This is not the id of a reservation (res_…).");
    }
  }
}

domain::Charge payment_of(const Principal& who, const std::optional<domain::HoldId>& reservation) {
  domain::Charge payment;
  payment.key_limit = who.monthly_credit_limit;
  payment.reservation = reservation;
  return payment;
}

/// One entry of `images`. The fields are merged into `item`; faults into `body`.
void read_item(CheckedObject& body, const Json& json, const std::string& pointer, const domain::ExportSettings& base,
               ExportRequest::Item& item) {
  CheckedObject fields(json, pointer);
  item.id = fields.text("id", 64, 1).value_or("");
  if (!fields.has("id")) {
    fields.add_fault("id", "Name the image.");
  }
  if (const Json* own = fields.object("settings")) {
    Result<domain::ExportSettings> parsed = domain::parse_export_settings(*own, fields.pointer_of("settings"), base);
    if (parsed) {
      item.settings = *std::move(parsed);
    } else {
      fields.add_faults(parsed.error());
    }
  }
  if (const Json* patch = fields.object("metadata")) {
    item.metadata_patch = *patch;  // checked against the image's words, where they are known
  }
  if (const Result<void> checked = fields.finish(); !checked) {
    body.add_faults(checked.error());
  }
}

/// Those asked for, in the order asked, or all.
template <class Ids>
Result<std::vector<Image>> chosen_images(const std::vector<Image>& all, const std::optional<Ids>& wanted,
                                         const char* field) {
  if (!wanted) {
    if (all.empty()) {
      return fail_field("/sessionId", "This session has no images.");
    }
    return all;
  }
  std::map<std::string_view, const Image*> by_id;
  for (const Image& image : all) {
    by_id.emplace(image.id.str(), &image);
  }
  std::vector<Image> chosen;
  std::set<std::string_view> seen;
  Error faults{ErrorCode::kInvalidField, ""};
  for (std::size_t i = 0; i < wanted->size(); ++i) {
    const std::string& id = (*wanted)[i];
    const std::string pointer = "/" + std::string(field) + "/" + std::to_string(i);
    const auto at = by_id.find(id);
    if (at == by_id.end()) {
      faults.fields.push_back({pointer, "There is no such image in this session."});
    } else if (!seen.insert(id).second) {
      faults.fields.push_back({pointer, "This image is named twice."});
    } else {
      chosen.push_back(*at->second);
    }
  }
  if (!faults.fields.empty()) {
    faults.public_message = faults.fields.front().pointer + ": " + faults.fields.front().detail;
    return fail(std::move(faults));
  }
  return chosen;
}

std::string extension_of(const domain::ExportSettings& settings, const Image& image) {
  switch (settings.choice) {
    case domain::OutputChoice::kFormat:
      return std::string(domain::traits_of(settings.format).extension);
    case domain::OutputChoice::kOriginal:
      return std::string(domain::traits_of(image.info.format).extension);
    case domain::OutputChoice::kAuto:
      break;
  }
  return "auto";
}

/// Names that collide get their `-2`, `-3` here, by the order of the request, so that they do not depend on who
/// finishes first or on a restart. The number goes into the template: the name itself still comes from the words at
/// work time, and should those change, the store's own look at the names that are taken keeps them apart.
class NameNumbers {
 public:
  void number(domain::ExportSettings& settings, const std::string& metadata_name, const Image& image) {
    const std::string extension = "." + extension_of(settings, image);
    const std::string name = export_name(settings, metadata_name, image.original_filename, image.blob);
    if (taken_.insert(name + extension).second) {
      return;
    }
    int& next = next_.try_emplace(name + extension, 2).first->second;
    while (!taken_.insert(name + "-" + std::to_string(next) + extension).second) {
      ++next;
    }
    const std::string numbered =
        (settings.filename.empty() ? "{filename}" : settings.filename) + "-" + std::to_string(next++);
    if (utf8_length(numbered) <= kLongestTemplate) {
      settings.filename = numbered;
    }
  }

 private:
  std::set<std::string> taken_;
  std::map<std::string, int> next_;
};

/// Items of an export. Every image's patch is checked against the words that the image has now, all at once.
Result<std::vector<JobItem>> render_items(const ExportRequest& request, const std::vector<Image>& images) {
  std::vector<JobItem> items;
  NameNumbers numbers;
  Error faults{ErrorCode::kUnknownField, ""};
  for (std::size_t i = 0; i < images.size(); ++i) {
    JobItem item;
    item.image = images[i].id;
    item.position = static_cast<int>(i);
    item.settings = request.settings;
    std::string metadata_name = images[i].metadata ? images[i].metadata->filename : "";
    if (request.images) {
      const ExportRequest::Item& own = (*request.images)[i];
      item.settings = own.settings.value_or(request.settings);
      if (own.metadata_patch) {
        const Result<domain::Metadata> merged =
            domain::merge_patch(words_of(images[i]), *own.metadata_patch, "/images/" + std::to_string(i) + "/metadata");
        if (!merged) {
          faults.code = merged.error().code == ErrorCode::kUnknownField ? faults.code : merged.error().code;
          faults.fields.insert(faults.fields.end(), merged.error().fields.begin(), merged.error().fields.end());
          continue;
        }
        metadata_name = merged->filename;
        item.metadata_patch = editable_part(*own.metadata_patch);
      }
    }
    numbers.number(*item.settings, metadata_name, images[i]);
    items.push_back(std::move(item));
  }
  if (!faults.fields.empty()) {
    faults.public_message = faults.fields.front().pointer + ": " + faults.fields.front().detail;
    return fail(std::move(faults));
  }
  return items;
}

/// A few images, or somewhat more when somebody watches: that is done before a batch. A thousand that somebody watches
/// are a batch all the same.
domain::JobPriority priority_of(const Job& job, bool caller_waits) {
  static constexpr std::size_t kFew = 5;
  static constexpr std::size_t kFewForAWatcher = 50;
  const bool is_interactive =
      job.type == JobType::kSample || job.items.size() <= (caller_waits ? kFewForAWatcher : kFew);
  return is_interactive ? domain::JobPriority::kInteractive : domain::JobPriority::kBatch;
}

}  // namespace

Result<AnalyzeRequest> parse_analyze_request(const Json& json) {
  CheckedObject body(json, "");
  AnalyzeRequest request;
  require_session(body, request.session);
  request.image_ids = body.texts("imageIds", kMaxImagesAJob, 64);
  if (request.image_ids && request.image_ids->empty()) {
    body.add_fault("imageIds", "Name at least one image, or leave the field out for all.");
  }
  read_end(body, request.callback_url, request.reservation);
  if (const Json* options = body.object("options")) {
    Result<domain::AnalyzeOptions> parsed = domain::parse_analyze_options(*options, "/options");
    if (parsed) {
      request.options = *std::move(parsed);
    } else {
      body.add_faults(parsed.error());
    }
  }
  if (const Result<void> checked = body.finish(); !checked) {
    return fail(checked.error());
  }
  return request;
}

Result<ExportRequest> parse_export_request(const Json& json) {
  CheckedObject body(json, "");
  ExportRequest request;
  require_session(body, request.session);
  read_end(body, request.callback_url, request.reservation);
  if (const Json* settings = body.object("settings")) {
    Result<domain::ExportSettings> parsed = domain::parse_export_settings(*settings, "/settings");
    if (parsed) {
      request.settings = *std::move(parsed);
    } else {
      body.add_faults(parsed.error());
    }
  }
  if (const Json* images = body.array("images", kMaxImagesAJob)) {
    request.images.emplace();
    if (images->empty()) {
      body.add_fault("images", "Name at least one image, or leave the field out for all.");
    }
    for (std::size_t i = 0; i < images->size(); ++i) {
      read_item(body, (*images)[i], "/images/" + std::to_string(i), request.settings, request.images->emplace_back());
    }
  }
  if (const Result<void> checked = body.finish(); !checked) {
    return fail(checked.error());
  }
  return request;
}

JobRequests::JobRequests(domain::SessionStore& sessions, domain::JobStore& jobs, const domain::Describer& describer,
                         const Clock& clock, milliseconds session_time_to_live, CheckUrl check_callback)
    : sessions_(sessions),
      jobs_(jobs),
      describer_(describer),
      clock_(clock),
      session_time_to_live_(session_time_to_live),
      check_callback_(std::move(check_callback)) {}

Result<void> JobRequests::check_callback(const std::string& url) const {
  if (url.empty()) {
    return {};
  }
  Result<void> allowed = check_callback_(url);
  if (!allowed) {
    Error error = allowed.error();
    error.fields = {{"/callbackUrl", error.public_message}};
    return fail(std::move(error));
  }
  return {};
}

Result<std::vector<Image>> JobRequests::open_images(const Principal& who, const std::string& session, SessionId& id) {
  const Result<SessionId> parsed = SessionId::parse(session);
  if (!parsed) {
    return fail(parsed.error());
  }
  id = *parsed;
  const Result<domain::Session> found = sessions_.find(who.account, id);
  if (!found) {
    return fail(found.error());
  }
  const Timestamp now = clock_.now();
  if (found->status == domain::SessionStatus::kExpired || found->expires_at <= now) {
    return fail({ErrorCode::kSessionExpired, "This session has ended; its files are gone. Upload the images again."});
  }
  if (const Result<void> touched = sessions_.touch(id, now + session_time_to_live_); !touched) {
    return fail(touched.error());
  }
  return sessions_.images(who.account, id);
}

Result<Job> JobRequests::analyze(const Principal& who, const AnalyzeRequest& request) {
  if (!request.options.provider.empty() && request.options.provider != "local") {
    return fail_field("/options/provider", "No such provider is configured. Those that are: local.");
  }
  if (!describer_.speaks(request.options.language)) {
    return fail_language(describer_, "/options/language");
  }
  if (Result<void> allowed = check_callback(request.callback_url); !allowed) {
    return fail(allowed.error());
  }
  Job job;
  const Result<std::vector<Image>> all = open_images(who, request.session, job.session);
  if (!all) {
    return fail(all.error());
  }
  const Result<std::vector<Image>> images = chosen_images(*all, request.image_ids, "imageIds");
  if (!images) {
    return fail(images.error());
  }
  job.id = domain::JobId::make(clock_.now());
  job.account = who.account;
  job.type = JobType::kAnalyze;
  job.options = request.options;
  job.created_at = clock_.now();
  for (const Image& image : *images) {
    JobItem item;
    item.image = image.id;
    item.position = static_cast<int>(job.items.size());
    item.status = image.analyzed && !request.options.force ? domain::ItemStatus::kSkipped : domain::ItemStatus::kQueued;
    job.items.push_back(std::move(item));
  }
  job.total = static_cast<int>(job.items.size());
  job.priority = priority_of(job, request.caller_waits);
  job.key = who.key;
  job.callback = request.callback_url;
  return jobs_.create(job, std::nullopt, payment_of(who, request.reservation));
}

Result<Job> JobRequests::start_export(const Principal& who, const ExportRequest& request) {
  return start_render(who, request, JobType::kExport);
}

Result<Job> JobRequests::sample(const Principal& who, const ExportRequest& request) {
  return start_render(who, request, JobType::kSample);
}

Result<Job> JobRequests::start_render(const Principal& who, const ExportRequest& request, JobType type) {
  if (Result<void> allowed = check_callback(request.callback_url); !allowed) {
    return fail(allowed.error());
  }
  Job job;
  const Result<std::vector<Image>> all = open_images(who, request.session, job.session);
  if (!all) {
    return fail(all.error());
  }
  std::optional<std::vector<std::string>> ids;
  if (request.images) {
    ids.emplace();
    for (const ExportRequest::Item& item : *request.images) {
      ids->push_back(item.id);
    }
  }
  const Result<std::vector<Image>> images = chosen_images(*all, ids, "images");
  if (!images) {
    return fail(images.error());
  }
  if (type == JobType::kSample && images->size() > kMaxImagesASample) {
    return fail(
        {ErrorCode::kTooManyImages, "A sample takes at most 5 images; name those that you want in \"images\"."});
  }
  Result<std::vector<JobItem>> items = render_items(request, *images);
  if (!items) {
    return fail(items.error());
  }
  const Timestamp now = clock_.now();
  job.id = domain::JobId::make(now);
  job.account = who.account;
  job.type = type;
  job.export_id = domain::ExportId::make(now);
  job.created_at = now;
  domain::Export result;
  result.id = job.export_id;
  result.account = who.account;
  result.session = job.session;
  result.job = job.id;
  result.sample = type == JobType::kSample;
  result.settings = request.settings;
  result.created_at = now;
  result.expires_at = now + session_time_to_live_;
  job.items = *std::move(items);
  for (const Image& image : *images) {
    result.images.push_back({image.id, image.original_filename, {}, {}, std::nullopt});
  }
  job.total = static_cast<int>(job.items.size());
  job.priority = priority_of(job, request.caller_waits);
  job.key = who.key;
  job.callback = request.callback_url;
  return jobs_.create(job, result, payment_of(who, request.reservation));
}

Jobs::Jobs(domain::JobStore& jobs, const Clock& clock) : jobs_(jobs), clock_(clock) {}

Result<Job> Jobs::find(const Principal& who, const std::string& job) {
  const Result<domain::JobId> id = domain::JobId::parse(job);
  return id ? jobs_.find(who.account, *id) : Result<Job>(fail(id.error()));
}

Result<domain::Page<Job>> Jobs::list(const Principal& who, const domain::JobFilter& filter,
                                     const domain::PageRequest& page) {
  return jobs_.list(who.account, filter, page);
}

Result<Job> Jobs::cancel(const Principal& who, const std::string& job) {
  const Result<domain::JobId> id = domain::JobId::parse(job);
  return id ? jobs_.cancel(who.account, *id, clock_.now()) : Result<Job>(fail(id.error()));
}

Result<std::vector<domain::JobEvent>> Jobs::events(const domain::JobId& job, std::int64_t after, int limit) {
  return jobs_.events(job, after, limit);
}

}  // namespace pictor::service
