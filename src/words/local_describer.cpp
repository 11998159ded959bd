#include "words/local_describer.hpp"

#include <algorithm>
#include <optional>

#include "words/alt_decision.hpp"
#include "words/claims.hpp"
#include "words/confidence.hpp"
#include "words/context.hpp"
#include "words/filename.hpp"
#include "words/grammar/grammar.hpp"
#include "words/tags.hpp"
#include "words/text.hpp"

namespace pictor::words {
namespace {

using domain::MetadataLimits;

std::string alt_for(const Claims& claims, const AltDecision& decision, const Context& context, const Grammar& grammar,
                    std::size_t limit) {
  switch (decision.role) {
    case AltRole::kDecorative:
      return "";
    case AltRole::kFunctional:
      return grammar.function_alt(claims, context, limit);
    case AltRole::kText:
      return cut_at_word(joined(claims.text, " "), limit);
    case AltRole::kInformative:
    case AltRole::kComplex:
      break;
  }
  return grammar.alt(claims, limit);
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

Result<domain::Metadata> LocalDescriber::describe(const domain::Facts& facts, const domain::AnalyzeOptions& options,
                                                  const domain::EmbeddedMetadata& embedded,
                                                  const std::string& /*original_filename*/) const {
  const Grammar* grammar = grammar_for(options.language);
  if (grammar == nullptr) {
    const std::string detail = "This language is not supported yet; use one of: " + joined(languages(), ", ") + ".";
    return fail({ErrorCode::kLanguageUnsupported, detail, {}, {{"/options/language", detail}}});
  }
  const Claims claims = claims_of(facts);
  const Context context = read_context(options.context);
  const AltDecision decision = decide_alt(claims, context);
  Assessment assessment = assess(claims, decision);

  domain::Metadata metadata;
  metadata.alt =
      alt_for(claims, decision, context, *grammar, static_cast<std::size_t>(std::max(1, options.max_alt_length)));
  metadata.title = grammar->title(claims, MetadataLimits::kTitle);
  metadata.caption = grammar->caption(claims, MetadataLimits::kCaption);
  metadata.description = grammar->description(claims, MetadataLimits::kDescription);
  metadata.filename = filename_for(claims, *grammar);
  metadata.seo_tags = tags_for(claims, options.keywords, *grammar);
  metadata.language = options.language;
  metadata.alt_role = name_of(decision.role);
  metadata.copyright = unless_empty(embedded.copyright);
  metadata.creator = unless_empty(embedded.creator);
  metadata.credit = unless_empty(embedded.credit);
  metadata.confidence = assessment.confidence;
  metadata.needs_review = !assessment.reasons.empty();
  metadata.reasons = std::move(assessment.reasons);
  metadata.source = "local";
  metadata.model = facts.model;
  metadata.facts = facts;
  return metadata;
}

bool LocalDescriber::speaks(const std::string& language) const { return grammar_for(language) != nullptr; }

std::vector<std::string> LocalDescriber::languages() const { return grammar_languages(); }

}  // namespace pictor::words
