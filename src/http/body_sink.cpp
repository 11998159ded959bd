#include "http/body_sink.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "http/blob_writer.hpp"
#include "http/header_values.hpp"
#include "http/json_upload.hpp"
#include "http/multipart.hpp"

namespace pictor::http {
namespace {

constexpr int kOtherParts = 32;
constexpr std::int64_t kIgnoredBody = 64LL << 10U;
constexpr std::array<std::string_view, 6> kImageParts = {"images[]", "images", "files", "files[]", "file", "image"};

class MemorySink final : public BodySink {
 public:
  explicit MemorySink(std::size_t limit) : limit_(limit) {}
  Result<void> write(std::span<const std::uint8_t> bytes) override {
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Result<void> finish(Request& request) override {
    request.body = std::move(text_);
    return {};
  }
  [[nodiscard]] std::int64_t limit() const override { return static_cast<std::int64_t>(limit_); }

 private:
  std::size_t limit_;
  std::string text_;
};

class IgnoringSink final : public BodySink {
 public:
  Result<void> write(std::span<const std::uint8_t> /*bytes*/) override { return {}; }
  Result<void> finish(Request& /*request*/) override { return {}; }
  [[nodiscard]] std::int64_t limit() const override { return kIgnoredBody; }
};

class RawImageSink final : public BodySink {
 public:
  RawImageSink(domain::BlobStore& blobs, std::int64_t limit, std::string filename, bool passing)
      : writer_(blobs, limit, std::move(filename), passing), limit_(limit) {}
  Result<void> write(std::span<const std::uint8_t> bytes) override { return writer_.write(bytes); }
  Result<void> finish(Request& request) override {
    Result<service::Incoming> incoming = writer_.finish();
    if (!incoming) {
      return fail(incoming.error());
    }
    request.upload.images.push_back(*std::move(incoming));
    return {};
  }
  [[nodiscard]] bool blocks() const override { return true; }
  [[nodiscard]] std::int64_t limit() const override { return limit_; }

 private:
  BlobWriter writer_;
  std::int64_t limit_;
};

class MultipartSink final : public BodySink, private MultipartEvents {
 public:
  MultipartSink(std::string_view boundary, domain::BlobStore& blobs, const BodyLimits& limits, bool passing)
      : blobs_(blobs), limits_(limits), parser_(boundary, *this, {8U << 10U, limits.max_images + kOtherParts}) {
    upload_.passing = passing;
  }

  Result<void> write(std::span<const std::uint8_t> bytes) override { return parser_.feed(bytes); }
  Result<void> finish(Request& request) override {
    if (Result<void> finished = parser_.finish(); !finished) {
      return finished;
    }
    request.upload = std::move(upload_);
    return {};
  }
  [[nodiscard]] bool blocks() const override { return true; }
  [[nodiscard]] std::int64_t limit() const override {
    return limits_.max_upload * limits_.max_images + static_cast<std::int64_t>(limits_.field_bytes);
  }

 private:
  Result<void> on_part(const PartHead& head) override {
    if (std::find(kImageParts.begin(), kImageParts.end(), head.name) != kImageParts.end()) {
      if (static_cast<int>(upload_.images.size()) >= limits_.max_images) {
        return fail({ErrorCode::kTooManyImages,
                     "One request may have at most " + std::to_string(limits_.max_images) + " images."});
      }
      writer_.emplace(blobs_, limits_.max_upload, clean_filename(head.filename.value_or("")), upload_.passing);
      return {};
    }
    if (head.filename) {
      Error error{ErrorCode::kUnknownField,
                  "A file came under a name that is not for files: use images[], images, files or file."};
      error.fields.push_back({"/" + head.name.substr(0, 64), "Files go under images[], images, files or file."});
      return fail(std::move(error));
    }
    upload_.fields.emplace_back(head.name, std::string());
    return {};
  }
  Result<void> on_bytes(std::span<const std::uint8_t> bytes) override {
    if (writer_) {
      return writer_->write(bytes);
    }
    field_bytes_ += bytes.size();
    if (field_bytes_ > limits_.field_bytes) {
      return fail({ErrorCode::kPayloadTooLarge,
                   "The form's fields are larger than " + std::to_string(limits_.field_bytes) + " bytes."});
    }
    upload_.fields.back().second.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Result<void> on_part_end() override {
    if (!writer_) {
      if (!is_utf8(upload_.fields.back().second)) {
        return fail({ErrorCode::kMalformedRequest, "The form has a field that is not UTF-8."});
      }
      return {};
    }
    Result<service::Incoming> incoming = writer_->finish();
    writer_.reset();
    if (!incoming) {
      return fail(incoming.error());
    }
    upload_.images.push_back(*std::move(incoming));
    return {};
  }

  domain::BlobStore& blobs_;
  BodyLimits limits_;
  Upload upload_;
  std::optional<BlobWriter> writer_;
  std::size_t field_bytes_ = 0;
  MultipartParser parser_;
};

}  // namespace

std::unique_ptr<BodySink> make_memory_sink(std::size_t limit) { return std::make_unique<MemorySink>(limit); }
std::unique_ptr<BodySink> make_ignoring_sink() { return std::make_unique<IgnoringSink>(); }

Result<std::unique_ptr<BodySink>> make_upload_sink(const Request& request, domain::BlobStore& blobs,
                                                   const BodyLimits& limits) {
  const MediaType media = parse_media_type(request.header("Content-Type"));
  if (media.type == "multipart/form-data") {
    const std::string boundary = media.parameter("boundary");
    if (!MultipartParser::is_boundary(boundary)) {
      return fail(
          {ErrorCode::kMalformedRequest, "Content-Type multipart/form-data needs a boundary of 1 to 70 characters."});
    }
    return std::make_unique<MultipartSink>(boundary, blobs, limits, request.upload.passing);
  }
  if (media.type.starts_with("multipart/")) {
    return fail({ErrorCode::kUnsupportedMediaType, "Of multipart bodies, only multipart/form-data is understood."});
  }
  if (media.type == "application/json" || media.type.ends_with("+json")) {
    return std::make_unique<JsonUpload>(blobs, limits, request.upload.passing);
  }
  const Disposition disposition = parse_disposition(request.header("Content-Disposition"));
  return std::make_unique<RawImageSink>(blobs, limits.max_upload, clean_filename(disposition.filename.value_or("")),
                                        request.upload.passing);
}

}  // namespace pictor::http
