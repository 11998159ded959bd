#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace pictor::vision {

/// A set of ImageNet classes under one everyday noun.
struct Group {
  std::string name;     ///< as in the table: `hoofed animal`
  std::string said_as;  ///< the noun to say: `animal`
  std::string wider;    ///< its wider word, may be empty
  std::vector<std::size_t> classes;
  bool is_scene = false;
  bool is_animal = false;
  double least = 0.5;  ///< probability from which the group may be claimed; wide groups need more
};

/// models/labels.json: what the classes are called, how they group, and which of them may be said. Read-only after
/// loading.
struct Labels {
  std::vector<std::string> names;  ///< of ImageNet's 1,000 classes
  std::vector<Group> groups;       ///< smallest first
  std::vector<bool> untrusted;     ///< classes that are more often wrong than right on pictures of the web
  std::vector<bool> may_be_said;   ///< classes inside a group whose own name may be said
  std::vector<bool> is_scene;      ///< classes that are places
  std::vector<bool> is_animal;
  std::vector<std::string> coco;  ///< names of COCO's 80 classes
  std::vector<std::string> coco_said_as;
  std::vector<std::string> coco_wider;
  std::vector<bool> coco_is_animal;
  std::vector<std::vector<std::size_t>> coco_equivalents;  ///< ImageNet classes that support a detection
  std::map<std::string, double> thresholds;

  /// @error kInternal  the file is missing or does not have these fields
  [[nodiscard]] static Result<Labels> load(const std::string& path);

  [[nodiscard]] double threshold(const std::string& name) const { return thresholds.at(name); }
  [[nodiscard]] const Group* group(const std::string& name) const;
};

}  // namespace pictor::vision
