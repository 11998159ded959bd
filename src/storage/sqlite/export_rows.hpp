#pragma once

#include "domain/export.hpp"
#include "domain/job.hpp"
#include "storage/sqlite/connection.hpp"

namespace pictor::storage {

/// The export with its images and, where there are any, their variants.
void insert_export(Connection& connection, const domain::Export& result);
/// Files that an item made, under names that are unique within the export: a name that is taken gets `-2`, `-3` before
/// its extension.
/// @return the variants as the API shows them
Json store_variants(Connection& connection, const domain::ExportId& id, int position,
                    const domain::ItemOutcome& outcome);
/// Nothing when the job made no export.
void store_export_problem(Connection& connection, const domain::ExportId& id, int position, const Error& error);
/// @param now  kSessionExpired when its session has ended, or (without a session) its time is over; Timestamp() reads
/// it whatever its age
Result<domain::Export> read_export(Connection& connection, const domain::ExportId& id, Timestamp now);

}  // namespace pictor::storage
