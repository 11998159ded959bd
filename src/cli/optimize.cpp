#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <sys/stat.h>

#include "base/unique_fd.hpp"
#include "cli/batch.hpp"
#include "cli/commands.hpp"

namespace pictor::cli {
namespace {

namespace fs = std::filesystem;

struct OptimizeFields {
  std::vector<std::string> files;
  std::string folder;
  std::vector<std::pair<std::string, std::string>> settings;
  bool force = false;
  bool json = false;
  std::map<std::string, std::string> stems;  ///< by file: the result's name without extension
};

struct Optimized {
  std::string output;
  std::int64_t bytes_before = 0;
  domain::RenderedFile file;
  std::vector<std::string> warnings;
};

/// Two pictures of one run never share a result: `one.jpg` and `one.png` become `one.webp` and `one-2.webp`, in the
/// order of the command line.
void choose_stems(OptimizeFields& fields, domain::OutputChoice choice) {
  std::set<std::string> taken;
  for (const std::string& file : fields.files) {
    const fs::path path(file);
    const std::string folder = fields.folder.empty() ? path.parent_path().string() : "";
    const std::string extension = choice == domain::OutputChoice::kOriginal ? path.extension().string() : "";
    std::string stem = path.stem().string();
    for (int number = 2; !taken.insert(folder + "/" + stem + extension).second; ++number) {
      stem = path.stem().string() + "-" + std::to_string(number);
    }
    fields.stems.emplace(file, std::move(stem));
  }
}

/// `photo.webp` beside `photo.png`, `photo-optimized.jpg` beside `photo.jpg`, or the plain name in the folder asked
/// for.
Result<fs::path> output_path(const OptimizeFields& fields, const fs::path& source, std::string_view extension) {
  const fs::path folder = fields.folder.empty() ? source.parent_path() : fs::path(fields.folder);
  const auto chosen = fields.stems.find(source.string());
  const std::string stem = chosen == fields.stems.end() ? source.stem().string() : chosen->second;
  fs::path output = folder / (stem + "." + std::string(extension));
  std::error_code ignored;
  if (fields.folder.empty() && fs::equivalent(output, source, ignored)) {
    output = folder / (stem + "-optimized." + std::string(extension));
  }
  if (fs::equivalent(output, source, ignored)) {
    return fail(
        {ErrorCode::kInvalidField, "The output would replace the picture itself: choose another folder with -o."});
  }
  if (fields.folder.empty() && !fields.force && fs::exists(output, ignored)) {
    return fail({ErrorCode::kInvalidField,
                 output.filename().string() + " is there already: give --force to replace it, or a folder with -o."});
  }
  return output;
}

/// The result is written under a temporary name and renamed, so that no reader sees half a file.
class TemporaryOutput {
 public:
  explicit TemporaryOutput(const fs::path& folder) : path_((folder / ".pictor-XXXXXX").string()) {
    descriptor_.reset(mkostemp(path_.data(), O_CLOEXEC));
  }
  ~TemporaryOutput() {
    if (descriptor_.valid() && !kept_) {
      ::unlink(path_.c_str());
    }
  }
  TemporaryOutput(const TemporaryOutput&) = delete;
  TemporaryOutput& operator=(const TemporaryOutput&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  bool keep_as(const fs::path& path) {
    const mode_t mask = umask(0);
    umask(mask);
    kept_ = fchmod(descriptor_.get(), 0666 & ~mask) == 0 && fsync(descriptor_.get()) == 0 &&
            ::rename(path_.c_str(), path.c_str()) == 0;
    return kept_;
  }

 private:
  std::string path_;
  UniqueFd descriptor_;
  bool kept_ = false;
};

Result<Optimized> optimize_file(const LocalEngine& local, const OptimizeFields& fields,
                                const domain::ExportSettings& settings, const std::string& file) {
  const UniqueFd input(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!input.valid() || fstat(input.get(), &status) != 0) {
    return fail({ErrorCode::kInvalidField, "The file can't be read."});
  }
  const Result<domain::ImageInfo> info = local.engine->probe(input.get());
  if (!info) {
    return fail(info.error());
  }
  const fs::path folder = fields.folder.empty() ? fs::path(file).parent_path() : fs::path(fields.folder);
  TemporaryOutput temporary(folder.empty() ? "." : folder);
  if (temporary.descriptor() < 0) {
    return fail({ErrorCode::kInvalidField, "The output folder can't be written to."});
  }
  const domain::RenderRequest request{settings, {{"full", std::nullopt}}, std::nullopt, status.st_size, {}, {}, {}};
  const int output = temporary.descriptor();
  const Result<domain::RenderResult> result = local.engine->render(input.get(), *info, request, {&output, 1}, {}, {});
  if (!result) {
    return fail(result.error());
  }
  const domain::RenderedFile& rendered = result->files.at(0);
  const Result<fs::path> path = output_path(fields, file, domain::traits_of(rendered.format).extension);
  if (!path) {
    return fail(path.error());
  }
  if (!temporary.keep_as(*path)) {
    return fail({ErrorCode::kInternal, "The output can't be written."});
  }
  return Optimized{path->string(), status.st_size, rendered, result->warnings};
}

void print(const OptimizeFields& fields, const std::string& file, const Result<Optimized>& outcome) {
  if (fields.json) {
    Json line{{"file", file}};
    if (outcome) {
      const domain::RenderedFile& made = outcome->file;
      line.update({{"output", outcome->output},
                   {"format", domain::traits_of(made.format).name},
                   {"width", made.width},
                   {"height", made.height},
                   {"bytesBefore", outcome->bytes_before},
                   {"bytesAfter", made.bytes},
                   {"quality", made.quality ? Json(*made.quality) : Json(nullptr)},
                   {"score", made.ssimulacra2 ? Json(*made.ssimulacra2) : Json(nullptr)},
                   {"encoder", made.encoder},
                   {"tried", made.tried},
                   {"limitedBy", made.limited_by.empty() ? Json(nullptr) : Json(made.limited_by)},
                   {"passthrough", made.passthrough},
                   {"warnings", outcome->warnings}});
    } else {
      line["error"] = {{"code", error_code_name(outcome.error().code)}, {"detail", outcome.error().public_message}};
    }
    std::cout << dump_json(line) << "\n";
    return;
  }
  if (!outcome) {
    std::cerr << file << ": " << outcome.error().public_message << "\n";
    return;
  }
  const auto before = static_cast<double>(outcome->bytes_before);
  const double saved = before > 0 ? 100 * (before - static_cast<double>(outcome->file.bytes)) / before : 0;
  std::printf("%s → %s  %lld → %lld bytes, %.1f %% saved\n", file.c_str(), outcome->output.c_str(),
              static_cast<long long>(outcome->bytes_before), static_cast<long long>(outcome->file.bytes), saved);
  std::fflush(stdout);
}

int optimize(Context& context, OptimizeFields& fields) {
  const Result<domain::ExportSettings> settings = domain::parse_flat_settings(fields.settings);
  if (!settings) {
    return complain(settings.error(), kUsage);
  }
  choose_stems(fields, settings->choice);
  std::error_code problem;
  if (!fields.folder.empty() && !fs::create_directories(fields.folder, problem) && problem) {
    return complain({ErrorCode::kInvalidField, "The folder " + fields.folder + " can't be made."}, kUsage);
  }
  Result<LocalEngine> local = context.program.engine(context.overrides);
  if (!local) {
    return complain(local.error(), kUsage);
  }
  Batch<Optimized> batch{
      fields.files, local->workers,
      [&](const std::string& file) { return optimize_file(*local, fields, *settings, file); },
      [&](const std::string& file, const Result<Optimized>& outcome) { print(fields, file, outcome); }};
  return batch.run() == 0 ? kSuccess : kSomeFailed;
}

}  // namespace

void add_optimize(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("optimize", "Make pictures smaller, without a server");
  auto fields = std::make_shared<OptimizeFields>();
  command->add_option("FILE", fields->files, "Pictures")->required();
  command->add_option("-o,--output", fields->folder, "Folder for the results (default: beside each picture)");
  command->add_flag("--force", fields->force, "Replace results that are there already");
  command->add_flag("--json", fields->json, "One JSON object a line, a file each");
  static constexpr std::array kSettings = {
      std::pair{"format", "webp, avif, jpeg, png, jxl, gif, original or auto (default webp)"},
      std::pair{"preset", "maximum, very_high, high, medium, low or minimum (default high)"},
      std::pair{"quality", "1 to 100, the encoder's own scale"},
      std::pair{"target", "ssimulacra2:80, the smallest file that reaches this score"},
      std::pair{"maxBytes", "The best picture within so many bytes"},
      std::pair{"deadlineMs", "The best that can be had in this time"},
      std::pair{"width", "Width, px"},
      std::pair{"height", "Height, px"},
      std::pair{"fit", "inside, cover, contain, fill or outside"},
      std::pair{"gravity", "centre, north, northeast, … smart or focal"},
      std::pair{"dpr", "Multiplies width and height"},
      std::pair{"rotate", "Degrees clockwise"},
      std::pair{"flip", "horizontal, vertical or both"},
      std::pair{"crop", "left,top,width,height in px of the upright picture"},
      std::pair{"trim", "true, or how far a border's colours may differ (1 to 255)"},
      std::pair{"pad", "px, or top,right,bottom,left"},
      std::pair{"sharpen", "true, or sigma in px"},
      std::pair{"blur", "true, or sigma in px"},
      std::pair{"page", "Of a TIFF, or the frame of an animation; the first is 0"},
      std::pair{"effort", "0 (fast) to 9 (small)"},
      std::pair{"keep", "icc,copyright,exif,gps,xmp,iptc, all or none"},
      std::pair{"background", "#rrggbb, under alpha where the format has none"},
      std::pair{"accept", "Formats that auto may take"},
  };
  for (const auto& [name, doc] : kSettings) {
    command->add_option_function<std::string>(
        std::string("--") + name,
        [fields, key = std::string(name)](const std::string& value) { fields->settings.emplace_back(key, value); },
        doc);
  }
  command->add_flag_callback(
      "--lossless", [fields] { fields->settings.emplace_back("lossless", "true"); },
      "Without loss, where the format can");
  command->add_flag_callback(
      "--enlarge", [fields] { fields->settings.emplace_back("enlarge", "true"); }, "Make small pictures larger, too");
  command->callback([&context, fields] { context.chosen = [&context, fields] { return optimize(context, *fields); }; });
}

}  // namespace pictor::cli
