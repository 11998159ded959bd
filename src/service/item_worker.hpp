#pragma once

#include <stop_token>

#include "domain/ports/blob_store.hpp"
#include "domain/ports/describer.hpp"
#include "domain/ports/image_engine.hpp"
#include "domain/ports/job_store.hpp"
#include "domain/ports/session_store.hpp"

namespace pictor::service {

/// Does one item of a job: looks or renders, and stores the outcome. Thread-safe; blocks.
class ItemWorker {
 public:
  ItemWorker(domain::SessionStore& sessions, domain::JobStore& jobs, domain::BlobStore& blobs,
             domain::ImageEngine& engine, const domain::Describer& describer, domain::ProblemOf problem_of,
             const Clock& clock);
  /// Ends with `finish` (done, failed), `postpone` (it may succeed later; three tries) or `give_back` (stopped by
  /// shutdown, or no memory just now).
  /// @return kOverloaded when it was given back for lack of memory: wait a little before the next; other errors are
  /// storage's
  Result<void> work(const domain::Lease& lease, std::stop_token stop);

 private:
  Result<domain::ItemOutcome> look(const domain::Lease& lease, const domain::Image& image, std::stop_token stop);
  Result<domain::ItemOutcome> render(const domain::Lease& lease, const domain::Image& image, std::stop_token stop,
                                     std::vector<domain::StoredBlob>& pins);

  domain::SessionStore& sessions_;
  domain::JobStore& jobs_;
  domain::BlobStore& blobs_;
  domain::ImageEngine& engine_;
  const domain::Describer& describer_;
  domain::ProblemOf problem_of_;
  const Clock& clock_;
};

}  // namespace pictor::service
