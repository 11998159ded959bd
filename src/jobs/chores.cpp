#include "jobs/chores.hpp"

namespace pictor::jobs {

std::vector<Housekeeper::Chore> standard_chores(service::Sessions& sessions, service::Exports& exports,
                                                domain::SessionStore& rows, domain::BlobStore& blobs) {
  constexpr milliseconds kMinute(60'000);
  return {
      {"sessions that end", kMinute, [&sessions] { return sessions.expire(); }, true},
      {"results that end", kMinute, [&exports] { return exports.expire(); }, true},
      {"files without a row", 60 * kMinute,
       [&rows, &blobs] { return blobs.sweep([&rows](const domain::BlobId& id) { return rows.is_blob_named(id); }); },
       true},
  };
}

}  // namespace pictor::jobs
