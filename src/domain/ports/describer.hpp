#pragma once

#include <string>
#include <vector>

#include "domain/analyze_options.hpp"
#include "domain/image_info.hpp"
#include "domain/metadata.hpp"

namespace pictor::domain {

/// Facts to words. Pure: no I/O. Thread-safe.
class Describer {
 public:
  virtual ~Describer() = default;
  /// @return alt, title, caption, description, filename, seoTags, altRole, confidence, needsReview, reasons, language,
  /// source `local`;
  ///         copyright, creator and credit as the upload carried them
  /// @error kLanguageUnsupported  with the list of languages that are
  [[nodiscard]] virtual Result<Metadata> describe(const Facts& facts, const AnalyzeOptions& options,
                                                  const EmbeddedMetadata& embedded,
                                                  const std::string& original_filename) const = 0;
  [[nodiscard]] virtual bool speaks(const std::string& language) const = 0;
  [[nodiscard]] virtual std::vector<std::string> languages() const = 0;
};

}  // namespace pictor::domain
