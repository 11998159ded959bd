#pragma once

#include <string>
#include <vector>

#include "domain/image_info.hpp"
#include "domain/ports/image_engine.hpp"

namespace pictor::imaging {

/// The words that go into a file (section 10 of the API). Empty strings are not written.
struct Words {
  std::string alt;
  std::string title;
  std::string caption;
  std::string description;
  std::vector<std::string> tags;
  std::string copyright;
  std::string creator;
  std::string credit;
  std::string language = "en";  ///< BCP 47, of all of them

  [[nodiscard]] bool empty() const {
    return alt.empty() && title.empty() && caption.empty() && description.empty() && tags.empty() &&
           copyright.empty() && creator.empty() && credit.empty();
  }
};

/// Those of the request, those of the upload where the settings prefer them, and the upload's rights where they are
/// kept.
[[nodiscard]] Words words_for(const domain::RenderRequest& request, const domain::EmbeddedMetadata& embedded);

/// At most `limit` bytes of UTF-8, cut between characters: how the length limits of IIM are kept.
[[nodiscard]] std::string cut_utf8(const std::string& text, std::size_t limit);

}  // namespace pictor::imaging
