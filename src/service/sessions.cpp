#include "service/sessions.hpp"

#include "base/log.hpp"

namespace pictor::service {
namespace {

using domain::Image;
using domain::ImageId;
using domain::Principal;
using domain::Session;
using domain::SessionId;

tl::unexpected<Error> fail_expired() {
  return fail({ErrorCode::kSessionExpired, "This session has ended; its files are gone. Upload the images again."});
}

tl::unexpected<Error> fail_no_images() {
  return fail_field("/images",
                    "Send at least one image: as multipart parts named images[], as JSON, or as the body itself.");
}

/// Rows for what was accepted, with the ids of where it goes.
std::vector<Image> rows_of(std::vector<Accepted>& accepted, const Session& session) {
  std::vector<Image> images;
  for (Accepted& one : accepted) {
    one.image.session = session.id;
    one.image.account = session.account;
    one.image.position = static_cast<int>(images.size());
    images.push_back(one.image);
  }
  return images;
}

}  // namespace

Sessions::Sessions(domain::SessionStore& sessions, domain::BlobStore& blobs, const Intake& intake, const Clock& clock,
                   milliseconds time_to_live)
    : sessions_(sessions), blobs_(blobs), intake_(intake), clock_(clock), time_to_live_(time_to_live) {}

Result<SessionView> Sessions::create(const Principal& who, const std::vector<Incoming>& images) {
  if (images.empty()) {
    return fail_no_images();
  }
  SessionView view;
  Result<std::vector<Accepted>> accepted = intake_.accept_all(images, view.rejected);
  if (!accepted) {
    return fail(accepted.error());
  }
  const Timestamp now = clock_.now();
  view.session = {SessionId::make(now), who.account, domain::SessionStatus::kOpen, now, now + time_to_live_};
  view.images = rows_of(*accepted, view.session);
  if (const Result<void> stored = sessions_.create(view.session, view.images); !stored) {
    return fail(stored.error());
  }
  return view;
}

Result<Session> Sessions::find_open(const Principal& who, const std::string& id) {
  const Result<SessionId> parsed = SessionId::parse(id);
  if (!parsed) {
    return fail(parsed.error());
  }
  Result<Session> session = sessions_.find(who.account, *parsed);
  if (!session) {
    return session;
  }
  const Timestamp now = clock_.now();
  if (session->status == domain::SessionStatus::kExpired || session->expires_at <= now) {
    return fail_expired();
  }
  return session;
}

Result<Session> Sessions::open_session(const Principal& who, const std::string& id) {
  Result<Session> session = find_open(who, id);
  if (!session) {
    return session;
  }
  if (const Result<void> touched = sessions_.touch(session->id, clock_.now() + time_to_live_); !touched) {
    return fail(touched.error());
  }
  return session;
}

Result<SessionView> Sessions::add_images(const Principal& who, const std::string& session,
                                         const std::vector<Incoming>& images) {
  if (images.empty()) {
    return fail_no_images();
  }
  // Its end moves with the images: a write before they are taken in would make others wait in a unit of work.
  const Result<Session> open = find_open(who, session);
  if (!open) {
    return fail(open.error());
  }
  SessionView added;
  Result<std::vector<Accepted>> accepted = intake_.accept_all(images, added.rejected);
  if (!accepted) {
    return fail(accepted.error());
  }
  std::vector<Image> rows = rows_of(*accepted, *open);
  if (const Result<void> stored = sessions_.add_images(who.account, open->id, rows, clock_.now() + time_to_live_);
      !stored) {
    return fail(stored.error());
  }
  Result<SessionView> view = find(who, session);
  if (view) {
    view->rejected = std::move(added.rejected);
  }
  return view;
}

Result<SessionView> Sessions::find(const Principal& who, const std::string& session) {
  const Result<Session> open = open_session(who, session);
  if (!open) {
    return fail(open.error());
  }
  Result<std::vector<Image>> images = sessions_.images(who.account, open->id);
  if (!images) {
    return fail(images.error());
  }
  return SessionView{*open, *std::move(images), {}};
}

Result<domain::Page<SessionView>> Sessions::list(const Principal& who, const domain::PageRequest& page) {
  const Result<domain::Page<Session>> found = sessions_.list(who.account, page);
  if (!found) {
    return fail(found.error());
  }
  domain::Page<SessionView> views;
  views.next_cursor = found->next_cursor;
  for (const Session& session : found->items) {
    Result<std::vector<Image>> images = sessions_.images(who.account, session.id);
    if (!images) {
      return fail(images.error());
    }
    Session shown = session;
    if (shown.expires_at <= clock_.now()) {
      shown.status = domain::SessionStatus::kExpired;
    }
    if (shown.status == domain::SessionStatus::kExpired) {
      images->clear();
    }
    views.items.push_back({shown, *std::move(images), {}});
  }
  return views;
}

Result<void> Sessions::remove(const Principal& who, const std::string& session) {
  const Result<SessionId> id = SessionId::parse(session);
  if (!id) {
    return fail(id.error());
  }
  const Result<std::vector<domain::BlobId>> blobs = sessions_.remove(who.account, *id);
  if (!blobs) {
    return fail(blobs.error());
  }
  remove_blobs(*blobs);
  return {};
}

Result<Image> Sessions::image(const Principal& who, const std::string& session, const std::string& image) {
  const Result<Session> open = open_session(who, session);
  const Result<ImageId> id = ImageId::parse(image);
  if (!open || !id) {
    return fail(!open ? open.error() : id.error());
  }
  return sessions_.image(who.account, open->id, *id);
}

Result<void> Sessions::remove_image(const Principal& who, const std::string& session, const std::string& image) {
  const Result<Session> open = open_session(who, session);
  const Result<ImageId> id = ImageId::parse(image);
  if (!open || !id) {
    return fail(!open ? open.error() : id.error());
  }
  const Result<std::vector<domain::BlobId>> blobs = sessions_.remove_image(who.account, open->id, *id);
  if (!blobs) {
    return fail(blobs.error());
  }
  remove_blobs(*blobs);
  return {};
}

Result<std::pair<Image, UniqueFd>> Sessions::original(const Principal& who, const std::string& session,
                                                      const std::string& image) {
  Result<Image> found = this->image(who, session, image);
  if (!found) {
    return fail(found.error());
  }
  Result<UniqueFd> file = blobs_.open(found->blob);
  if (!file) {
    return fail(file.error());
  }
  return std::pair(*std::move(found), *std::move(file));
}

Result<std::pair<Image, UniqueFd>> Sessions::thumbnail(const Principal& who, const std::string& session,
                                                       const std::string& image) {
  Result<Image> found = this->image(who, session, image);
  if (!found) {
    return fail(found.error());
  }
  Result<UniqueFd> file = blobs_.open(found->thumbnail);
  if (!file) {
    return fail(file.error());
  }
  return std::pair(*std::move(found), *std::move(file));
}

Result<int> Sessions::expire() {
  const Result<std::vector<domain::BlobId>> blobs = sessions_.expire(clock_.now());
  if (!blobs) {
    return fail(blobs.error());
  }
  remove_blobs(*blobs);
  return static_cast<int>(blobs->size());
}

void Sessions::remove_blobs(const std::vector<domain::BlobId>& blobs) {
  for (const domain::BlobId& blob : blobs) {
    const Result<void> removed =
        blobs_.remove_unnamed(blob, [&](const domain::BlobId& id) { return sessions_.is_blob_named(id); });
    if (!removed) {
      // The sweep tries again; the rows are gone already, so nobody can read the file.
      log_warn("a file could not be removed", {{"cause", removed.error().private_message}});
    }
  }
}

}  // namespace pictor::service
