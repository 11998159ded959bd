#include <fcntl.h>
#include <filesystem>
#include <iostream>

#include "base/unique_fd.hpp"
#include "cli/batch.hpp"
#include "cli/commands.hpp"

namespace pictor::cli {
namespace {

struct AnalyzeFields {
  std::vector<std::string> files;
  std::string language = "en";
  int max_alt_length = 125;
  bool json = false;
};

Result<domain::Metadata> analyze_file(const LocalEngine& local, const AnalyzeFields& fields, const std::string& file) {
  const UniqueFd input(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!input.valid()) {
    return fail({ErrorCode::kInvalidField, "The file can't be read."});
  }
  const Result<domain::ImageInfo> info = local.engine->probe(input.get());
  if (!info) {
    return fail(info.error());
  }
  const Result<domain::Facts> facts = local.engine->look(input.get(), *info, {});
  if (!facts) {
    return fail(facts.error());
  }
  domain::AnalyzeOptions options;
  options.language = fields.language;
  options.max_alt_length = fields.max_alt_length;
  return local.describer->describe(*facts, options, info->embedded, std::filesystem::path(file).filename().string());
}

void print(const AnalyzeFields& fields, const std::string& file, const Result<domain::Metadata>& outcome) {
  if (fields.json) {
    Json line{{"file", file}};
    if (outcome) {
      line["metadata"] = domain::to_api_json(*outcome);
    } else {
      line["error"] = {{"code", error_code_name(outcome.error().code)}, {"detail", outcome.error().public_message}};
    }
    std::cout << dump_json(line) << "\n";
  } else if (outcome) {
    std::cout << file << "\n  alt:      " << outcome->alt << "\n  title:    " << outcome->title
              << "\n  filename: " << outcome->filename
              << "\n  review:   " << (outcome->needs_review ? "needed" : "not needed") << "\n";
  } else {
    std::cerr << file << ": " << outcome.error().public_message << "\n";
  }
}

int analyze(Context& context, const AnalyzeFields& fields) {
  Result<LocalEngine> local = context.program.engine(context.overrides);
  if (!local) {
    return complain(local.error(), kUsage);
  }
  if (!local->describer->speaks(fields.language)) {
    return complain({ErrorCode::kLanguageUnsupported,
                     "The language \"" + fields.language + "\" is not one that this version speaks."},
                    kUsage);
  }
  Batch<domain::Metadata> batch{
      fields.files, local->workers, [&](const std::string& file) { return analyze_file(*local, fields, file); },
      [&](const std::string& file, const Result<domain::Metadata>& outcome) { print(fields, file, outcome); }};
  return batch.run() == 0 ? kSuccess : kSomeFailed;
}

}  // namespace

void add_analyze(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("analyze", "Say what pictures show, without a server");
  auto fields = std::make_shared<AnalyzeFields>();
  command->add_option("FILE", fields->files, "Pictures")->required();
  command->add_option("--language", fields->language, "Language of the words")->capture_default_str();
  command->add_option("--max-alt-length", fields->max_alt_length, "Longest alt text, characters")
      ->check(CLI::Range(10, 1'000))
      ->capture_default_str();
  command->add_flag("--json", fields->json, "One JSON object a line, a file each");
  command->callback([&context, fields] { context.chosen = [&context, fields] { return analyze(context, *fields); }; });
}

}  // namespace pictor::cli
