#include "service/estimates.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "domain/checked_object.hpp"

namespace pictor::service {
namespace {

using domain::ImageFormat;

constexpr std::size_t kMostImages = 10'000;
constexpr std::size_t kMostSampleImages = 5;
constexpr int kLargestSide = 65'535;
constexpr int kLargestFile = 2'000'000'000;

// Measured with this program: docs/estimates.md says with which pictures and how.

/// How a writable format grows: bits a pixel of an ordinary photograph at qualities 40, 60, 80, 90 and 98 of its
/// encoder and at promised scores 40, 60, 75, 82, 90 and 95, and what one encode and a search take.
struct WrittenFormat {
  ImageFormat format;
  std::array<double, 5> bits_at_quality;
  std::array<double, 6> bits_at_score;
  double seconds_per_megapixel;
  double search_seconds_per_megapixel;
};
constexpr std::array kQualities = {40.0, 60.0, 80.0, 90.0, 98.0};
constexpr std::array kScores = {40.0, 60.0, 75.0, 82.0, 90.0, 95.0};
constexpr std::array kWritten = {
    WrittenFormat{ImageFormat::kJpeg, {0.33, 0.41, 0.60, 0.94, 2.51}, {0.21, 0.30, 0.46, 0.63, 1.21, 2.4}, 0.01, 0.15},
    WrittenFormat{ImageFormat::kWebp, {0.22, 0.31, 0.48, 0.87, 1.91}, {0.20, 0.27, 0.45, 0.67, 1.70, 2.2}, 0.07, 0.30},
    WrittenFormat{ImageFormat::kAvif, {0.27, 0.47, 0.91, 1.84, 4.59}, {0.13, 0.22, 0.32, 0.47, 0.89, 1.8}, 0.06, 0.35},
    WrittenFormat{ImageFormat::kJxl, {0.23, 0.30, 0.51, 0.80, 5.23}, {0.19, 0.32, 0.40, 0.55, 1.04, 2.2}, 0.03, 0.25},
    WrittenFormat{ImageFormat::kPng, {17, 17, 17, 17, 17}, {17, 17, 17, 17, 17, 17}, 0.25, 0.25},
    WrittenFormat{ImageFormat::kGif, {4.6, 4.6, 4.6, 4.6, 4.6}, {4.6, 4.6, 4.6, 4.6, 4.6, 4.6}, 0.80, 0.80},
};
constexpr double kDecodeSecondsPerMegapixel = 0.02;
constexpr double kLookSeconds = 0.5;  ///< one picture through the vision models, whatever its size
constexpr double kSecondsAnImage = 0.03;
/// Bits a pixel of an ordinary photograph as it is uploaded.
constexpr double kUploadedLossyBits = 1.5;
constexpr double kUploadedLosslessBits = 17;
/// Three of four pictures lie within.
constexpr double kLow = 0.45;
constexpr double kHigh = 1.75;

const WrittenFormat& written_as(ImageFormat format) {
  const auto* const at = std::find_if(kWritten.begin(), kWritten.end(),
                                      [format](const WrittenFormat& row) { return row.format == format; });
  return at == kWritten.end() ? kWritten[1] : *at;
}

/// Between the points of a table, and at its ends beyond them.
template <std::size_t kCount>
double between(const std::array<double, kCount>& points, const std::array<double, kCount>& values, double at) {
  const double wanted = std::clamp(at, points.front(), points.back());
  std::size_t next = 1;
  while (next + 1 < kCount && points.at(next) < wanted) {
    ++next;
  }
  const double part = (wanted - points.at(next - 1)) / (points.at(next) - points.at(next - 1));
  return values.at(next - 1) + part * (values.at(next) - values.at(next - 1));
}

/// A busy picture is larger in every format; a smooth one smaller.
double bytes_of(const EstimatedImage& image, double pixels, double bits) {
  const double ordinary = domain::traits_of(image.format).lossy ? kUploadedLossyBits : kUploadedLosslessBits;
  const double its_own =
      static_cast<double>(image.bytes) * 8 / (static_cast<double>(image.width) * static_cast<double>(image.height));
  return pixels * bits / 8 * std::clamp(std::pow(its_own / ordinary, 0.3), 0.3, 2.5);
}

double pixels_of(const EstimatedImage& image) { return static_cast<double>(image.width) * image.height; }

/// Pixels that come out: resizing never enlarges unless it is told to.
double pixels_after(const EstimatedImage& image, const std::optional<domain::Resize>& resize) {
  if (!resize) {
    return pixels_of(image);
  }
  const double across = resize->width ? static_cast<double>(*resize->width) / image.width : 1e9;
  const double down = resize->height ? static_cast<double>(*resize->height) / image.height : 1e9;
  const bool fills_box = resize->fit != domain::Fit::kInside && resize->fit != domain::Fit::kOutside;
  if (resize->width && resize->height && fills_box) {
    const double box = static_cast<double>(*resize->width) * *resize->height;
    return resize->enlarge ? box : std::min(box, pixels_of(image));
  }
  double scale = resize->fit == domain::Fit::kOutside && resize->width && resize->height ? std::max(across, down)
                                                                                         : std::min(across, down);
  scale = resize->enlarge ? scale : std::min(scale, 1.0);
  return std::max(pixels_of(image) * scale * scale, 1.0);
}

ImageFormat format_of(const domain::ExportSettings& settings, const EstimatedImage& image) {
  switch (settings.choice) {
    case domain::OutputChoice::kFormat:
      return settings.format;
    case domain::OutputChoice::kOriginal:
      return domain::traits_of(image.format).writable ? image.format : ImageFormat::kWebp;
    case domain::OutputChoice::kAuto:
      break;
  }
  return settings.accept.empty() ? ImageFormat::kWebp : settings.accept.front();
}

/// The picture and the widths of `responsive` below its own.
std::vector<double> sizes_of(const EstimatedImage& image, const domain::ExportSettings& settings) {
  const double full = pixels_after(image, settings.resize);
  std::vector<double> sizes = {full};
  if (settings.responsive) {
    const double width = std::sqrt(full * image.width / image.height);
    for (const int narrower : settings.responsive_sizes) {
      if (narrower < width) {
        sizes.push_back(full * (narrower / width) * (narrower / width));
      }
    }
  }
  return sizes;
}

void add_rendering(const EstimatedImage& image, const domain::ExportSettings& settings, double& bytes,
                   double& seconds) {
  const ImageFormat format = format_of(settings, image);
  const std::vector<double> sizes = sizes_of(image, settings);
  seconds += pixels_of(image) / 1e6 * kDecodeSecondsPerMegapixel;
  // Effort 4 is the measured one; docs/effort.md has the ladder.
  const double effort = std::pow(1.6, settings.effort - 4);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::optional<double> score = domain::promised_score(settings);
    double made = score ? predicted_bytes_at_score(image, sizes[i], format, *score)
                        : predicted_bytes(image, sizes[i], format, domain::encoder_quality(settings, format));
    if (settings.max_bytes) {
      made =
          score ? std::min(made, static_cast<double>(*settings.max_bytes)) : static_cast<double>(*settings.max_bytes);
    }
    const bool is_whole = i == 0 && sizes[i] >= pixels_of(image) && format == image.format;
    if (settings.never_worse && is_whole && image.bytes > 0) {
      made = std::min(made, static_cast<double>(image.bytes));
    }
    bytes += made;
    const WrittenFormat& written = written_as(format);
    const bool searches = score || settings.max_bytes;
    seconds +=
        sizes[i] / 1e6 * effort * (searches ? written.search_seconds_per_megapixel : written.seconds_per_megapixel);
  }
}

EstimatedImage read_image(domain::CheckedObject& body, const Json& json, const std::string& pointer) {
  domain::CheckedObject fields(json, pointer);
  EstimatedImage image;
  const auto required = [&fields](std::string_view name, int most) {
    const std::optional<int> value = fields.integer(name, 1, most);
    if (!value && !fields.has(name)) {
      fields.add_fault(name, "Say it as a whole number.");
    }
    return value.value_or(1);
  };
  image.width = required("width", kLargestSide);
  image.height = required("height", kLargestSide);
  image.bytes = required("bytes", kLargestFile);
  const std::string format = fields.text("format", 16).value_or("");
  if (const std::optional<ImageFormat> known = domain::format_from_name(format)) {
    image.format = *known;
  } else if (!fields.has("format")) {
    fields.add_fault("format", "Name the format, such as jpeg.");
  } else {
    fields.add_fault("format", "There is no such format; GET /v1/formats lists them.");
  }
  if (const Result<void> checked = fields.finish(); !checked) {
    body.add_faults(checked.error());
  }
  return image;
}

void read_images(domain::CheckedObject& body, EstimateRequest& request) {
  const Json* images = body.array("images", kMostImages);
  if (images == nullptr) {
    return;
  }
  if (images->empty()) {
    body.add_fault("images", "Name at least one image.");
  }
  for (std::size_t i = 0; i < images->size(); ++i) {
    request.images.push_back(read_image(body, (*images)[i], body.pointer_of("images") + "/" + std::to_string(i)));
  }
}

void read_settings(domain::CheckedObject& body, EstimateRequest& request) {
  const Json* settings = body.object("settings");
  if (settings == nullptr) {
    return;
  }
  const auto take = [&body](auto parsed, auto& into) {
    if (parsed) {
      into = *std::move(parsed);
    } else {
      body.add_faults(parsed.error());
    }
  };
  if (request.action == domain::Operation::kAnalyze) {
    take(domain::parse_analyze_options(*settings, "/settings"), request.options);
  } else {
    take(domain::parse_export_settings(*settings, "/settings"), request.settings);
  }
}

}  // namespace

