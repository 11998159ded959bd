#include "domain/edits.hpp"

#include <utility>

namespace pictor::domain {
namespace {

constexpr int kMaxSide = 65'535;

template <class Value>
struct Named {
  Value value;
  const char* name;
};

constexpr std::array kFits = {
    Named<Fit>{Fit::kInside, "inside"}, Named<Fit>{Fit::kCover, "cover"},     Named<Fit>{Fit::kContain, "contain"},
    Named<Fit>{Fit::kFill, "fill"},     Named<Fit>{Fit::kOutside, "outside"},
};
constexpr std::array kGravities = {
    Named<Gravity>{Gravity::kCentre, "centre"},       Named<Gravity>{Gravity::kNorth, "north"},
    Named<Gravity>{Gravity::kNorthEast, "northeast"}, Named<Gravity>{Gravity::kEast, "east"},
    Named<Gravity>{Gravity::kSouthEast, "southeast"}, Named<Gravity>{Gravity::kSouth, "south"},
    Named<Gravity>{Gravity::kSouthWest, "southwest"}, Named<Gravity>{Gravity::kWest, "west"},
    Named<Gravity>{Gravity::kNorthWest, "northwest"}, Named<Gravity>{Gravity::kSmart, "smart"},
    Named<Gravity>{Gravity::kFocal, "focal"},         Named<Gravity>{Gravity::kCentre, "center"},
};
constexpr std::array kFlips = {
    Named<Flip>{Flip::kNone, "none"},
    Named<Flip>{Flip::kHorizontal, "horizontal"},
    Named<Flip>{Flip::kVertical, "vertical"},
    Named<Flip>{Flip::kBoth, "both"},
};

template <class Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& row : table) {
    names.emplace_back(row.name);
  }
  return names;
}

template <class Table, class Value>
const char* name_in(const Table& table, Value value) {
  for (const auto& row : table) {
    if (row.value == value) {
      return row.name;
    }
  }
  return table[0].name;
}

template <class Table, class Value>
void read_name(CheckedObject& body, const char* field, const Table& table, Value& value) {
  if (const auto name = body.one_of(field, names_of(table))) {
    for (const auto& row : table) {
      if (*name == row.name) {
        value = row.value;
        return;
      }
    }
  }
}

/// Reads a nested object with `read`; its faults become the body's. True when it was there and sound.
template <class Read>
bool read_nested(CheckedObject& body, const char* name, Read&& read) {
  const Json* json = body.object(name);
  if (json == nullptr) {
    return false;
  }
  CheckedObject fields(*json, body.pointer_of(name));
  read(fields);
  if (const Result<void> checked = fields.finish(); !checked) {
    body.add_faults(checked.error());
    return false;
  }
  return true;
}

void read_resize(CheckedObject& body, std::optional<Resize>& into) {
  Resize resize;
  const bool read = read_nested(body, "resize", [&resize](CheckedObject& fields) {
    resize.width = fields.integer("width", 1, kMaxSide);
    resize.height = fields.integer("height", 1, kMaxSide);
    read_name(fields, "fit", kFits, resize.fit);
    read_name(fields, "gravity", kGravities, resize.gravity);
    resize.enlarge = fields.boolean("enlarge").value_or(false);
    if (!fields.has("width") && !fields.has("height")) {
      fields.add_fault("width", "Give a width, a height, or both.");
    }
  });
  if (read) {
    into = resize;
  }
}

void read_crop(CheckedObject& body, Edits& edits) {
  Area box;
  const bool read = read_nested(body, "crop", [&box](CheckedObject& fields) {
    box.left = fields.integer("left", 0, kMaxSide).value_or(0);
    box.top = fields.integer("top", 0, kMaxSide).value_or(0);
    for (const auto& [name, side] : {std::pair{"width", &box.width}, std::pair{"height", &box.height}}) {
      *side = fields.integer(name, 1, kMaxSide).value_or(1);
      if (!fields.has(name)) {
        fields.add_fault(name, "Say how much is cut out, in pixels.");
      }
    }
  });
  if (read) {
    edits.crop = box;
  }
}

/// One number for all sides, or an object of `top right bottom left`.
void read_pad(CheckedObject& body, Edits& edits) {
  const Json* value = body.raw("pad");
  if (value == nullptr) {
    return;
  }
  constexpr int kMost = 10'000;
  if (!value->is_object()) {
    const int all = body.integer("pad", 0, kMost).value_or(0);
    edits.pad = {all, all, all, all};
    return;
  }
  Sides sides;
  const bool read = read_nested(body, "pad", [&sides](CheckedObject& fields) {
    sides.top = fields.integer("top", 0, kMost).value_or(0);
    sides.right = fields.integer("right", 0, kMost).value_or(0);
    sides.bottom = fields.integer("bottom", 0, kMost).value_or(0);
    sides.left = fields.integer("left", 0, kMost).value_or(0);
  });
  if (read) {
    edits.pad = sides;
  }
}

