#pragma once

#include <vector>

#include "domain/ports/blob_store.hpp"
#include "domain/ports/session_store.hpp"
#include "jobs/housekeeper.hpp"
#include "service/exports.hpp"
#include "service/sessions.hpp"

namespace pictor::jobs {

/// What a server does beside its work: ends sessions and results whose time is over every minute, and looks for files
/// that no row names at start and every hour. What is handed in must outlive the housekeeper.
[[nodiscard]] std::vector<Housekeeper::Chore> standard_chores(service::Sessions& sessions, service::Exports& exports,
                                                              domain::SessionStore& rows, domain::BlobStore& blobs);

}  // namespace pictor::jobs
