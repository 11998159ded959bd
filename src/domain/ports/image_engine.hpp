#pragma once

#include <array>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "domain/export_settings.hpp"
#include "domain/facts.hpp"
#include "domain/image_info.hpp"
#include "domain/metadata.hpp"

namespace pictor::domain {

/// One output of a render. The picture's own width when `width` is empty (after the settings' resize).
struct RenderTarget {
  std::string name = "full";
  std::optional<int> width;  ///< px; a responsive variant, never enlarged
};

/// Everything a child needs to make the files of one image. Plain values: it crosses a process border as JSON.
struct RenderRequest {
  ExportSettings settings;
  std::vector<RenderTarget> targets;                 ///< one output descriptor each, in this order
  std::optional<Metadata> metadata;                  ///< words to embed, when settings.embed_metadata
  std::int64_t source_bytes = 0;                     ///< for neverWorse
  std::optional<std::array<double, 2>> focal_point;  ///< 0..1 of the upright picture, for gravity `focal` and `smart`
  std::vector<Box> faces;                            ///< what a smart crop keeps in view
};

/// What a child wrote to one descriptor.
struct RenderedFile {
  std::string name;
  ImageFormat format = ImageFormat::kWebp;
  int width = 0;
  int height = 0;
  std::int64_t bytes = 0;
  std::optional<double> quality;      ///< encoder's own scale; none when nothing was lost on purpose
  std::optional<double> ssimulacra2;  ///< of the decoded file against the resized source; none when not measured
  std::string encoder;
  int tried = 1;           ///< encodes of the whole picture that were made
  std::string limited_by;  ///< why a promise was not kept: format deadline maxBytes; empty: it was
  bool passthrough = false;
};
struct RenderResult {
  std::vector<RenderedFile> files;
  std::vector<std::string> warnings;  ///< codes: truncated animation_flattened metadata_not_written …
};

/// What `preview` makes beside the thumbnail.
struct PreviewResult {
  ImageInfo info;                    ///< the probe's, with `perceptual_hash` and decode warnings
  std::int64_t thumbnail_bytes = 0;  ///< 0: none could be made
};

[[nodiscard]] Json to_json(const RenderRequest& request);
[[nodiscard]] Result<RenderRequest> render_request_from_json(const Json& json);
[[nodiscard]] Json to_json(const RenderResult& result);
[[nodiscard]] Result<RenderResult> render_result_from_json(const Json& json);

/// For whom a picture is worked on, so that accounts take turns at the children.
struct EngineTurn {
  std::string account;  ///< empty: nobody's, all one
  bool batch = false;   ///< nobody waits for this very picture; the account's others go first
};

/// The sandboxed engine. Calls block until done; thread-safe; each takes one child for its time.
/// Common errors: kUnsupportedMediaType (not a picture format we read), kImageUnreadable, kImageTooLarge,
/// kAnimationTooLong, kProcessingTimeout, kOverloaded (no memory for it within the waiting time, with
/// retry_after_seconds), kCancelled.
class ImageEngine {
 public:
  virtual ~ImageEngine() = default;
  /// Header only: no pixel is decoded. @param input  readable descriptor of the whole file; its position is not used
  virtual Result<ImageInfo> probe(int input) = 0;
  /// Probe, and one small decode: thumbnail (WebP, at most 320 px, upright, sRGB) to `thumbnail`, and the perceptual
  /// hash.
  virtual Result<PreviewResult> preview(int input, const ImageInfo& info, int thumbnail) = 0;
  /// Vision. @param info  of probe(), for the price
  virtual Result<Facts> look(int input, const ImageInfo& info, std::stop_token stop, const EngineTurn& turn = {}) = 0;
  /// @param outputs  writable descriptors of empty files, one for each target
  /// @param on_step  `decoding`, `encoding`, … as they begin; may be empty
  virtual Result<RenderResult> render(int input, const ImageInfo& info, const RenderRequest& request,
                                      std::span<const int> outputs, std::stop_token stop,
                                      const std::function<void(const std::string&)>& on_step,
                                      const EngineTurn& turn = {}) = 0;
  /// True when children can take work.
  virtual bool ready() = 0;
};

}  // namespace pictor::domain
