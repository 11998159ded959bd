#include "http/handlers/handlers.hpp"
#include "http/openapi_document.hpp"
#include "http/problem.hpp"

namespace pictor::http::handlers {
namespace {

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '&':
        html += "&amp;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string page(std::string_view title, std::string_view content) {
  std::string html =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>";
  html += escaped(title);
  html +=
      "</title><style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;"
      "margin:2rem auto;padding:0 1rem}code,pre{font:14px/1.45 "
      "ui-monospace,monospace}pre{overflow-x:auto;padding:.75rem;"
      "background:color-mix(in srgb,currentColor "
      "8%,transparent);border-radius:6px}h2{margin-top:2.5rem}h3{margin:1.75rem "
      "0 "
      ".25rem}.method{display:inline-block;min-width:4.2em;font-weight:600}table{border-collapse:collapse}td,th{text-"
      "align:"
      "left;padding:.2rem .8rem .2rem 0;vertical-align:top}</style></head><body><main>";
  html += content;
  html += "</main></body></html>";
  return html;
}

Result<Response> html_response(const std::string& html) {
  Response response = text_response(200, "text/html; charset=utf-8", html);
  response.set(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'");
  response.set("Cache-Control", "public, max-age=300");
  return response;
}

const std::string& front_page() {
  static const std::string kPage = page(
      "Pictor",
      "<h1>Pictor</h1><p>Pictures go in; they are looked at, described, compressed and tagged; web-ready files come "
      "out."
      "</p><pre>KEY=sk-…\n"
      "curl -H \"X-API-Key: $KEY\" -F images[]=@photo.jpg http://HOST/v1/sessions\n"
      "curl -H \"X-API-Key: $KEY\" --data-binary @photo.jpg 'http://HOST/v1/optimize?format=auto' -o photo.webp</pre>"
      "<ul><li><a href=\"/docs\">API reference</a></li><li><a href=\"/openapi.json\">OpenAPI document</a></li>"
      "<li><a href=\"/healthz\">Health</a></li></ul>");
  return kPage;
}

void append_operation(std::string& html, const std::string& path, const std::string& method, const Json& operation) {
  std::string upper = method;
  for (char& c : upper) {
    c = static_cast<char>(c - 32);
  }
  html += "<h3><span class=\"method\">" + upper + "</span> <code>" + escaped(path) + "</code></h3><p>" +
          escaped(operation.value("summary", "")) + "</p>";
  if (const std::string more = operation.value("description", ""); !more.empty()) {
    html += "<p>" + escaped(more) + "</p>";
  }
  if (!operation.contains("responses")) {
    return;
  }
  html += "<table>";
  for (const auto& [status, response] : operation["responses"].items()) {
    std::string text = response.value("description", "");
    if (const std::string reference = response.value("$ref", ""); !reference.empty()) {
      text = reference.substr(reference.rfind('/') + 1);
    }
    html += "<tr><th>" + escaped(status) + "</th><td>" + escaped(text) + "</td></tr>";
  }
  html += "</table>";
}

/// The reference, rendered once from the contract.
const std::string& docs_page() {
  static const std::string kPage = [] {
    const Json document = Json::parse(openapi_document(), nullptr, false);
    std::string html = "<h1>Pictor API</h1>";
    if (!document.is_object() || !document.contains("paths")) {
      return page("Pictor API", html);
    }
    html += "<p>" + escaped(document["info"].value("description", "")) +
            "</p><p>The whole contract, with all shapes and examples: <a href=\"/openapi.json\">/openapi.json</a>.</p>";
    std::string tag;
    for (const auto& [path, operations] : document["paths"].items()) {
      for (const auto& [method, operation] : operations.items()) {
        if (!operation.is_object() || !operation.contains("responses")) {
          continue;
        }
        if (const std::string own = operation.contains("tags") ? operation["tags"][0].get<std::string>() : "";
            own != tag) {
          tag = own;
          html += "<h2>" + escaped(tag) + "</h2>";
        }
        append_operation(html, path, method, operation);
      }
    }
    return page("Pictor API", html);
  }();
  return kPage;
}

/// GET /errors/{code} (openapi: explainError): what a problem's `type` leads to.
Result<Response> error_page(const Request& request) {
  const std::string& name = request.parameter("code");
  const ErrorCode code = error_code_from_name(name);
  if (error_code_name(code) != name) {
    return fail_not_found();
  }
  const ProblemRow& row = problem_row(code);
  return html_response(page(row.title, "<h1>" + escaped(row.title) + "</h1><p>" + escaped(row.meaning) +
                                           "</p><table><tr><th>code</th><td><code>" + escaped(name) +
                                           "</code></td></tr><tr><th>status</th><td>" + std::to_string(row.status) +
                                           "</td></tr></table>"));
}

}  // namespace

void add_pages(Router& router, Api& /*api*/) {
  const auto add = [&router](std::string_view pattern, std::function<Result<Response>(Request&)> handle,
                             std::string_view produces) {
    Endpoint endpoint;
    endpoint.pattern = pattern;
    endpoint.access = Access::kAnyone;
    endpoint.produces = {produces};
    endpoint.handle = std::move(handle);
    router.add(std::move(endpoint));
  };
  add("/", [](Request&) { return html_response(front_page()); }, "text/html");
  add("/docs", [](Request&) { return html_response(docs_page()); }, "text/html");
  add("/errors/{code}", [](Request& request) { return error_page(request); }, "text/html");
  add(
      "/openapi.json",
      [](Request&) -> Result<Response> {
        Response response = text_response(200, "application/json; charset=utf-8", std::string(openapi_document()));
        response.set("Cache-Control", "public, max-age=300");
        return response;
      },
      "application/json");
}

}  // namespace pictor::http::handlers
