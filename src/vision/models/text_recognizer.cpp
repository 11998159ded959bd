#include "vision/models/text_recognizer.hpp"

#include <algorithm>
#include <array>
#include <fstream>

namespace pictor::vision {
namespace {

/// A line as the networks want it: BGR planes of −1..1, `width` wide; what the line does not fill is 0, mid-grey.
std::vector<float> line_tensor(const Picture& line, int width) {
  const auto plane = static_cast<std::size_t>(TextRecognizer::kHeight) * static_cast<std::size_t>(width);
  std::vector<float> bgr(3 * plane, 0.0F);
  const int filled = std::min(width, line.width);
  for (int y = 0; y < TextRecognizer::kHeight; ++y) {
    const std::uint8_t* source = line.pixels().row(y);
    for (int x = 0; x < filled; ++x, source += 3) {
      const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
      for (std::size_t band = 0; band < 3; ++band) {
        bgr[band * plane + at] = static_cast<float>(source[2 - band]) / 127.5F - 1.0F;
      }
    }
  }
  return bgr;
}

}  // namespace

Result<TextRecognizer> TextRecognizer::load(std::shared_ptr<const Runtime> runtime, const std::string& folder) {
  Result<Session> session = Session::load(std::move(runtime), folder + "/text_recognizer.onnx");
  if (!session) {
    return fail(session.error());
  }
  std::ifstream file(folder + "/text_characters.txt");
  std::vector<std::string> characters;
  for (std::string line; std::getline(file, line);) {
    characters.push_back(std::move(line));
  }
  if (characters.empty()) {
    return fail_internal(folder + "/text_characters.txt is missing or empty");
  }
  return TextRecognizer(*std::move(session), std::move(characters));
}

Result<std::vector<Tensor>> TextRecognizer::run(std::span<const float> bgr, int width) const {
  const std::array<std::int64_t, 4> shape{1, 3, kHeight, width};
  return session_.run(bgr, shape);
}

Result<ReadLine> TextRecognizer::recognize(const Picture& line) const {
  // Short words come out better with some room to the right, as in training.
  constexpr int kNarrowest = 160;
  const int width = std::max(kNarrowest, (line.width + 7) / 8 * 8);
  return run(line_tensor(line, width), width).map([&](const std::vector<Tensor>& outputs) {
    return decode_ctc(outputs.front().values, characters_);
  });
}

Result<TextDirection> TextDirection::load(std::shared_ptr<const Runtime> runtime, const std::string& folder) {
  return Session::load(std::move(runtime), folder + "/text_direction.onnx").map([](Session session) {
    return TextDirection(std::move(session));
  });
}

Result<std::vector<Tensor>> TextDirection::run(std::span<const float> bgr) const {
  constexpr std::array<std::int64_t, 4> kShape{1, 3, TextRecognizer::kHeight, kWidth};
  return session_.run(bgr, kShape);
}

Result<double> TextDirection::upside_down(const Picture& line) const {
  return run(line_tensor(line, kWidth)).map([](const std::vector<Tensor>& outputs) {
    return static_cast<double>(outputs.front().values[1]);
  });
}

ReadLine decode_ctc(std::span<const float> steps, std::span<const std::string> characters) {
  ReadLine line;
  const std::size_t classes = characters.size() + 2;
  std::size_t before = 0;
  int count = 0;
  for (std::size_t step = 0; step + classes <= steps.size(); step += classes) {
    const auto begin = steps.begin() + static_cast<std::ptrdiff_t>(step);
    const auto best = std::max_element(begin, begin + static_cast<std::ptrdiff_t>(classes));
    const auto index = static_cast<std::size_t>(best - begin);
    if (index != 0 && index != before) {
      line.text += index == classes - 1 ? std::string(" ") : characters[index - 1];
      line.confidence += static_cast<double>(*best);
      ++count;
    }
    before = index;
  }
  line.confidence = count > 0 ? line.confidence / count : 0;
  line.text.erase(0, line.text.find_first_not_of(' '));
  line.text.erase(line.text.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace pictor::vision
