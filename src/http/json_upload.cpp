#include "http/json_upload.hpp"

#include <algorithm>
#include <charconv>

#include "base/hash.hpp"
#include "domain/checked_object.hpp"
#include "http/header_values.hpp"

namespace pictor::http {
namespace {

/// No field but `data` may be longer.
constexpr std::size_t kLongString = 128U << 10U;
/// So that many small pictures do not fill the JSON's own limit.
constexpr std::size_t kLongData = 1U << 10U;
constexpr std::size_t kDecodePiece = 64U << 10U;

/// `data:image/png;base64,` before the base64 is what browsers make; it is understood.
std::string_view without_data_scheme(std::string_view text) {
  if (!text.starts_with("data:")) {
    return text;
  }
  const std::size_t comma = text.substr(0, 256).find(',');
  return comma == std::string_view::npos ? text : text.substr(comma + 1);
}

Error not_base64() { return {ErrorCode::kInvalidField, "The data of an image are not base64."}; }

}  // namespace

JsonUpload::JsonUpload(domain::BlobStore& blobs, const BodyLimits& limits, bool passing)
    : blobs_(blobs), limits_(limits), passing_(passing) {}

std::int64_t JsonUpload::limit() const {
  return limits_.max_upload / 3 * 4 * limits_.max_images + static_cast<std::int64_t>(limits_.json_bytes);
}

Result<void> JsonUpload::write(std::span<const std::uint8_t> bytes) {
  return take({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<void> JsonUpload::take(std::string_view text) {
  while (!text.empty()) {
    std::size_t length = 1;
    Result<void> done;
    switch (state_) {
      case State::kOutside:
        length = std::min(text.find('"'), text.size() - 1) + 1;
        done = keep(text.substr(0, length));
        if (done && text[length - 1] == '"') {
          state_ = State::kString;
          string_limit_ = follows_data_key() ? kLongData : kLongString;
          string_start_ = kept_.size();
        }
        break;
      case State::kString: {
        // One byte past the limit at most: what is long is seen at the same place however the body was cut.
        const std::string_view part = text.substr(0, string_limit_ + 1 - (kept_.size() - string_start_));
        length = std::min(part.find_first_of("\"\\"), part.size() - 1) + 1;
        const char last = text[length - 1];
        done = keep(text.substr(0, length));
        if (last == '\\') {
          state_ = State::kEscape;
        } else if (last == '"') {
          state_ = State::kOutside;
        } else if (done && is_long()) {
          done = begin_long();
        }
        break;
      }
      case State::kEscape:
        done = keep(text.substr(0, 1));
        state_ = State::kString;
        if (done && is_long()) {
          done = begin_long();
        }
        break;
      case State::kLong: {
        length = std::min(text.find_first_of("\"\\"), text.size() - 1) + 1;
        const char last = text[length - 1];
        const bool ends = last == '"' || last == '\\';
        done = decode_long(text.substr(0, ends ? length - 1 : length));
        if (done && last == '"') {
          done = end_long();
        } else if (last == '\\') {
          state_ = State::kLongEscape;
        }
        break;
      }
      case State::kLongEscape:
        done = decode_escape(text[0]);
        break;
      case State::kLongUnicode:
        unicode_ += text[0];
        if (unicode_.size() == 4) {
          done = decode_unicode();
        }
        break;
    }
    if (!done) {
      return done;
    }
    text.remove_prefix(length);
  }
  return {};
}

Result<void> JsonUpload::keep(std::string_view text) {
  if (kept_.size() + text.size() > limits_.json_bytes + kLongData) {
    return fail({ErrorCode::kPayloadTooLarge,
                 "The JSON, its images not counted, is larger than " + std::to_string(limits_.json_bytes) + " bytes."});
  }
  kept_ += text;
  return {};
}

/// The opening quote of a string is the last byte kept: is it the value of a field named `data`?
bool JsonUpload::follows_data_key() const {
  static constexpr std::string_view kSpace = " \t\r\n";
  std::string_view before(kept_);
  before.remove_suffix(1);
  before = before.substr(0, before.find_last_not_of(kSpace) + 1);
  if (!before.ends_with(':')) {
    return false;
  }
  before.remove_suffix(1);
  return before.substr(0, before.find_last_not_of(kSpace) + 1).ends_with("\"data\"");
}

Result<void> JsonUpload::begin_long() {
  if (string_limit_ == kLongString) {
    return fail({ErrorCode::kInvalidField, "The JSON has a text of more than " + std::to_string(kLongString) +
                                               " bytes: no field may be that long."});
  }
  if (static_cast<int>(long_values_.size()) >= limits_.max_images) {
    return fail(
        {ErrorCode::kTooManyImages, "One request may have at most " + std::to_string(limits_.max_images) + " images."});
  }
  if (placeholder_.empty()) {
    placeholder_ = "pictor-long-" + random_base62(24) + "-";
  }
  writer_.emplace(blobs_, limits_.max_upload, std::string(), passing_);
  base64_ = Base64Stream();
  std::string start = kept_.substr(string_start_);
  kept_.resize(string_start_);
  state_ = State::kLong;
  // Read again as what it is, with its escapes.
  const std::string_view text = without_data_scheme(start);
  return take(text);
}

/// `\/` and `\u002B` are escapes that common encoders write into base64; line breaks may be there, too.
Result<void> JsonUpload::decode_escape(char letter) {
  state_ = letter == 'u' ? State::kLongUnicode : State::kLong;
  unicode_.clear();
  if (letter == 'u' || letter == 'n' || letter == 'r') {
    return {};
  }
  return decode_long(letter == '/' ? "/" : "\\");
}

Result<void> JsonUpload::decode_unicode() {
  state_ = State::kLong;
  unsigned code = 0;
  const auto [end, problem] = std::from_chars(unicode_.data(), unicode_.data() + unicode_.size(), code, 16);
  const bool is_ascii = problem == std::errc() && end == unicode_.data() + unicode_.size() && code > 0 && code < 0x80;
  const char letter = is_ascii ? static_cast<char>(code) : '\\';
  return decode_long({&letter, 1});
}

Result<void> JsonUpload::decode_long(std::string_view text) {
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kDecodePiece);
    text.remove_prefix(piece.size());
    decoded_.clear();
    if (!base64_.decode(piece, decoded_)) {
      writer_->refuse(not_base64());
      decoded_.clear();
    }
    if (Result<void> written = writer_->write(decoded_); !written) {
      return written;
    }
  }
  return {};
}

Result<void> JsonUpload::end_long() {
  decoded_.clear();
  if (!base64_.finish(decoded_)) {
    writer_->refuse(not_base64());
  } else if (!decoded_.empty()) {
    if (Result<void> written = writer_->write(decoded_); !written) {
      return written;
    }
  }
  Result<service::Incoming> incoming = writer_->finish();
  writer_.reset();
  if (!incoming) {
    return fail(incoming.error());
  }
  kept_ += placeholder_ + std::to_string(long_values_.size()) + "\"";
  long_values_.push_back(*std::move(incoming));
  state_ = State::kOutside;
  return {};
}

Result<void> JsonUpload::finish(Request& request) {
  if (kept_.size() > limits_.json_bytes) {
    return fail({ErrorCode::kPayloadTooLarge,
                 "The JSON, its images not counted, is larger than " + std::to_string(limits_.json_bytes) + " bytes."});
  }
  Result<Json> json = parse_json(kept_);
  if (!json) {
    return fail(json.error());
  }
  request.upload.json = *std::move(json);
  request.upload.placeholder = std::move(placeholder_);
  request.upload.long_values = std::move(long_values_);
  return {};
}

namespace {

Result<service::Incoming> decode_small(const std::string& text, std::string filename, domain::BlobStore& blobs,
                                       const BodyLimits& limits, bool passing) {
  BlobWriter writer(blobs, limits.max_upload, std::move(filename), passing);
  const std::optional<Bytes> bytes = base64_decode(without_data_scheme(text));
  if (!bytes) {
    writer.refuse(not_base64());
  } else if (!bytes->empty()) {
    if (Result<void> written = writer.write(*bytes); !written) {
      return fail(written.error());
    }
  }
  return writer.finish();
}

/// One element of the array; a bad field is reported, not thrown.
Result<service::Incoming> image_from_json(const Json& item, Upload& upload, domain::BlobStore& blobs,
                                          const BodyLimits& limits, const std::string& pointer) {
  domain::CheckedObject object(item, pointer);
  const auto url = object.text("url", 8192, 1);
  const auto filename = object.text("filename", 1024);
  const Json* data = object.raw("data");
  if (data != nullptr && !data->is_string()) {
    object.add_fault("data", "This must be a string: the file in base64.");
  } else if (item.is_object() && url.has_value() == (data != nullptr)) {
    object.add_fault(url ? "data" : "url", "Each image needs either url or data.");
  }
  if (Result<void> checked = object.finish(); !checked) {
    return fail(checked.error());
  }
  service::Incoming incoming;
  incoming.filename = clean_filename(filename.value_or(""));
  if (url) {
    incoming.url = *url;
    return incoming;
  }
  const auto& text = data->get_ref<const std::string&>();
  if (!upload.placeholder.empty() && text.starts_with(upload.placeholder)) {
    const std::size_t index = std::strtoul(text.c_str() + upload.placeholder.size(), nullptr, 10);
    if (index < upload.long_values.size()) {
      service::Incoming taken = std::move(upload.long_values[index]);
      taken.filename = incoming.filename;
      return taken;
    }
  }
  return decode_small(text, incoming.filename, blobs, limits, upload.passing);
}

}  // namespace

Result<std::vector<service::Incoming>> images_from_json(const Json& array, Upload& upload, domain::BlobStore& blobs,
                                                        const BodyLimits& limits, const std::string& pointer) {
  if (!array.is_array() || array.empty()) {
    return fail_field(pointer, "This must be a list of at least one image.");
  }
  if (array.size() > static_cast<std::size_t>(limits.max_images)) {
    return fail(
        {ErrorCode::kTooManyImages, "One request may have at most " + std::to_string(limits.max_images) + " images."});
  }
  std::vector<service::Incoming> images;
  Error faults{ErrorCode::kUnknownField, {}};
  for (std::size_t i = 0; i < array.size(); ++i) {
    Result<service::Incoming> image =
        image_from_json(array[i], upload, blobs, limits, pointer + "/" + std::to_string(i));
    if (image) {
      images.push_back(*std::move(image));
    } else if (image.error().fields.empty()) {
      return fail(image.error());
    } else {
      faults.code = image.error().code == ErrorCode::kUnknownField ? faults.code : image.error().code;
      faults.fields.insert(faults.fields.end(), image.error().fields.begin(), image.error().fields.end());
    }
  }
  if (!faults.fields.empty()) {
    faults.public_message = faults.fields.front().pointer + ": " + faults.fields.front().detail;
    return fail(std::move(faults));
  }
  return images;
}

}  // namespace pictor::http
