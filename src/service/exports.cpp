#include "service/exports.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "service/words_of.hpp"

namespace pictor::service {
namespace {

using domain::Export;
using domain::ExportId;
using domain::Principal;
using domain::Variant;

constexpr int kLongestLink = 604'800;  // a week

const Variant* find_variant(const Export& found, const std::string& name) {
  for (const domain::ExportImage& image : found.images) {
    for (const Variant& variant : image.variants) {
      if (variant.filename == name) {
        return &variant;
      }
    }
  }
  return nullptr;
}

std::string html_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string url_of(const Variant& variant, const ExportId& id, const std::string& base) {
  return base + domain::to_api_json(variant, id)["url"].get<std::string>();
}

/// Widest last, so that browsers and people read it from small to large.
std::string srcset_of(std::vector<Variant> variants, const ExportId& id, const std::string& base) {
  std::sort(variants.begin(), variants.end(),
            [](const Variant& left, const Variant& right) { return left.width < right.width; });
  std::string text;
  for (const Variant& variant : variants) {
    text += text.empty() ? "" : ", ";
    text += url_of(variant, id, base) + " " + std::to_string(variant.width) + "w";
  }
  return text;
}

/// The placeholder is the picture's main colour: it needs no script. The blurhash is there for pages that have one.
std::string picture_element(const domain::ExportImage& image, const ExportId& id, const std::string& base,
                            const std::optional<domain::Metadata>& words) {
  const Variant& full = image.variants.front();
  std::string html = "<picture>\n";
  if (image.variants.size() > 1) {
    html += "  <source type=\"" + std::string(domain::traits_of(full.format).mime) + "\" srcset=\"" +
            html_escaped(srcset_of(image.variants, id, base)) + "\" sizes=\"100vw\">\n";
  }
  html += "  <img src=\"" + html_escaped(url_of(full, id, base)) + "\" alt=\"" + html_escaped(words ? words->alt : "") +
          "\" width=\"" + std::to_string(full.width) + "\" height=\"" + std::to_string(full.height) +
          "\" loading=\"lazy\" decoding=\"async\"";
  if (words && !words->facts.colours.empty()) {
    html += " style=\"background-color:" + html_escaped(words->facts.colours.front().hex) + "\"";
  }
  if (words && !words->facts.blurhash.empty()) {
    html += " data-blurhash=\"" + html_escaped(words->facts.blurhash) + "\"";
  }
  return html + ">\n</picture>\n";
}

}  // namespace

Exports::Exports(domain::JobStore& exports, domain::SessionStore& sessions, domain::BlobStore& blobs,
                 const Clock& clock, std::string link_secret, milliseconds session_time_to_live)
    : exports_(exports),
      sessions_(sessions),
      blobs_(blobs),
      clock_(clock),
      link_secret_(std::move(link_secret)),
      session_time_to_live_(session_time_to_live) {}

Result<Export> Exports::find(const Principal& who, const std::string& export_id) {
  const Result<ExportId> id = ExportId::parse(export_id);
  if (!id) {
    return fail(id.error());
  }
  const Timestamp now = clock_.now();
  Result<Export> found = exports_.find_export(who.account, *id, now);
  if (found && !found->session.empty() && session_time_to_live_.count() > 0) {
    const Result<void> touched = sessions_.touch(found->session, now + session_time_to_live_);
    if (!touched) {
      return fail(touched.error());
    }
  }
  return found;
}

Result<std::vector<Export>> Exports::of_session(const Principal& who, const domain::SessionId& session) {
  Result<domain::Page<Export>> page = exports_.list_exports(who.account, session, {100, ""});
  if (!page) {
    return fail(page.error());
  }
  return std::move(page->items);
}

Result<Exports::File> Exports::open_file(domain::BlobStore& blobs, const Export& found, const std::string& name) {
  const Variant* variant = find_variant(found, name);
  if (variant == nullptr) {
    return fail_not_found();
  }
  Result<UniqueFd> descriptor = blobs.open(variant->blob);
  if (!descriptor) {
    return fail(descriptor.error());
  }
  return File{*variant, found.created_at, *std::move(descriptor)};
}

Result<Exports::File> Exports::file(const Principal& who, const std::string& export_id, const std::string& name) {
  const Result<Export> found = find(who, export_id);
  return found ? open_file(blobs_, *found, name) : Result<File>(fail(found.error()));
}

Result<std::vector<Variant>> Exports::files(const Principal& who, const std::string& export_id) {
  const Result<Export> found = find(who, export_id);
  if (!found) {
    return fail(found.error());
  }
  std::vector<Variant> files;
  for (const domain::ExportImage& image : found->images) {
    files.insert(files.end(), image.variants.begin(), image.variants.end());
  }
  return files;
}

Result<UniqueFd> Exports::open(const Variant& variant) { return blobs_.open(variant.blob); }

std::string Exports::sign(const std::string& export_id, const std::string& name, const std::string& expires) const {
  const std::string message = export_id + "\n" + name + "\n" + expires;
  return base64url_encode(hmac_sha256(as_bytes(link_secret_), as_bytes(message)));
}

Result<std::vector<Exports::Link>> Exports::links(const Principal& who, const std::string& export_id, int expires_in,
                                                  const std::vector<std::string>& names) {
  if (expires_in < 1 || expires_in > kLongestLink) {
    return fail_field("/expiresIn", "This must be a whole number from 1 to 604800 (a week), in seconds.");
  }
  const Result<Export> found = find(who, export_id);
  if (!found) {
    return fail(found.error());
  }
  std::vector<std::string> wanted = names;
  if (wanted.empty()) {
    for (const domain::ExportImage& image : found->images) {
      for (const Variant& variant : image.variants) {
        wanted.push_back(variant.filename);
      }
    }
  }
  const Timestamp end = clock_.now() + seconds(expires_in);
  const std::string expires = std::to_string(to_unix_ms(end) / 1'000);
  std::vector<Link> links;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Variant* variant = find_variant(*found, wanted[i]);
    if (variant == nullptr) {
      return fail_field("/names/" + std::to_string(i), "The export has no such file.");
    }
    links.push_back({wanted[i],
                     url_of(*variant, found->id, "") + "?expires=" + expires +
                         "&signature=" + sign(found->id.str(), wanted[i], expires),
                     end});
  }
  return links;
}

Result<Exports::File> Exports::file_by_link(const std::string& export_id, const std::string& name,
                                            const std::string& expires, const std::string& signature) {
  std::int64_t end = 0;
  const auto [last, problem] = std::from_chars(expires.data(), expires.data() + expires.size(), end);
  const bool is_number = problem == std::errc() && last == expires.data() + expires.size();
  if (!is_number || !equal_in_constant_time(sign(export_id, name, expires), signature) ||
      end * 1'000 <= to_unix_ms(clock_.now())) {
    return fail_not_found();
  }
  const Result<ExportId> id = ExportId::parse(export_id);
  if (!id) {
    return fail(id.error());
  }
  const Result<Export> found = exports_.find_export_for_link(*id, clock_.now());
  return found ? open_file(blobs_, *found, name) : Result<File>(fail(found.error()));
}

Result<std::map<std::string, domain::Metadata>> Exports::words_of_export(const Export& found) {
  std::map<std::string, domain::Metadata> words;
  if (found.session.empty()) {
    return words;
  }
  const Result<std::vector<domain::Image>> images = sessions_.images(found.account, found.session);
  const Result<domain::Job> job = exports_.find(found.account, found.job);
  if (!images || !job) {
    return fail(!images ? images.error() : job.error());
  }
  std::map<std::string, Json> patches;
  for (const domain::JobItem& item : job->items) {
    if (item.metadata_patch) {
      patches.emplace(item.image.str(), *item.metadata_patch);
    }
  }
  for (const domain::Image& image : *images) {
    const auto patch = patches.find(image.id.str());
    const Result<domain::Metadata> merged = patch == patches.end()
                                                ? Result<domain::Metadata>(words_of(image))
                                                : domain::merge_patch(words_of(image), patch->second);
    words.emplace(image.id.str(), merged.value_or(words_of(image)));
  }
  return words;
}

Result<std::string> Exports::snippet(const Principal& who, const std::string& export_id, const std::string& base) {
  const Result<Export> found = find(who, export_id);
  if (!found) {
    return fail(found.error());
  }
  const Result<std::map<std::string, domain::Metadata>> words = words_of_export(*found);
  if (!words) {
    return fail(words.error());
  }
  std::string html;
  for (const domain::ExportImage& image : found->images) {
    if (!image.variants.empty()) {
      const auto at = words->find(image.image.str());
      html += picture_element(image, found->id, base,
                              at == words->end() ? std::nullopt : std::optional<domain::Metadata>(at->second));
    }
  }
  return html;
}

Result<int> Exports::expire() {
  const Result<std::vector<domain::BlobId>> blobs = exports_.expire_exports(clock_.now());
  if (!blobs) {
    return fail(blobs.error());
  }
  for (const domain::BlobId& blob : *blobs) {
    const Result<void> removed =
        blobs_.remove_unnamed(blob, [&](const domain::BlobId& id) { return sessions_.is_blob_named(id); });
    if (!removed) {
      log_warn("a file could not be removed", {{"cause", removed.error().private_message}});
    }
  }
  return static_cast<int>(blobs->size());
}

}  // namespace pictor::service
