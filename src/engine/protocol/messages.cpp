#include "engine/protocol/messages.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "domain/json_fields.hpp"

namespace pictor::engine {
namespace {

using domain::FieldReader;

struct OperationName {
  Operation operation;
  std::string_view name;
};
constexpr std::array kOperations = {
    OperationName{Operation::kProbe, "probe"}, OperationName{Operation::kPreview, "preview"},
    OperationName{Operation::kLook, "look"}, OperationName{Operation::kRender, "render"}};

/// What a picture can be refused for. A child that says `invalid_api_key` has gone wrong.
constexpr std::array kChildCodes = {ErrorCode::kUnsupportedMediaType, ErrorCode::kImageUnreadable,
                                    ErrorCode::kImageTooLarge,        ErrorCode::kAnimationTooLong,
                                    ErrorCode::kFormatLimit,          ErrorCode::kMaxBytesUnreachable,
                                    ErrorCode::kMetadataMismatch,     ErrorCode::kProcessingTimeout,
                                    ErrorCode::kInvalidField,         ErrorCode::kInternal};

constexpr std::size_t kPublicMessageBytes = 400;
constexpr std::size_t kPrivateMessageBytes = 2'000;
constexpr std::size_t kMaxFields = 20;

std::string printable(std::string text, std::size_t limit) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  if (text.size() > limit) {
    // Never through the middle of a character.
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) {
      --limit;
    }
    text.resize(limit);
  }
  return to_valid_utf8(text);
}

}  // namespace

std::string_view name_of(Operation operation) {
  for (const OperationName& row : kOperations) {
    if (row.operation == operation) {
      return row.name;
    }
  }
  return "probe";
}

Json to_json(const Request& request) {
  Json json{{"operation", name_of(request.operation)}, {"cpu_seconds", request.cpu_seconds}};
  if (request.info) {
    json["info"] = domain::to_json(*request.info);
  }
  if (request.render) {
    json["render"] = domain::to_json(*request.render);
  }
  return json;
}

Result<Request> request_from_json(const Json& json) {
  const FieldReader reader(json);
  const std::string name = reader.text("operation");
  const auto* row = std::ranges::find(kOperations, name, &OperationName::name);
  if (row == kOperations.end()) {
    return fail_internal("request without a known operation");
  }
  Request request{.operation = row->operation, .info = {}, .render = {}, .cpu_seconds = reader.integer("cpu_seconds")};
  if (reader.has("info")) {
    Result<domain::ImageInfo> info = domain::image_info_from_json(*reader.find("info"));
    if (!info) {
      return fail(info.error());
    }
    request.info = *std::move(info);
  }
  if (reader.has("render")) {
    Result<domain::RenderRequest> render = domain::render_request_from_json(*reader.find("render"));
    if (!render) {
      return fail(render.error());
    }
    request.render = *std::move(render);
  }
  if (request.operation != Operation::kProbe && !request.info) {
    return fail_internal("request without the picture's info");
  }
  if (request.operation == Operation::kRender && !request.render) {
    return fail_internal("render request without settings");
  }
  return request;
}

std::size_t descriptors_of(const Request& request) {
  switch (request.operation) {
    case Operation::kPreview:
      return 2;
    case Operation::kRender:
      return 1 + (request.render ? request.render->targets.size() + (request.render->watermark ? 1 : 0) : 0);
    case Operation::kProbe:
    case Operation::kLook:
      break;
  }
  return 1;
}

Json to_json(const Error& error) {
  Json fields = Json::array();
  for (const FieldError& field : error.fields) {
    fields.push_back({{"pointer", field.pointer}, {"detail", field.detail}});
  }
  return {{"code", error_code_name(error.code)},
          {"public", error.public_message},
          {"private", error.private_message},
          {"fields", std::move(fields)}};
}

Error error_from_child(const Json& json) {
  const FieldReader reader(json);
  const ErrorCode code = error_code_from_name(reader.text("code"));
  const bool is_known = std::ranges::find(kChildCodes, code) != kChildCodes.end();
  if (!is_known || code == ErrorCode::kInternal) {
    Error error = fail_internal("").value();
    error.private_message =
        "engine: " + printable(reader.text("code") + ": " + reader.text("private"), kPrivateMessageBytes);
    return error;
  }
  Error error{code, printable(reader.text("public"), kPublicMessageBytes),
              printable(reader.text("private"), kPrivateMessageBytes)};
  for (const Json& row : reader.array("fields")) {
    if (error.fields.size() == kMaxFields) {
      break;
    }
    const FieldReader field(row);
    error.fields.push_back(
        {printable(field.text("pointer"), kPublicMessageBytes), printable(field.text("detail"), kPublicMessageBytes)});
  }
  return error;
}

std::string step_from_child(const Json& json) {
  static constexpr std::size_t kMaxLength = 32;
  std::string step = FieldReader(json).text("step");
  const bool is_word = !step.empty() && step.size() <= kMaxLength &&
                       std::ranges::all_of(step, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return is_word ? step : std::string();
}

Json to_json(const domain::PreviewResult& result) {
  return {{"info", domain::to_json(result.info)}, {"thumbnail_bytes", result.thumbnail_bytes}};
}

Result<domain::PreviewResult> preview_result_from_json(const Json& json) {
  const FieldReader reader(json);
  Result<domain::ImageInfo> info =
      domain::image_info_from_json(reader.has("info") ? *reader.find("info") : Json::object());
  if (!info) {
    return fail(info.error());
  }
  return domain::PreviewResult{*std::move(info), reader.integer64("thumbnail_bytes")};
}

Json to_json(const EngineSettings& settings) {
  return {{"max_pixels", settings.max_pixels},
          {"max_frames", settings.max_frames},
          {"models", settings.models},
          {"onnxruntime", settings.onnxruntime},
          {"memory_bytes", settings.memory_bytes},
          {"file_bytes", settings.file_bytes},
          {"vision", settings.vision}};
}

EngineSettings engine_settings_from_json(const Json& json) {
  const FieldReader reader(json);
  const EngineSettings usual;
  return {.max_pixels = reader.integer64("max_pixels", usual.max_pixels),
          .max_frames = reader.integer("max_frames", usual.max_frames),
          .models = reader.text("models"),
          .onnxruntime = reader.text("onnxruntime"),
          .memory_bytes = reader.integer64("memory_bytes", usual.memory_bytes),
          .file_bytes = reader.integer64("file_bytes", usual.file_bytes),
          .vision = reader.boolean("vision", true)};
}

Json to_json(const EngineReady& ready) {
  return {{"sandbox", ready.sandbox},
          {"missing", ready.missing},
          {"vision", ready.vision},
          {"vision_problem", ready.vision_problem}};
}

EngineReady engine_ready_from_json(const Json& json) {
  const FieldReader reader(json);
  return {reader.texts("sandbox"), reader.texts("missing"), reader.text("vision"), reader.text("vision_problem")};
}

}  // namespace pictor::engine
