#include "imaging/embed/avif_container.hpp"

#include <algorithm>
#include <string_view>

namespace pictor::imaging {
namespace {

using std::string_view_literals::operator""sv;
using Bytes = std::span<const std::uint8_t>;

std::uint64_t read_number(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size && at + i < bytes.size(); ++i) {
    value = value << 8U | bytes[at + i];
  }
  return value;
}

void put_number(std::vector<std::uint8_t>& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = size; i > 0; --i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
  }
}

void put_text(std::vector<std::uint8_t>& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}
void put_bytes(std::vector<std::uint8_t>& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void put_box(std::vector<std::uint8_t>& out, std::string_view type, Bytes body) {
  put_number(out, body.size() + 8, 4);
  put_text(out, type);
  put_bytes(out, body);
}

struct Box {
  std::string_view type;
  std::size_t at = 0;  ///< of its header, in what it was found in
  Bytes body;
};

/// Boxes with 32-bit sizes, one after another; the last of a file may have size 0, "to the end".
std::optional<std::vector<Box>> read_boxes(Bytes bytes) {
  std::vector<Box> boxes;
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at < 8 || boxes.size() > 64) {
      return std::nullopt;
    }
    std::size_t size = read_number(bytes, at, 4);
    size = size == 0 ? bytes.size() - at : size;
    if (size < 8 || size > bytes.size() - at) {
      return std::nullopt;
    }
    boxes.push_back({{reinterpret_cast<const char*>(bytes.data()) + at + 4, 4}, at, bytes.subspan(at + 8, size - 8)});
    at += size;
  }
  return boxes;
}

/// An item to add. `data` goes behind the file.
struct Item {
  std::uint32_t id = 0;
  std::string_view type;
  std::vector<std::uint8_t> data;
  std::uint64_t offset = 0;
};

/// The widths of iloc's numbers.
struct LocationSizes {
  std::uint8_t version = 0;
  std::size_t offset = 0;
  std::size_t length = 0;
  std::size_t base = 0;
  std::size_t index = 0;
  std::size_t id = 2;
};

/// iloc again with every place in the file moved by `shift`, and the new items. nullopt for shapes that libheif does
/// not write.
std::optional<std::vector<std::uint8_t>> moved_locations(Bytes body, std::uint64_t shift,
                                                         const std::vector<Item>& items) {
  if (body.size() < 8) {
    return std::nullopt;
  }
  LocationSizes sizes;
  sizes.version = body[0];
  sizes.offset = body[4] >> 4U;
  sizes.length = body[4] & 15U;
  sizes.base = body[5] >> 4U;
  sizes.index = sizes.version > 0 ? body[5] & 15U : 0;
  sizes.id = sizes.version < 2 ? 2 : 4;
  // ISO/IEC 14496-12 8.11.3.3 knows widths of 0, 4 and 8.
  const auto is_width = [](std::size_t size) { return size == 0 || size == 4 || size == 8; };
  if (sizes.version > 2 || sizes.offset != 4 || sizes.length != 4 || !is_width(sizes.base) || !is_width(sizes.index)) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> out(body.begin(), body.begin() + 6);
  const std::uint64_t count = read_number(body, 6, sizes.id);
  put_number(out, count + items.size(), sizes.id);
  std::size_t at = 6 + sizes.id;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t head = sizes.id + (sizes.version > 0 ? 2 : 0) + 2;
    if (at + head + sizes.base + 2 > body.size()) {
      return std::nullopt;
    }
    const bool in_file = sizes.version == 0 || (body[at + sizes.id + 1] & 15U) == 0;
    put_bytes(out, body.subspan(at, head));
    at += head;
    const std::uint64_t base = read_number(body, at, sizes.base);
    const bool base_moves = in_file && base > 0;
    put_number(out, base_moves ? base + shift : base, sizes.base);
    const std::uint64_t extents = read_number(body, at + sizes.base, 2);
    put_number(out, extents, 2);
    at += sizes.base + 2;
    for (std::uint64_t k = 0; k < extents; ++k) {
      if (at + sizes.index + 8 > body.size()) {
        return std::nullopt;
      }
      put_bytes(out, body.subspan(at, sizes.index));
      const std::uint64_t offset = read_number(body, at + sizes.index, 4);
      put_number(out, in_file && !base_moves ? offset + shift : offset, 4);
      put_bytes(out, body.subspan(at + sizes.index + 4, 4));
      at += sizes.index + 8;
    }
  }
  for (const Item& item : items) {
    put_number(out, item.id, sizes.id);
    put_number(out, 0, sizes.version > 0 ? 4 : 2);  // construction method 0, this file
    put_number(out, 0, sizes.base);
    put_number(out, 1, 2);
    put_number(out, 0, sizes.index);
    put_number(out, item.offset, 4);
    put_number(out, item.data.size(), 4);
  }
  return out;
}

