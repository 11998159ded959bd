#include "domain/facts.hpp"

#include <cmath>
#include <utility>

#include "domain/json_fields.hpp"

namespace pictor::domain {
namespace {

constexpr std::array kSources = {
    std::pair{SubjectSource::kNone, "none"},           std::pair{SubjectSource::kPerson, "person"},
    std::pair{SubjectSource::kDetection, "detection"}, std::pair{SubjectSource::kGroup, "group"},
    std::pair{SubjectSource::kLeaf, "leaf"},           std::pair{SubjectSource::kColour, "colour"},
};

double rounded(double value) { return std::round(value * 10'000) / 10'000; }

Json box_json(const Box& box) { return {rounded(box[0]), rounded(box[1]), rounded(box[2]), rounded(box[3])}; }

Box box_from(const FieldReader& reader) {
  Box box{};
  const Json& values = reader.array("box");
  for (std::size_t i = 0; i < box.size() && i < values.size(); ++i) {
    box[i] = values[i].is_number() ? values[i].get<double>() : 0;
  }
  return box;
}

}  // namespace

Json to_api_json(const Facts& facts) {
  Json json{{"objects", Json::array()},
            {"labels", Json::array()},
            {"text", Json::array()},
            {"faces", Json::array()},
            {"colours", Json::array()}};
  for (const DetectedObject& object : facts.objects) {
    json["objects"].push_back(
        {{"label", object.label}, {"confidence", rounded(object.confidence)}, {"box", box_json(object.box)}});
  }
  for (const SceneLabel& label : facts.labels) {
    json["labels"].push_back({{"label", label.label}, {"confidence", rounded(label.confidence)}});
  }
  for (const TextLine& line : facts.text) {
    json["text"].push_back(
        {{"text", line.text}, {"confidence", rounded(line.confidence)}, {"box", box_json(line.box)}});
  }
  for (const Face& face : facts.faces) {
    json["faces"].push_back({{"box", box_json(face.box)}, {"confidence", rounded(face.confidence)}});
  }
  for (const ColourShare& colour : facts.colours) {
    json["colours"].push_back({{"hex", colour.hex}, {"share", rounded(colour.share)}});
  }
  json["kind"] = facts.kind;
  json["nsfw"] = {{"score", rounded(facts.nsfw)}};
  json["orientation"] = facts.orientation;
  json["blurhash"] = facts.blurhash;
  json["focalPoint"] = {rounded(facts.focal_point[0]), rounded(facts.focal_point[1])};
  return json;
}

Json to_json(const Facts& facts) {
  Json json = to_api_json(facts);
  const Subject& subject = facts.subject;
  const char* source = "none";
  for (const auto& [value, name] : kSources) {
    source = value == subject.source ? name : source;
  }
  json["subject"] = {{"label", subject.label}, {"wider", subject.wider},       {"confidence", subject.confidence},
                     {"count", subject.count}, {"is_scene", subject.is_scene}, {"is_person", subject.is_person},
                     {"source", source},       {"box", box_json(subject.box)}};
  for (std::size_t i = 0; i < facts.colours.size(); ++i) {
    json["colours"][i]["name"] = facts.colours[i].name;
  }
  json["kind_confidence"] = facts.kind_confidence;
  json["width"] = facts.width;
  json["height"] = facts.height;
  json["has_alpha"] = facts.has_alpha;
  json["is_blank"] = facts.is_blank;
  json["model"] = facts.model;
  return json;
}

Result<Facts> facts_from_json(const Json& json) {
  if (!json.is_object()) {
    return fail_internal("facts are not an object");
  }
  const FieldReader reader(json);
  Facts facts;
  for (const Json& row : reader.array("objects")) {
    const FieldReader item(row);
    facts.objects.push_back({item.text("label"), item.number("confidence"), box_from(item)});
  }
  for (const Json& row : reader.array("labels")) {
    const FieldReader item(row);
    facts.labels.push_back({item.text("label"), item.number("confidence")});
  }
  for (const Json& row : reader.array("text")) {
    const FieldReader item(row);
    facts.text.push_back({item.text("text"), item.number("confidence"), box_from(item)});
  }
  for (const Json& row : reader.array("faces")) {
    const FieldReader item(row);
    facts.faces.push_back({box_from(item), item.number("confidence")});
  }
  for (const Json& row : reader.array("colours")) {
    const FieldReader item(row);
    facts.colours.push_back({item.text("hex"), item.text("name"), item.number("share")});
  }
  const FieldReader subject = reader.object("subject");
  facts.subject = {subject.text("label"),        subject.text("wider"),
                   subject.number("confidence"), subject.integer("count", 1),
                   subject.boolean("is_scene"),  subject.boolean("is_person"),
                   SubjectSource::kNone,         box_from(subject)};
  const std::string source = subject.text("source");
  for (const auto& [value, name] : kSources) {
    facts.subject.source = source == name ? value : facts.subject.source;
  }
  facts.kind = reader.text("kind", "photo");
  facts.kind_confidence = reader.number("kind_confidence");
  facts.nsfw = reader.object("nsfw").number("score");
  facts.orientation = reader.text("orientation");
  facts.width = reader.integer("width");
  facts.height = reader.integer("height");
  facts.has_alpha = reader.boolean("has_alpha");
  facts.is_blank = reader.boolean("is_blank");
  facts.blurhash = reader.text("blurhash");
  const Json& focal = reader.array("focalPoint");
  if (focal.size() == 2 && focal[0].is_number() && focal[1].is_number()) {
    facts.focal_point = {focal[0].get<double>(), focal[1].get<double>()};
  }
  facts.model = reader.text("model");
  return facts;
}

}  // namespace pictor::domain
