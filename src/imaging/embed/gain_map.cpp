#include "imaging/embed/gain_map.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace pictor::imaging {
namespace {

using Bytes = std::span<const std::uint8_t>;
using std::string_view_literals::operator""sv;

constexpr std::string_view kMpf = "MPF\0"sv;
constexpr std::string_view kXmp = "http://ns.adobe.com/xap/1.0/\0"sv;
constexpr std::string_view kGainMapWords = "http://ns.adobe.com/hdr-gain-map/1.0/"sv;
constexpr std::string_view kContainerWords = "http://ns.google.com/photos/1.0/container/"sv;
constexpr std::string_view kEndOfWords = "</rdf:RDF>"sv;
constexpr std::size_t kMaxPayload = 65'533;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

struct Segment {
  std::size_t at = 0;
  std::uint8_t marker = 0;
  Bytes payload;
};

/// Those before the first scan.
std::vector<Segment> segments_of(Bytes jpeg) {
  std::vector<Segment> segments;
  std::size_t at = 2;
  while (at + 4 <= jpeg.size() && jpeg[at] == 0xFF && jpeg[at + 1] != 0xDA) {
    const std::size_t length = static_cast<std::size_t>(jpeg[at + 2]) << 8U | jpeg[at + 3];
    if (length < 2 || length > jpeg.size() - at - 2) {
      break;
    }
    segments.push_back({at, jpeg[at + 1], jpeg.subspan(at + 4, length - 2)});
    at += 2 + length;
  }
  return segments;
}

/// A TIFF's numbers, in either order; 0 outside.
class Numbers {
 public:
  explicit Numbers(Bytes bytes) : bytes_(bytes), big_(!bytes.empty() && bytes[0] == 'M') {}
  [[nodiscard]] std::uint32_t at(std::size_t position, std::size_t size) const {
    if (position > bytes_.size() || size > bytes_.size() - position) {
      return 0;
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8U | bytes_[big_ ? position + i : position + size - 1 - i];
    }
    return value;
  }

 private:
  Bytes bytes_;
  bool big_;
};

/// The pictures after the first that an index names. @param base  where its TIFF begins in the file
std::vector<Bytes> pictures_of(Bytes jpeg, Bytes index, std::size_t base) {
  constexpr std::uint32_t kEntries = 0xB002;
  const Numbers numbers(index);
  std::vector<Bytes> pictures;
  const std::size_t directory = numbers.at(4, 4);
  for (std::size_t i = 0; i < std::min(numbers.at(directory, 2), 64U); ++i) {
    const std::size_t entry = directory + 2 + i * 12;
    if (numbers.at(entry, 2) != kEntries) {
      continue;
    }
    const std::size_t count = std::min(numbers.at(entry + 4, 4) / 16, 64U);
    const std::size_t list = numbers.at(entry + 8, 4);
    for (std::size_t picture = 1; picture < count; ++picture) {
      const std::size_t size = numbers.at(list + picture * 16 + 4, 4);
      const std::size_t begin = base + numbers.at(list + picture * 16 + 8, 4);
      if (begin > base && begin < jpeg.size() && size > 4 && size <= jpeg.size() - begin) {
        pictures.push_back(jpeg.subspan(begin, size));
      }
    }
  }
  return pictures;
}

bool is_gain_map(Bytes picture) {
  if (picture.size() < 4 || picture[0] != 0xFF || picture[1] != 0xD8) {
    return false;
  }
  return std::ranges::any_of(segments_of(picture), [](const Segment& segment) {
    return segment.marker == 0xE1 && text_of(segment.payload).starts_with(kXmp) &&
           text_of(segment.payload).find(kGainMapWords) != std::string_view::npos;
  });
}

void put_segment(std::vector<std::uint8_t>& out, std::uint8_t marker, std::string_view payload) {
  const std::size_t length = payload.size() + 2;
  out.insert(out.end(), {0xFF, marker, static_cast<std::uint8_t>(length >> 8U), static_cast<std::uint8_t>(length)});
  out.insert(out.end(), payload.begin(), payload.end());
}

std::string container_words(std::size_t length) {
  return "<rdf:Description rdf:about=\"\" xmlns:hdrgm=\"" + std::string(kGainMapWords) + "\" xmlns:Container=\"" +
         std::string(kContainerWords) +
         "\" xmlns:Item=\"http://ns.google.com/photos/1.0/container/item/\" hdrgm:Version=\"1.0\">"
         "<Container:Directory><rdf:Seq><rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"Primary\" "
         "Item:Mime=\"image/jpeg\"/></rdf:li><rdf:li rdf:parseType=\"Resource\"><Container:Item "
         "Item:Semantic=\"GainMap\" Item:Mime=\"image/jpeg\" Item:Length=\"" +
         std::to_string(length) + "\"/></rdf:li></rdf:Seq></Container:Directory></rdf:Description>";
}

/// The first picture's XMP with the container's words; nothing where it is not ours to add to.
std::optional<std::string> xmp_with_container(const std::vector<Segment>& segments, std::size_t length) {
  for (const Segment& segment : segments) {
    if (segment.marker != 0xE1 || !text_of(segment.payload).starts_with(kXmp)) {
      continue;
    }
    std::string packet(text_of(segment.payload));
    const std::size_t end = packet.find(kEndOfWords);
    if (end == std::string::npos || packet.find(kContainerWords) != std::string::npos) {
      return std::nullopt;
    }
    packet.insert(end, container_words(length));
    return packet.size() <= kMaxPayload ? std::optional(packet) : std::nullopt;
  }
  return std::string(kXmp) +
         "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">" +
         container_words(length) + std::string(kEndOfWords) + "</x:xmpmeta>";
}

void put32(std::string& out, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> static_cast<unsigned>(shift));
  }
}

