#include "service/reviews.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "service/words_of.hpp"

namespace pictor::service {
namespace {

using domain::Image;
using domain::ImageId;
using domain::Metadata;
using domain::MetadataChange;
using domain::Principal;
using domain::SessionId;

/// RFC 9110 section 13.1.1: `*`, or a list of entity tags of which one must be the present one; weak ones never match.
bool matches(const std::string& if_match, const Image& image) {
  if (if_match == "*") {
    return image.metadata.has_value();
  }
  const std::string present = domain::metadata_etag(image);
  std::size_t from = 0;
  while (from <= if_match.size()) {
    const std::size_t comma = std::min(if_match.find(',', from), if_match.size());
    std::string_view tag = std::string_view(if_match).substr(from, comma - from);
    while (!tag.empty() && (tag.front() == ' ' || tag.front() == '\t')) {
      tag.remove_prefix(1);
    }
    while (!tag.empty() && (tag.back() == ' ' || tag.back() == '\t')) {
      tag.remove_suffix(1);
    }
    if (tag == present) {
      return true;
    }
    from = comma + 1;
  }
  return false;
}

tl::unexpected<Error> fail_changed() {
  return fail(
      {ErrorCode::kMetadataChanged, "These words were changed meanwhile. Read them again, then repeat the edit."});
}

}  // namespace

Reviews::Reviews(domain::SessionStore& sessions, const Clock& clock, milliseconds time_to_live)
    : sessions_(sessions), clock_(clock), time_to_live_(time_to_live) {}

Result<SessionId> Reviews::open_session(const Principal& who, const std::string& id) {
  Result<SessionId> parsed = SessionId::parse(id);
  if (!parsed) {
    return parsed;
  }
  const Result<domain::Session> session = sessions_.find(who.account, *parsed);
  if (!session) {
    return fail(session.error());
  }
  const Timestamp now = clock_.now();
  if (session->status == domain::SessionStatus::kExpired || session->expires_at <= now) {
    return fail({ErrorCode::kSessionExpired, "This session has ended; its files are gone. Upload the images again."});
  }
  if (const Result<void> touched = sessions_.touch(*parsed, now + time_to_live_); !touched) {
    return fail(touched.error());
  }
  return parsed;
}

Result<std::vector<Image>> Reviews::all(const Principal& who, const std::string& session,
                                        const std::optional<std::string>& review) {
  const Result<SessionId> id = open_session(who, session);
  if (!id) {
    return fail(id.error());
  }
  Result<std::vector<Image>> images = sessions_.images(who.account, *id);
  if (images && review) {
    std::erase_if(*images, [&](const Image& image) { return !image.metadata || image.metadata->review != *review; });
  }
  return images;
}

Result<Image> Reviews::patch(const Principal& who, const std::string& session, const std::string& image,
                             const Json& patch, const std::optional<std::string>& if_match) {
  const Result<SessionId> session_id = open_session(who, session);
  const Result<ImageId> image_id = ImageId::parse(image);
  if (!session_id || !image_id) {
    return fail(!session_id ? session_id.error() : image_id.error());
  }
  const Result<Image> found = sessions_.image(who.account, *session_id, *image_id);
  if (!found) {
    return fail(found.error());
  }
  if (if_match && !matches(*if_match, *found)) {
    return fail_changed();
  }
  Result<Metadata> next = domain::merge_patch(words_of(*found), patch);
  if (!next) {
    return fail(next.error());
  }
  // What was read is what is replaced: of two edits at once without If-Match, the later is merged onto the earlier.
  const int version = found->metadata ? found->metadata->version : 0;
  const Result<std::vector<Image>> changed = sessions_.change_metadata(
      who.account, *session_id, {{*image_id, version, *std::move(next), who.key.str()}}, clock_.now());
  if (!changed && changed.error().code == ErrorCode::kMetadataChanged && !if_match) {
    return this->patch(who, session, image, patch, if_match);
  }
  if (!changed) {
    return fail(changed.error());
  }
  return changed->front();
}

Result<std::vector<Image>> Reviews::put(const Principal& who, const std::string& session,
                                        const std::vector<Row>& rows) {
  const Result<SessionId> session_id = open_session(who, session);
  if (!session_id) {
    return fail(session_id.error());
  }
  const Result<std::vector<Image>> images = sessions_.images(who.account, *session_id);
  if (!images) {
    return fail(images.error());
  }
  std::map<std::string_view, const Image*> by_id;
  for (const Image& image : *images) {
    by_id.emplace(image.id.str(), &image);
  }
  std::vector<MetadataChange> changes;
  std::set<std::string_view> seen;
  Error faults{ErrorCode::kInvalidField, ""};
  for (const Row& row : rows) {
    const auto named = by_id.find(row.image_id);
    if (named == by_id.end()) {
      faults.fields.push_back({row.pointer + "/imageId", "There is no such image in this session."});
      continue;
    }
    if (!seen.insert(row.image_id).second) {
      faults.fields.push_back({row.pointer + "/imageId", "This image is named twice."});
      continue;
    }
    const Image* at = named->second;
    Result<Metadata> next = domain::merge_patch(words_of(*at), row.patch, row.pointer + "/metadata");
    if (!next) {
      faults.fields.insert(faults.fields.end(), next.error().fields.begin(), next.error().fields.end());
      continue;
    }
    const int present = at->metadata ? at->metadata->version : 0;
    if (row.version && *row.version != present) {
      return fail_changed();
    }
    // A row that changes nothing makes no version.
    if (!at->metadata || domain::to_api_json(*next) != domain::to_api_json(*at->metadata)) {
      changes.push_back({at->id, present, *std::move(next), who.key.str()});
    }
  }
  if (!faults.fields.empty()) {
    faults.public_message = faults.fields.front().pointer + ": " + faults.fields.front().detail;
    return fail(std::move(faults));
  }
  if (const auto changed = sessions_.change_metadata(who.account, *session_id, changes, clock_.now()); !changed) {
    return fail(changed.error());
  }
  return sessions_.images(who.account, *session_id);
}

Result<std::vector<domain::MetadataVersion>> Reviews::versions(const Principal& who, const std::string& session,
                                                               const std::string& image) {
  const Result<SessionId> session_id = open_session(who, session);
  const Result<ImageId> image_id = ImageId::parse(image);
  if (!session_id || !image_id) {
    return fail(!session_id ? session_id.error() : image_id.error());
  }
  return sessions_.metadata_versions(who.account, *session_id, *image_id);
}

Result<Image> Reviews::restore(const Principal& who, const std::string& session, const std::string& image,
                               int version) {
  const Result<std::vector<domain::MetadataVersion>> all = versions(who, session, image);
  if (!all) {
    return fail(all.error());
  }
  for (const domain::MetadataVersion& row : *all) {
    if (row.version == version) {
      const Result<std::vector<Image>> changed = sessions_.change_metadata(
          who.account, *SessionId::parse(session),
          {{*ImageId::parse(image), std::nullopt, row.metadata, who.key.str()}}, clock_.now());
      if (!changed) {
        return fail(changed.error());
      }
      return changed->front();
    }
  }
  return fail_field("/version", "There is no such version; GET …/metadata/versions lists those that are.");
}

}  // namespace pictor::service