double predicted_bytes(const EstimatedImage& image, double pixels, ImageFormat format, int quality) {
  return bytes_of(image, pixels, between(kQualities, written_as(format).bits_at_quality, quality));
}

double predicted_bytes_at_score(const EstimatedImage& image, double pixels, ImageFormat format, double score) {
  return bytes_of(image, pixels, between(kScores, written_as(format).bits_at_score, score));
}

Result<EstimateRequest> parse_estimate_request(const Json& json) {
  domain::CheckedObject body(json, "");
  EstimateRequest request;
  if (const auto action = body.one_of("action", {"analyze", "export", "optimize", "sample"})) {
    request.action = *domain::operation_from_name(*action);
  } else if (!body.has("action")) {
    body.add_fault("action", "Name what you want to do: analyze, export, optimize or sample.");
  }
  request.session = body.text("sessionId", 64, 1).value_or("");
  read_images(body, request);
  read_settings(body, request);
  if (body.has("sessionId") == body.has("images")) {
    body.add_fault("images", "Name either sessionId or images.");
  }
  if (const Result<void> checked = body.finish(); !checked) {
    return fail(checked.error());
  }
  return request;
}

Estimates::Estimates(domain::SessionStore& sessions, const Clock& clock, int workers)
    : sessions_(sessions), clock_(clock), workers_(std::max(workers, 1)) {}

