#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "imaging/encode/codec.hpp"
#include "imaging/pixels.hpp"

namespace pictor::imaging {

/// What is promised of the files that are made of one picture.
struct Wanted {
  std::optional<double> score;            ///< SSIMULACRA2 to reach with the fewest bytes
  std::optional<double> quality;          ///< the encoder's own, no search; looked at when there is no score
  std::optional<std::int64_t> max_bytes;  ///< of a finished file; alone: to be filled
  bool lossless = false;
  bool palette = false;  ///< PNG may lose colours where the score allows it
  int effort = 4;
  /// From now on: the best that is had by then is taken, and effort follows from the time instead of `effort`.
  std::optional<std::chrono::steady_clock::duration> deadline;
  /// After this the search ends with what it has, whatever was asked for.
  std::chrono::steady_clock::duration patience = std::chrono::seconds(40);
};

/// A finished file and its receipt.
struct Chosen {
  domain::ImageFormat format = domain::ImageFormat::kWebp;
  std::vector<std::uint8_t> bytes;  ///< with metadata
  std::string encoder;
  std::optional<double> quality;  ///< none when lossless
  std::optional<double> score;    ///< none when it was not measured
  int tried = 0;                  ///< encodes of the whole picture
  std::string limited_by;         ///< format deadline maxBytes; empty: the promise is kept
};

/// Adds the metadata to an encoded file, so that `max_bytes` counts what is handed out.
using Finish =
    std::function<Result<std::vector<std::uint8_t>>(std::vector<std::uint8_t> bytes, domain::ImageFormat format)>;

class FormatSearch;

/// Makes the smallest file of a picture that keeps what is wanted. The metric's side of the source is made once for
/// all formats. Not thread-safe.
class Promise {
 public:
  Promise(const Pixels& picture, Wanted wanted, Finish finish, std::stop_token stop);
  ~Promise();
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;

  /// @error kFormatLimit, kMaxBytesUnreachable, kCancelled, those of `finish`
  [[nodiscard]] Result<Chosen> in_format(const Codec& codec);
  /// The smallest of several formats that keeps the promise: all are tried quickly, those that could win at the effort
  /// that is wanted. @error as in_format, when no format can
  [[nodiscard]] Result<Chosen> smallest(std::span<const Codec> codecs);

 private:
  std::unique_ptr<FormatSearch> search_;
  bool by_score_;
};

}  // namespace pictor::imaging