/// `true` for the usual value, `false` for none, or the value.
template <class Value>
void read_switch(CheckedObject& body, const char* name, Value usual, Value least, Value most,
                 std::optional<Value>& into) {
  const Json* value = body.raw(name);
  if (value == nullptr) {
    return;
  }
  if (value->is_boolean()) {
    into = value->get<bool>() ? std::optional<Value>(usual) : std::nullopt;
    return;
  }
  if constexpr (std::is_same_v<Value, int>) {
    into = body.integer(name, least, most);
  } else {
    into = body.number(name, least, most);
  }
}

void read_watermark(CheckedObject& body, Edits& edits) {
  Watermark mark;
  const bool read = read_nested(body, "watermark", [&mark](CheckedObject& fields) {
    mark.image_id = fields.text("imageId", 64, 1).value_or("");
    if (!fields.has("imageId")) {
      fields.add_fault("imageId", "Name an uploaded picture of yours, such as img_….");
    }
    read_name(fields, "gravity", kGravities, mark.gravity);
    if (mark.gravity == Gravity::kSmart || mark.gravity == Gravity::kFocal) {
      fields.add_fault("gravity", "A watermark sits at a compass point.");
    }
    mark.opacity = fields.number("opacity", 0, 1).value_or(mark.opacity);
    mark.scale = fields.number("scale", 0.01, 1).value_or(mark.scale);
    mark.margin = fields.integer("margin", 0, 10'000).value_or(mark.margin);
  });
  if (read) {
    edits.watermark = mark;
  }
}

Json resize_json(const Resize& resize) {
  Json fields;
  if (resize.width) {
    fields["width"] = *resize.width;
  }
  if (resize.height) {
    fields["height"] = *resize.height;
  }
  fields["fit"] = name_in(kFits, resize.fit);
  fields["gravity"] = name_in(kGravities, resize.gravity);
  fields["enlarge"] = resize.enlarge;
  return fields;
}

}  // namespace

void read_edits(CheckedObject& body, Edits& edits, std::optional<Resize>& resize) {
  read_resize(body, resize);
  edits.rotate = body.number("rotate", -360, 360).value_or(edits.rotate);
  read_name(body, "flip", kFlips, edits.flip);
  read_crop(body, edits);
  read_switch(body, "trim", 10, 1, 255, edits.trim);
  read_pad(body, edits);
  read_switch(body, "sharpen", 1.0, 0.3, 10.0, edits.sharpen);
  read_switch(body, "blur", 2.0, 0.3, 250.0, edits.blur);
  read_watermark(body, edits);
  edits.page = body.integer("page", 0, 100'000).value_or(edits.page);
  edits.dpr = body.number("dpr", 0.1, 8).value_or(edits.dpr);
}

void write_edits(Json& json, const Edits& edits, const std::optional<Resize>& resize) {
  if (resize) {
    json["resize"] = resize_json(*resize);
  }
  if (edits.rotate != 0) {
    json["rotate"] = edits.rotate;
  }
  if (edits.flip != Flip::kNone) {
    json["flip"] = name_in(kFlips, edits.flip);
  }
  if (edits.crop) {
    json["crop"] = {{"left", edits.crop->left},
                    {"top", edits.crop->top},
                    {"width", edits.crop->width},
                    {"height", edits.crop->height}};
  }
  if (edits.trim) {
    json["trim"] = *edits.trim;
  }
  if (edits.pad.any()) {
    json["pad"] = {
        {"top", edits.pad.top}, {"right", edits.pad.right}, {"bottom", edits.pad.bottom}, {"left", edits.pad.left}};
  }
  if (edits.sharpen) {
    json["sharpen"] = *edits.sharpen;
  }
  if (edits.blur) {
    json["blur"] = *edits.blur;
  }
  if (edits.watermark) {
    const Watermark& mark = *edits.watermark;
    json["watermark"] = {{"imageId", mark.image_id},
                         {"gravity", name_in(kGravities, mark.gravity)},
                         {"opacity", mark.opacity},
                         {"scale", mark.scale},
                         {"margin", mark.margin}};
  }
  if (edits.page != 0) {
    json["page"] = edits.page;
  }
  if (edits.dpr != 1) {
    json["dpr"] = edits.dpr;
  }
}

}  // namespace pictor::domain
