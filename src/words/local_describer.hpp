#pragma once

#include <string>
#include <vector>

#include "domain/ports/describer.hpp"

namespace pictor::words {

/// Writes from the facts alone: no network, no model, the same words for the same facts. What the facts do not say for
/// sure is not said (claims.hpp); what to say is the alt decision's (alt_decision.hpp); how, a grammar's (grammar/).
class LocalDescriber final : public domain::Describer {
 public:
  [[nodiscard]] Result<domain::Metadata> describe(const domain::Facts& facts, const domain::AnalyzeOptions& options,
                                                  const domain::EmbeddedMetadata& embedded,
                                                  const std::string& original_filename) const override;
  [[nodiscard]] bool speaks(const std::string& language) const override;
  [[nodiscard]] std::vector<std::string> languages() const override;
};

}  // namespace pictor::words