/// iinf with the new items' entries (infe version 2).
std::vector<std::uint8_t> more_infos(Bytes body, const std::vector<Item>& items) {
  const std::size_t count_size = body[0] == 0 ? 2 : 4;
  std::vector<std::uint8_t> out(body.begin(), body.begin() + 4);
  put_number(out, read_number(body, 4, count_size) + items.size(), count_size);
  put_bytes(out, body.subspan(4 + count_size));
  for (const Item& item : items) {
    std::vector<std::uint8_t> entry = {2, 0, 0, 1};  // version 2, hidden: not a picture to show
    put_number(entry, item.id, 2);
    put_number(entry, 0, 2);
    put_text(entry, item.type);
    put_text(entry, item.type == "mime" ? "\0application/rdf+xml\0"sv : "\0"sv);
    put_box(out, "infe", entry);
  }
  return out;
}

/// iref (version 0) with "describes" references from the new items to the picture.
std::vector<std::uint8_t> more_references(Bytes body, std::uint32_t primary, const std::vector<Item>& items) {
  std::vector<std::uint8_t> out(body.begin(), body.end());
  if (out.empty()) {
    out.assign(4, 0);
  }
  const std::size_t id_size = out[0] == 0 ? 2 : 4;
  for (const Item& item : items) {
    std::vector<std::uint8_t> reference;
    put_number(reference, item.id, id_size);
    put_number(reference, 1, 2);
    put_number(reference, primary, id_size);
    put_box(out, "cdsc", reference);
  }
  return out;
}

std::uint32_t largest_id(Bytes iinf) {
  const auto entries = read_boxes(iinf.subspan(iinf[0] == 0 ? 6 : 8));
  std::uint32_t largest = 0;
  if (entries) {
    for (const Box& entry : *entries) {
      largest = std::max(largest, static_cast<std::uint32_t>(
                                      read_number(entry.body, 4, !entry.body.empty() && entry.body[0] == 3 ? 4 : 2)));
    }
  }
  return largest;
}

/// The meta box's body again. @param shift  how much larger it is than before; 0 to find out
std::optional<std::vector<std::uint8_t>> rebuilt_meta(Bytes meta, std::uint64_t shift, const std::vector<Item>& items) {
  const auto children = read_boxes(meta.subspan(4));
  if (!children) {
    return std::nullopt;
  }
  std::uint32_t primary = 0;
  Bytes references;
  for (const Box& child : *children) {
    if (child.type == "pitm" && child.body.size() >= 6) {
      primary = static_cast<std::uint32_t>(read_number(child.body, 4, child.body[0] == 0 ? 2 : 4));
    } else if (child.type == "iref") {
      references = child.body;
    }
  }
  std::vector<std::uint8_t> out(meta.begin(), meta.begin() + 4);
  for (const Box& child : *children) {
    if (child.type == "iloc") {
      const auto moved = moved_locations(child.body, shift, items);
      if (!moved) {
        return std::nullopt;
      }
      put_box(out, "iloc", *moved);
    } else if (child.type == "iinf" && child.body.size() >= 8) {
      put_box(out, "iinf", more_infos(child.body, items));
      put_box(out, "iref", more_references(references, primary, items));
    } else if (child.type != "iref") {
      put_box(out, child.type, child.body);
    }
  }
  return out;
}

std::vector<Item> items_of(const Blocks& blocks) {
  std::vector<Item> items;
  if (!blocks.exif.empty()) {
    items.push_back({0, "Exif", {0, 0, 0, 0}, 0});  // the TIFF header follows at once
    put_bytes(items.back().data, blocks.exif);
  }
  if (!blocks.xmp.empty()) {
    items.push_back({0, "mime", blocks.xmp, 0});
  }
  return items;
}

}  // namespace

std::optional<std::vector<std::uint8_t>> add_to_avif(Bytes file, const Blocks& blocks) {
  const auto boxes = read_boxes(file);
  if (!boxes) {
    return std::nullopt;
  }
  const auto meta = std::find_if(boxes->begin(), boxes->end(), [](const Box& box) { return box.type == "meta"; });
  if (meta == boxes->end() || meta->body.size() < 4) {
    return std::nullopt;
  }
  const auto children = read_boxes(meta->body.subspan(4));
  if (!children) {
    return std::nullopt;
  }
  const auto infos =
      std::find_if(children->begin(), children->end(), [](const Box& box) { return box.type == "iinf"; });
  if (infos == children->end() || infos->body.size() < 8) {
    return std::nullopt;
  }
  std::vector<Item> items = items_of(blocks);
  std::uint32_t next_id = largest_id(infos->body);
  if (next_id > 0xFFFF - items.size()) {
    return std::nullopt;
  }
  for (Item& item : items) {
    item.id = ++next_id;
  }
  const auto measured = rebuilt_meta(meta->body, 0, items);
  if (!measured) {
    return std::nullopt;
  }
  const std::uint64_t shift = measured->size() - meta->body.size();
  std::uint64_t end = file.size() + shift + 8;
  for (Item& item : items) {
    item.offset = end;
    end += item.data.size();
  }
  if (end > 0xFFFFFFFFU) {
    return std::nullopt;
  }
  const auto finished = rebuilt_meta(meta->body, shift, items);
  std::vector<std::uint8_t> out(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(meta->at));
  put_box(out, "meta", *finished);
  put_bytes(out, file.subspan(meta->at + 8 + meta->body.size()));
  std::vector<std::uint8_t> data;
  for (const Item& item : items) {
    put_bytes(data, item.data);
  }
  put_box(out, "mdat", data);
  return out;
}

}  // namespace pictor::imaging
