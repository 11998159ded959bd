#include "vision/fusion/labels.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/json.hpp"

namespace pictor::vision {
namespace {

std::vector<bool> flags(const Json& indices, std::size_t count) {
  std::vector<bool> set(count, false);
  for (const Json& index : indices) {
    set.at(index.get<std::size_t>()) = true;
  }
  return set;
}

std::string mapped(const Json& map, const std::string& key, const std::string& otherwise) {
  const auto found = map.find(key);
  return found == map.end() ? otherwise : found->get<std::string>();
}

bool holds(const Json& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

double least_of(const std::string& group, const Json& json) {
  const Json& thresholds = json.at("thresholds");
  if (group == "animal") {
    return thresholds.at("animal").get<double>();
  }
  return thresholds.at(holds(json.at("wide_groups"), group) ? "wide_group" : "group").get<double>();
}

void read_groups(const Json& json, Labels& labels) {
  for (const auto& [name, classes] : json.at("groups").items()) {
    Group group{name,
                mapped(json.at("group_said_as"), name, name),
                mapped(json.at("wider"), name, ""),
                classes.get<std::vector<std::size_t>>(),
                holds(json.at("scene_groups"), name),
                name == "animal" || holds(json.at("animal_groups"), name),
                least_of(name, json)};
    for (const std::size_t index : group.classes) {
      labels.is_scene.at(index) = labels.is_scene.at(index) || group.is_scene;
      labels.is_animal.at(index) = labels.is_animal.at(index) || group.is_animal;
    }
    labels.groups.push_back(std::move(group));
  }
  std::stable_sort(labels.groups.begin(), labels.groups.end(),
                   [](const Group& a, const Group& b) { return a.classes.size() < b.classes.size(); });
}

void read_coco(const Json& json, Labels& labels) {
  labels.coco = json.at("coco").get<std::vector<std::string>>();
  for (const std::string& name : labels.coco) {
    labels.coco_said_as.push_back(mapped(json.at("coco_said_as"), name, name));
    labels.coco_wider.push_back(mapped(json.at("wider"), name, ""));
    labels.coco_is_animal.push_back(holds(json.at("coco_animals"), name));
    const auto equivalents = json.at("coco_equivalents").find(name);
    labels.coco_equivalents.push_back(equivalents == json.at("coco_equivalents").end()
                                          ? std::vector<std::size_t>{}
                                          : equivalents->get<std::vector<std::size_t>>());
  }
}

}  // namespace

Result<Labels> Labels::load(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const Result<Json> parsed = parse_json(text.str());
  if (!file || !parsed) {
    return fail_internal(path + " is missing or is not JSON");
  }
  try {
    const Json& json = *parsed;
    Labels labels;
    labels.names = json.at("names").get<std::vector<std::string>>();
    const std::size_t count = labels.names.size();
    labels.untrusted = flags(json.at("untrusted"), count);
    labels.may_be_said = flags(json.at("species_may_be_said"), count);
    for (const Json& index : json.at("leaf_may_be_said")) {
      labels.may_be_said.at(index.get<std::size_t>()) = true;
    }
    labels.is_scene.assign(count, false);
    labels.is_animal.assign(count, false);
    read_groups(json, labels);
    read_coco(json, labels);
    labels.thresholds = json.at("thresholds").get<std::map<std::string, double>>();
    return labels;
  } catch (const std::exception& error) {
    return fail_internal(path + ": " + error.what());
  }
}

const Group* Labels::group(const std::string& name) const {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) { return group.name == name; });
  return found == groups.end() ? nullptr : &*found;
}

}  // namespace pictor::vision
