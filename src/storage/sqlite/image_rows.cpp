#include "storage/sqlite/image_rows.hpp"

namespace pictor::storage {

using domain::Image;

Json json_of(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    throw SqliteProblem("a row holds text that is not JSON");
  }
  return json;
}

Image read_image(const Statement& row) {
  Image image;
  image.id = domain::ImageId::trusted(row.text(0));
  image.session = domain::SessionId::trusted(row.text(1));
  image.account = domain::AccountId::trusted(row.text(2));
  image.position = static_cast<int>(row.integer(3));
  image.original_filename = row.text(4);
  Result<domain::ImageInfo> info = domain::image_info_from_json(json_of(row.text(5)));
  if (!info) {
    throw SqliteProblem(info.error().private_message);
  }
  image.info = *std::move(info);
  image.size = row.integer(6);
  image.blob = row.text(7);
  image.thumbnail = row.text(8);
  image.analyzed = row.integer(9) != 0;
  image.exported = row.integer(10) != 0;
  if (!row.is_null(11)) {
    Result<domain::Metadata> metadata = domain::metadata_from_json(json_of(row.text(11)));
    if (!metadata) {
      throw SqliteProblem(metadata.error().private_message);
    }
    image.metadata = *std::move(metadata);
    image.metadata->version = static_cast<int>(row.integer(12));
  }
  image.warnings = json_of(row.text(13)).get<std::vector<std::string>>();
  image.created_at = from_unix_ms(row.integer(14));
  return image;
}

void insert_image(Connection& connection, const Image& image) {
  connection
      .prepare(
          "INSERT INTO images (id, session, account, position, original_filename, info, size, blob, thumbnail, "
          "warnings, created_at) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(image.id.str())
      .bind(image.session.str())
      .bind(image.account.str())
      .bind(image.position)
      .bind(image.original_filename)
      .bind(dump_json(domain::to_json(image.info)))
      .bind(image.size)
      .bind(image.blob)
      .bind(image.thumbnail)
      .bind(dump_json(Json(image.warnings)))
      .bind(to_unix_ms(image.created_at))
      .run();
}

int write_metadata(Connection& connection, const domain::ImageId& image, domain::Metadata metadata,
                   std::string_view changed_by, Timestamp now) {
  int version = 0;
  {
    Statement row = connection.prepare("SELECT version FROM images WHERE id = ?");
    if (!row.bind(image.str()).step()) {
      throw SqliteProblem("metadata for an image that is gone");
    }
    version = static_cast<int>(row.integer(0)) + 1;
  }
  metadata.version = version;
  const std::string text = dump_json(domain::to_json(metadata));
  connection.prepare("UPDATE images SET metadata = ?, version = ? WHERE id = ?")
      .bind(text)
      .bind(version)
      .bind(image.str())
      .run();
  connection
      .prepare(
          "INSERT INTO metadata_versions (image, version, metadata, changed_by, changed_at) VALUES (?, ?, ?, ?, ?)")
      .bind(image.str())
      .bind(version)
      .bind(text)
      .bind(changed_by)
      .bind(to_unix_ms(now))
      .run();
  return version;
}

}  // namespace pictor::storage
