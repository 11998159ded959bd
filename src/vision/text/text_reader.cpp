#include "vision/text/text_reader.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "vision/models/boxes.hpp"

namespace pictor::vision {
namespace {

constexpr double kLowestConfidence = 0.6;
constexpr double kShortConfidence = 0.85;
constexpr double kSmallerPrint = 0.6;  // letters of less than this part of the highest are another size
constexpr double kTurnedRatio = 1.5;   // higher than wide by this: text that runs down the page
constexpr double kSurelyUpsideDown = 0.9;
constexpr int kWidestLine = 1'280;  // px at 48 px height

double length(const Point& a, const Point& b, const Pixels& pixels) {
  return std::hypot((a.x - b.x) * pixels.width, (a.y - b.y) * pixels.height);
}

/// Corners so that the text runs from the first to the second.
std::array<Point, 4> along_the_text(const Pixels& pixels, const TextRegion& region) {
  std::array<Point, 4> corners = region.corners;
  if (length(corners[0], corners[3], pixels) > kTurnedRatio * length(corners[0], corners[1], pixels)) {
    std::rotate(corners.begin(), corners.begin() + 1, corners.end());
  }
  return corners;
}

int strip_width(const Pixels& pixels, const TextRegion& region) {
  const std::array<Point, 4> corners = along_the_text(pixels, region);
  const double width = length(corners[0], corners[1], pixels),
               height = std::max(1.0, length(corners[0], corners[3], pixels));
  return std::clamp(static_cast<int>(std::ceil(TextRecognizer::kHeight * width / height)), 8, kWidestLine);
}

/// Adds a bilinear sample at a position in px to `target`; beyond the edge, the edge.
void add_sample(const Pixels& pixels, double x, double y, std::array<double, 3>& target) {
  x = std::clamp(x - 0.5, 0.0, pixels.width - 1.0);
  y = std::clamp(y - 0.5, 0.0, pixels.height - 1.0);
  const int left = static_cast<int>(x), top = static_cast<int>(y);
  const int right = std::min(left + 1, pixels.width - 1), bottom = std::min(top + 1, pixels.height - 1);
  const double part_x = x - left, part_y = y - top;
  const std::uint8_t* above = pixels.row(top);
  const std::uint8_t* below = pixels.row(bottom);
  for (int band = 0; band < 3; ++band) {
    const double upper = above[3 * left + band] * (1 - part_x) + above[3 * right + band] * part_x;
    const double lower = below[3 * left + band] * (1 - part_x) + below[3 * right + band] * part_x;
    target[static_cast<std::size_t>(band)] += upper * (1 - part_y) + lower * part_y;
  }
}

Picture half_turned(const Picture& strip) {
  Picture turned = strip;
  const std::size_t count = strip.rgb.size() / 3;
  for (std::size_t i = 0; i < count; ++i) {
    std::copy_n(strip.rgb.begin() + static_cast<std::ptrdiff_t>(3 * i), 3,
                turned.rgb.begin() + static_cast<std::ptrdiff_t>(3 * (count - 1 - i)));
  }
  return turned;
}

/// One or two characters are what the network makes of leaves and screws: they need more certainty than words.
bool is_believable(const ReadLine& line) {
  const auto characters =
      std::count_if(line.text.begin(), line.text.end(), [](char byte) { return (byte & 0xC0) != 0x80 && byte != ' '; });
  if (characters < 2) {
    return false;
  }
  return line.confidence >= (characters < 4 ? kShortConfidence : kLowestConfidence);
}

domain::Box box_around(const TextRegion& region) {
  const auto [left, right] = std::minmax_element(region.corners.begin(), region.corners.end(),
                                                 [](const Point& a, const Point& b) { return a.x < b.x; });
  const auto [top, bottom] = std::minmax_element(region.corners.begin(), region.corners.end(),
                                                 [](const Point& a, const Point& b) { return a.y < b.y; });
  return clipped_box(left->x, top->y, right->x, bottom->y);
}

/// Height of the letters in px.
double letter_height(const Pixels& pixels, const TextRegion& region) {
  return std::min(length(region.corners[0], region.corners[3], pixels),
                  length(region.corners[0], region.corners[1], pixels));
}

/// Indices of the regions that are read, in reading order: headings before body text before small print, each from the
/// top, until the width is spent.
std::vector<std::size_t> worth_reading(const Pixels& pixels, const std::vector<TextRegion>& regions, int widest_total) {
  double highest = 1;
  for (const TextRegion& region : regions) {
    highest = std::max(highest, letter_height(pixels, region));
  }
  const auto rank = [&](std::size_t index) {
    return std::floor(std::log(std::max(1.0, letter_height(pixels, regions[index])) / highest) /
                      std::log(kSmallerPrint));
  };
  std::vector<std::size_t> order(regions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t first, std::size_t second) { return rank(first) < rank(second); });
  std::vector<std::size_t> chosen;
  int spent = 0;
  for (const std::size_t index : order) {
    spent += std::max(160, strip_width(pixels, regions[index]));  // the recogniser pads short ones
    if (spent > widest_total && !chosen.empty()) {
      break;
    }
    chosen.push_back(index);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

Result<TextReader> TextReader::load(std::shared_ptr<const Runtime> runtime, const std::string& folder) {
  Result<TextDetector> detector = TextDetector::load(runtime, folder);
  if (!detector) {
    return fail(detector.error());
  }
  Result<TextDirection> direction = TextDirection::load(runtime, folder);
  if (!direction) {
    return fail(direction.error());
  }
  Result<TextRecognizer> recognizer = TextRecognizer::load(std::move(runtime), folder);
  if (!recognizer) {
    return fail(recognizer.error());
  }
  return TextReader(*std::move(detector), *std::move(direction), *std::move(recognizer));
}

Result<TextFound> TextReader::read(const Pixels& pixels, const ReadingEffort& effort) const {
  const Result<TextMap> map = detector_.detect(pixels, effort.longest_side);
  if (!map) {
    return fail(map.error());
  }
  const std::vector<TextRegion> regions = find_text_regions(*map);
  TextFound found;
  found.regions = static_cast<int>(regions.size());
  for (const TextRegion& region : regions) {
    found.coverage += area(box_around(region));
  }
  found.coverage = std::min(1.0, found.coverage);
  for (const std::size_t index : worth_reading(pixels, regions, effort.widest_total)) {
    const Result<ReadLine> line = read_line(pixels, regions[index]);
    if (!line) {
      return fail(line.error());
    }
    if (is_believable(*line)) {
      found.lines.push_back({line->text, line->confidence, box_around(regions[index])});
    }
  }
  return found;
}

Result<ReadLine> TextReader::read_line(const Pixels& pixels, const TextRegion& region) const {
  const Picture strip = straightened(pixels, region);
  Result<ReadLine> line = recognizer_.recognize(strip);
  // Upside-down text reads as nonsense of low certainty; only then is the question worth its time.
  if (line && line->confidence < 0.8) {
    const Result<double> upside_down = direction_.upside_down(strip);
    if (upside_down && *upside_down >= kSurelyUpsideDown) {
      Result<ReadLine> turned = recognizer_.recognize(half_turned(strip));
      if (turned && turned->confidence > line->confidence) {
        return turned;
      }
    }
  }
  return line;
}

Picture straightened(const Pixels& pixels, const TextRegion& region) {
  const std::array<Point, 4> corners = along_the_text(pixels, region);
  const int width = strip_width(pixels, region);
  Picture strip{width, TextRecognizer::kHeight, {}};
  strip.rgb.resize(std::size_t{3} * static_cast<std::size_t>(width) * TextRecognizer::kHeight);
  std::uint8_t* target = strip.rgb.data();
  // Large letters are averaged down: several samples an axis for one pixel of the strip.
  const int density =
      std::clamp(static_cast<int>(std::lround(length(corners[0], corners[3], pixels) / strip.height)), 1, 4);
  for (int y = 0; y < strip.height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::array<double, 3> sum{};
      for (int part = 0; part < density * density; ++part) {
        const double across = (x + (static_cast<double>(part % density) + 0.5) / density) / width;
        const double down = (y + (static_cast<double>(part / density) + 0.5) / density) / strip.height;
        const double at_x =
            corners[0].x + (corners[1].x - corners[0].x) * across + (corners[3].x - corners[0].x) * down;
        const double at_y =
            corners[0].y + (corners[1].y - corners[0].y) * across + (corners[3].y - corners[0].y) * down;
        add_sample(pixels, at_x * pixels.width, at_y * pixels.height, sum);
      }
      for (const double value : sum) {
        *target++ = static_cast<std::uint8_t>(std::lround(value / (density * density)));
      }
    }
  }
  return strip;
}

}  // namespace pictor::vision