Result<std::vector<EstimatedImage>> Estimates::images_of(const domain::Principal& who, const EstimateRequest& request) {
  if (request.session.empty()) {
    return request.images;
  }
  const Result<domain::SessionId> id = domain::SessionId::parse(request.session);
  if (!id) {
    return fail(id.error());
  }
  const Result<domain::Session> session = sessions_.find(who.account, *id);
  if (!session) {
    return fail(session.error());
  }
  if (session->status == domain::SessionStatus::kExpired || session->expires_at <= clock_.now()) {
    return fail({ErrorCode::kSessionExpired, "This session has ended; its files are gone. Upload the images again."});
  }
  const Result<std::vector<domain::Image>> images = sessions_.images(who.account, *id);
  if (!images) {
    return fail(images.error());
  }
  if (images->empty()) {
    return fail_field("/sessionId", "This session has no images.");
  }
  std::vector<EstimatedImage> list;
  for (const domain::Image& image : *images) {
    // What is analysed already is skipped, for nothing.
    const bool is_skipped = request.action == domain::Operation::kAnalyze && image.analyzed && !request.options.force;
    if (!is_skipped) {
      list.push_back({image.info.width, image.info.height, image.size, image.info.format});
    }
  }
  return list;
}

Result<Estimate> Estimates::estimate(const domain::Principal& who, const EstimateRequest& request) {
  const Result<std::vector<EstimatedImage>> images = images_of(who, request);
  if (!images) {
    return fail(images.error());
  }
  if (request.action == domain::Operation::kSample && images->size() > kMostSampleImages) {
    return fail({ErrorCode::kTooManyImages, "A sample takes at most 5 images."});
  }
  Estimate estimate;
  estimate.credits = static_cast<std::int64_t>(images->size()) * domain::cost_of(request.action);
  double bytes = 0;
  double seconds = 0;
  for (const EstimatedImage& image : *images) {
    seconds += kSecondsAnImage;
    if (request.action == domain::Operation::kAnalyze) {
      seconds += kLookSeconds + pixels_of(image) / 1e6 * kDecodeSecondsPerMegapixel;
    } else {
      add_rendering(image, request.settings, bytes, seconds);
    }
  }
  estimate.expected_bytes = std::llround(bytes);
  estimate.low_bytes = std::llround(bytes * kLow);
  estimate.high_bytes = std::llround(bytes * kHigh);
  const double at_once = std::clamp<double>(static_cast<double>(images->size()), 1, workers_);
  estimate.seconds = std::round(seconds / at_once * 100) / 100;
  return estimate;
}

}  // namespace pictor::service