void put_entry(std::string& out, std::string_view tag_and_type, std::size_t count) {
  out += tag_and_type;
  put32(out, count);
}

/// CIPA DC-007 5.2: version, number of pictures, and an entry for each. Its length never depends on the numbers.
std::string index_of(std::size_t first_size, std::size_t second_at, std::size_t second_size) {
  std::string index(kMpf);
  index += "MM\0*\0\0\0\x08\0\x03"sv;
  put_entry(index, "\xB0\x00\x00\x07"sv, 4);
  index += "0100";
  put_entry(index, "\xB0\x01\x00\x04"sv, 1);
  put32(index, 2);
  put_entry(index, "\xB0\x02\x00\x07"sv, 32);
  put32(index, 50);
  put32(index, 0);
  // The first is the picture to show; offsets count from the byte order mark.
  put32(index, 0x030000);
  put32(index, first_size);
  put32(index, 0);
  put32(index, 0);
  put32(index, 0);
  put32(index, second_size);
  put32(index, second_at);
  put32(index, 0);
  return index;
}

}  // namespace

std::optional<Bytes> find_gain_map(Bytes jpeg) {
  if (jpeg.size() < 4 || jpeg[0] != 0xFF || jpeg[1] != 0xD8) {
    return std::nullopt;
  }
  for (const Segment& segment : segments_of(jpeg)) {
    if (segment.marker != 0xE2 || !text_of(segment.payload).starts_with(kMpf)) {
      continue;
    }
    for (const Bytes picture : pictures_of(jpeg, segment.payload.subspan(kMpf.size()), segment.at + 4 + kMpf.size())) {
      if (is_gain_map(picture)) {
        return picture;
      }
    }
  }
  return std::nullopt;
}

std::optional<std::vector<std::uint8_t>> with_gain_map(Bytes jpeg, Bytes gain_map) {
  if (jpeg.size() < 4 || jpeg[0] != 0xFF || jpeg[1] != 0xD8) {
    return std::nullopt;
  }
  const std::vector<Segment> segments = segments_of(jpeg);
  const std::optional<std::string> xmp = xmp_with_container(segments, gain_map.size());
  if (!xmp) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> out = {0xFF, 0xD8};
  const auto copy = [&](std::size_t begin, std::size_t end) {
    out.insert(out.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(begin),
               jpeg.begin() + static_cast<std::ptrdiff_t>(end));
  };
  std::size_t at = 2;
  // JFIF and EXIF stay in front.
  for (const Segment& segment : segments) {
    const bool is_exif = segment.marker == 0xE1 && text_of(segment.payload).starts_with("Exif");
    if (segment.at != at || (segment.marker != 0xE0 && !is_exif)) {
      break;
    }
    at = segment.at + 4 + segment.payload.size();
  }
  copy(2, at);
  put_segment(out, 0xE1, *xmp);
  const std::size_t index_at = out.size() + 4 + kMpf.size();
  const std::size_t index_begin = out.size();
  put_segment(out, 0xE2, index_of(0, 0, 0));
  for (const Segment& segment : segments) {
    const std::size_t end = segment.at + 4 + segment.payload.size();
    if (segment.at >= at && !(segment.marker == 0xE1 && text_of(segment.payload).starts_with(kXmp))) {
      copy(segment.at, end);
    }
    at = std::max(at, end);
  }
  copy(at, jpeg.size());
  const std::string index = index_of(out.size(), out.size() - index_at, gain_map.size());
  std::copy(index.begin(), index.end(), out.begin() + static_cast<std::ptrdiff_t>(index_begin) + 4);
  out.insert(out.end(), gain_map.begin(), gain_map.end());
  return out;
}

}  // namespace pictor::imaging
