#pragma once

#include <string>

#include "imaging/encode/avif_abi.hpp"

namespace pictor::imaging {

/// A libavif opened at run time.
struct AvifLibrary {
  avif_abi::Functions call{};
  bool has_svt = false;
  bool has_aom = false;
  bool aom_has_tune = false;  ///< `tune=ssimulacra2`
  std::string svt_name;       ///< `SVT-AV1 4.1.0`
  std::string aom_name;       ///< `aom 3.14.1`
};

/// Opens the system's libavif when it is 1.1 or newer and has SVT-AV1, else the one that set-up brought. Call it first
/// before the sandbox closes; then it only answers. Thread-safe. Nothing: neither is there, or none is as declared.
[[nodiscard]] const AvifLibrary* avif_library();

}  // namespace pictor::imaging
