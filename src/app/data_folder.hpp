#pragma once

#include <string>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace pictor::app {

/// The folder of everything that the server writes. Made with mode 0700 on first use.
class DataFolder {
 public:
  /// @error kInvalidField  it can't be made or written
  static Result<DataFolder> open(const std::string& path);

  /// One server a folder: held until this object goes. @error kInvalidField  another server has it
  Result<void> lock();
  /// The secret under which API keys are hashed: made at first use (mode 0600), 64 hexadecimal digits.
  Result<std::string> pepper() const;
  /// Writes `first-key` (mode 0600, the key alone). @error kInternal
  Result<void> keep_first_key(const std::string& key) const;
  [[nodiscard]] std::string path_of(const std::string& name) const;

 private:
  explicit DataFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
  UniqueFd lock_;
};

}  // namespace pictor::app
