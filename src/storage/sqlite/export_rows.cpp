#include "storage/sqlite/export_rows.hpp"

#include "storage/sqlite/image_rows.hpp"
#include "storage/sqlite/job_rows.hpp"

namespace pictor::storage {
namespace {

using domain::Export;
using domain::ExportId;
using domain::ExportImage;
using domain::Variant;

bool is_taken(Connection& connection, const ExportId& id, const std::string& filename) {
  Statement row = connection.prepare("SELECT 1 FROM variants WHERE export = ? AND filename = ?");
  return row.bind(id.str()).bind(filename).step();
}

std::string free_filename(Connection& connection, const ExportId& id, const std::string& wanted) {
  const std::size_t dot = wanted.rfind('.');
  std::string name = wanted;
  for (int number = 2; is_taken(connection, id, name); ++number) {
    name = wanted.substr(0, dot) + "-" + std::to_string(number) + (dot == std::string::npos ? "" : wanted.substr(dot));
  }
  return name;
}

void insert_variant(Connection& connection, const ExportId& id, int position, int number, const Variant& variant) {
  connection.prepare("INSERT INTO variants (export, position, number, filename, blob, body) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(id.str())
      .bind(position)
      .bind(number)
      .bind(variant.filename)
      .bind(variant.blob)
      .bind(dump_json(domain::to_json(variant)))
      .run();
}

void read_images(Connection& connection, Export& result) {
  Statement row = connection.prepare(
      "SELECT image, original_filename, warnings, error FROM export_images WHERE export = ? ORDER BY position");
  row.bind(result.id.str());
  while (row.step()) {
    ExportImage image;
    image.image = domain::ImageId::trusted(row.text(0));
    image.original_filename = row.text(1);
    image.warnings = json_of(row.text(2)).get<std::vector<std::string>>();
    if (!row.is_null(3)) {
      image.problem = error_of(row.text(3));
    }
    result.images.push_back(std::move(image));
  }
}

void read_variants(Connection& connection, Export& result) {
  Statement row = connection.prepare("SELECT position, body FROM variants WHERE export = ? ORDER BY position, number");
  row.bind(result.id.str());
  while (row.step()) {
    Result<Variant> variant = domain::variant_from_json(json_of(row.text(1)));
    if (!variant) {
      throw SqliteProblem(variant.error().private_message);
    }
    result.images.at(static_cast<std::size_t>(row.integer(0))).variants.push_back(*std::move(variant));
  }
}

}  // namespace

void insert_export(Connection& connection, const Export& result) {
  const auto optional_id = [](const auto& id) {
    return id.empty() ? std::nullopt : std::optional<std::string>(id.str());
  };
  connection
      .prepare(
          "INSERT INTO exports (id, account, session, job, sample, status, settings, created_at, expires_at) VALUES "
          "(?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(result.id.str())
      .bind(result.account.str())
      .bind(optional_id(result.session))
      .bind(optional_id(result.job))
      .bind(result.sample)
      .bind(result.status)
      .bind(dump_json(domain::to_json(result.settings)))
      .bind(to_unix_ms(result.created_at))
      .bind(to_unix_ms(result.expires_at))
      .run();
  for (std::size_t position = 0; position < result.images.size(); ++position) {
    const ExportImage& image = result.images[position];
    connection
        .prepare(
            "INSERT INTO export_images (export, position, image, original_filename, warnings) VALUES (?, ?, ?, ?, ?)")
        .bind(result.id.str())
        .bind(static_cast<std::int64_t>(position))
        .bind(image.image.str())
        .bind(image.original_filename)
        .bind(dump_json(Json(image.warnings)))
        .run();
    for (std::size_t number = 0; number < image.variants.size(); ++number) {
      insert_variant(connection, result.id, static_cast<int>(position), static_cast<int>(number),
                     image.variants[number]);
    }
  }
}

Json store_variants(Connection& connection, const ExportId& id, int position, const domain::ItemOutcome& outcome) {
  Json shown = Json::array();
  for (std::size_t number = 0; number < outcome.variants.size(); ++number) {
    Variant variant = outcome.variants[number];
    variant.filename = free_filename(connection, id, variant.filename);
    insert_variant(connection, id, position, static_cast<int>(number), variant);
    shown.push_back(domain::to_api_json(variant, id));
  }
  connection.prepare("UPDATE export_images SET warnings = ? WHERE export = ? AND position = ?")
      .bind(dump_json(Json(outcome.warnings)))
      .bind(id.str())
      .bind(position)
      .run();
  return shown;
}

void store_export_problem(Connection& connection, const ExportId& id, int position, const Error& error) {
  if (id.empty()) {
    return;
  }
  connection.prepare("UPDATE export_images SET error = ? WHERE export = ? AND position = ?")
      .bind(error_text(error))
      .bind(id.str())
      .bind(position)
      .run();
}

Result<Export> read_export(Connection& connection, const ExportId& id, Timestamp now) {
  Export result;
  bool is_over = false;
  {
    Statement row = connection.prepare(
        "SELECT e.id, e.account, e.session, e.job, e.sample, e.status, e.settings, e.created_at, e.expires_at, "
        "s.expires_at, s.status "
        "FROM exports e LEFT JOIN sessions s ON s.id = e.session WHERE e.id = ?");
    if (!row.bind(id.str()).step()) {
      return fail_not_found();
    }
    result.id = ExportId::trusted(row.text(0));
    result.account = domain::AccountId::trusted(row.text(1));
    result.session = domain::SessionId::trusted(row.text(2));
    result.job = domain::JobId::trusted(row.text(3));
    result.sample = row.integer(4) != 0;
    result.status = row.text(5);
    Result<domain::ExportSettings> settings = domain::parse_export_settings(json_of(row.text(6)));
    if (!settings) {
      throw SqliteProblem("stored settings are not settings");
    }
    result.settings = *std::move(settings);
    result.created_at = from_unix_ms(row.integer(7));
    // An export lives as long as its session does, and that moves.
    result.expires_at = from_unix_ms(row.is_null(9) ? row.integer(8) : row.integer(9));
    is_over = now != Timestamp() && (row.text(10) == "expired" || result.expires_at <= now);
  }
  if (is_over) {
    return fail({ErrorCode::kSessionExpired, "This export has ended; its files are gone. Upload the images again."});
  }
  read_images(connection, result);
  read_variants(connection, result);
  return result;
}

}  // namespace pictor::storage
