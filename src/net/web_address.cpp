#include "net/web_address.hpp"

#include <algorithm>
#include <curl/curl.h>
#include <optional>

#include "base/encoding.hpp"

namespace pictor::net {
namespace {

constexpr std::size_t kMaxUrlBytes = 8192;
constexpr std::size_t kMaxFilenameBytes = 255;

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

tl::unexpected<Error> refuse(std::string public_message, std::string private_message = {}) {
  return fail({ErrorCode::kUrlNotAllowed, std::move(public_message), std::move(private_message)});
}

std::optional<std::string> part_of(CURLU* handle, CURLUPart part, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle, part, &text, flags) != CURLUE_OK) {
    return std::nullopt;
  }
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::string lower_ascii(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; });
  return text;
}

Result<WebAddress> take_apart(CURLU* handle) {
  const std::string scheme = lower_ascii(part_of(handle, CURLUPART_SCHEME).value_or(""));
  if (scheme != "http" && scheme != "https") {
    return refuse("Only http and https URLs are fetched.");
  }
  if (part_of(handle, CURLUPART_USER) || part_of(handle, CURLUPART_PASSWORD)) {
    return refuse("A URL with a user name or password is not fetched.");
  }
  if (part_of(handle, CURLUPART_ZONEID)) {
    return refuse("This address is not allowed: only public Internet addresses are fetched.", "zone id");
  }
  curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
  const auto url = part_of(handle, CURLUPART_URL, CURLU_PUNYCODE);
  auto host = part_of(handle, CURLUPART_HOST, CURLU_PUNYCODE);
  const auto port = part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const auto path = part_of(handle, CURLUPART_PATH);
  if (!url || !host || host->empty() || !port || !path) {
    return refuse("This is not a URL that can be fetched.");
  }
  if (host->front() == '[' && host->back() == ']') {
    *host = host->substr(1, host->size() - 2);
  }
  const int port_number = std::stoi(*port);  // libcurl lets only 0 to 65535 through
  if (port_number == 0) {
    return refuse("Port 0 is not fetched from.");
  }
  return WebAddress{*url, lower_ascii(*std::move(host)), port_number, *path};
}

/// Sets `text` on top of what the handle holds: an absolute URL replaces it, a relative one is resolved against it.
Result<WebAddress> apply(CURLU* handle, const std::string& text) {
  const bool has_control = std::any_of(text.begin(), text.end(), [](unsigned char byte) { return byte < 0x20; });
  if (text.empty() || text.size() > kMaxUrlBytes || has_control) {
    return refuse("This is not a URL that can be fetched.");
  }
  // Unknown schemes and users are let in here only to be refused by name in take_apart.
  const CURLUcode code = curl_url_set(handle, CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE);
  if (code != CURLUE_OK) {
    return refuse("This is not a URL that can be fetched.", curl_url_strerror(code));
  }
  return take_apart(handle);
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      if (const auto byte = hex_decode(text.substr(at + 1, 2))) {
        decoded.push_back(static_cast<char>(byte->front()));
        at += 2;
        continue;
      }
    }
    decoded.push_back(text[at]);
  }
  return decoded;
}

}  // namespace

Result<WebAddress> WebAddress::parse(const std::string& url) {
  const UrlHandle handle(curl_url(), &curl_url_cleanup);
  return apply(handle.get(), url);
}

Result<WebAddress> WebAddress::follow(const std::string& location) const {
  const UrlHandle handle(curl_url(), &curl_url_cleanup);
  curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0);
  return apply(handle.get(), location);
}

std::string WebAddress::filename() const {
  std::string name = to_valid_utf8(percent_decoded(std::string_view(path).substr(path.rfind('/') + 1)));
  std::erase_if(name, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; });
  // A decoded %2F must not make a path of the name.
  name.erase(0, name.find_last_of("/\\") + 1);
  name.erase(0, std::min(name.find_first_not_of(". "), name.size()));
  if (name.size() > kMaxFilenameBytes) {
    std::size_t cut = kMaxFilenameBytes;
    while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xc0U) == 0x80) {
      --cut;
    }
    name.resize(cut);
  }
  return name;
}

}  // namespace pictor::net
