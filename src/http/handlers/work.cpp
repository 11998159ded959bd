#include <algorithm>

#include "domain/checked_object.hpp"
#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"
#include "http/job_answer.hpp"
#include "http/json_upload.hpp"

namespace pictor::http::handlers {
namespace {

/// A request that starts a job: on a session that exists, or on images that came with this very call.
struct WorkBody {
  std::vector<service::Incoming> images;  ///< to make a session of; empty: the body names one
  Json json = Json::object();             ///< the request in its JSON form, `sessionId` added later for new images
};

/// True for `{"images":[{"url"} | {"data"}…]}`: in an export that names a session, `images` are objects with an `id`.
bool carries_images(const Json& body) {
  if (!body.is_object() || body.contains("sessionId") || !body.contains("images") || !body["images"].is_array()) {
    return false;
  }
  const Json& images = body["images"];
  return std::any_of(images.begin(), images.end(), [](const Json& image) {
    return image.is_object() && (image.contains("url") || image.contains("data"));
  });
}

/// @param part  the JSON field that goes with images: `options` or `settings`
Result<WorkBody> read_work(Request& request, Api& api, std::string_view part) {
  if (!request.has_body) {
    return fail(empty_upload());
  }
  WorkBody work;
  Upload& upload = request.upload;
  if (upload.json && !carries_images(*upload.json)) {
    work.json = *std::move(upload.json);
    return work;
  }
  if (upload.json) {
    const Json body = *std::move(upload.json);
    Result<std::vector<service::Incoming>> images =
        images_from_json(body["images"], upload, api.services().blobs, api.config().limits, "/images");
    if (!images) {
      return fail(images.error());
    }
    work.images = *std::move(images);
    for (const auto& [name, value] : body.items()) {
      if (name != "images") {
        work.json[name] = value;  // what is unknown is found where the request is parsed
      }
    }
    return work;
  }
  if (Result<void> known = check_fields(upload, {part, "callbackUrl", "reservationId"}); !known) {
    return fail(known.error());
  }
  for (const auto& [name, text] : upload.fields) {
    if (name != part) {
      work.json[name] = text;
    }
  }
  const Result<std::optional<Json>> json = json_field(upload, part);
  if (!json) {
    return fail(json.error());
  }
  if (*json) {
    work.json[std::string(part)] = **json;
  }
  work.images = std::move(upload.images);
  if (work.images.empty()) {
    return fail_field("/images", "The form has no image: send at least one under images[].");
  }
  return work;
}

/// Makes a session of the images where there are some and puts its id into the request.
Result<service::SessionView> open_session(const Request& request, Api& api, WorkBody& work) {
  Result<service::SessionView> view = api.services().sessions.create(request.who(), work.images);
  if (view) {
    work.json["sessionId"] = view->session.id.str();
  }
  return view;
}

/// Checks first, takes the images in, starts the job; a session made for a job that cannot start goes again.
template <class Parsed>
Result<Response> start(Request& request, Api& api, std::string_view part, Result<Parsed> (*parse)(const Json&),
                       Result<domain::Job> (service::JobRequests::*begin)(const domain::Principal&, const Parsed&)) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  Result<WorkBody> work = read_work(request, api, part);
  if (!work) {
    return fail(work.error());
  }
  const bool makes_session = !work->images.empty();
  if (makes_session) {
    Json probe = work->json;
    probe["sessionId"] = "ses_";
    if (const Result<Parsed> checked = parse(probe); !checked) {
      return fail(checked.error());  // before any picture is looked at
    }
  }
  std::vector<domain::Rejected> rejected;
  if (makes_session) {
    Result<service::SessionView> view = open_session(request, api, *work);
    if (!view) {
      return fail(view.error());
    }
    rejected = std::move(view->rejected);
  }
  Result<Parsed> parsed = parse(work->json);
  if (!parsed) {
    return fail(parsed.error());
  }
  parsed->caller_waits = waits_for_job(request);
  const Result<domain::Job> job = (api.services().job_requests.*begin)(request.who(), *parsed);
  if (!job) {
    if (makes_session && !request.begin_effects) {  // else it is rolled back with all the rest
      (void)api.services().sessions.remove(request.who(), work->json["sessionId"].get<std::string>());
    }
    return fail(job.error());
  }
  return answer_with_job(request, *job, api, std::move(rejected));
}

}  // namespace

void add_work(Router& router, Api& api) {
  const auto add = [&router](std::string_view pattern, domain::Scope scope,
                             std::function<Result<Response>(Request&)> handle) {
    router.add({Method::kPost,
                pattern,
                Access::kKey,
                scope,
                BodyKind::kUpload,
                Lane::kSlow,
                {"application/json", "text/event-stream"},
                std::move(handle)});
  };
  // openapi: startAnalyze, startExport, startSample
  add("/v1/analyze", domain::Scope::kAnalyze, [&api](Request& request) {
    return start(request, api, "options", &service::parse_analyze_request, &service::JobRequests::analyze);
  });
  add("/v1/export", domain::Scope::kExport, [&api](Request& request) {
    return start(request, api, "settings", &service::parse_export_request, &service::JobRequests::start_export);
  });
  add("/v1/sample", domain::Scope::kExport, [&api](Request& request) {
    return start(request, api, "settings", &service::parse_export_request, &service::JobRequests::sample);
  });
}

}  // namespace pictor::http::handlers
