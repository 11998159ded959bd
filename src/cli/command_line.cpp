#include <iostream>

#include "cli/commands.hpp"

namespace pictor::cli {

int complain(const Error& error, int code) {
  std::cerr << "pictor: " << error.public_message << "\n";
  for (std::size_t i = 1; i < error.fields.size(); ++i) {
    std::cerr << "        " << error.fields[i].pointer << ": " << error.fields[i].detail << "\n";
  }
  if (!error.private_message.empty()) {
    std::cerr << "        (" << error.private_message << ")\n";
  }
  return code;
}

int run(int argc, char** argv, Program& program) {
  CLI::App app{"Pictor, the self-hosted picture optimizer.", "pictor"};
  app.set_version_flag("--version", program.version());
  app.require_subcommand(1);
  app.fallthrough();
  Context context{program, {}, {}};
  app.add_option("--config", context.overrides.config_file,
                 "The configuration file (default: pictor.toml in this folder, if there is one)");
  for (const Flag& flag : program.flags()) {
    app.add_option_function<std::string>(
           flag.name, [&context, key = flag.key](const std::string& value) { context.overrides.values[key] = value; },
           flag.doc)
        ->group("Configuration");
  }
  add_serve(app, context);
  add_optimize(app, context);
  add_analyze(app, context);
  add_config(app, context);
  add_account(app, context);
  add_key(app, context);
  add_plan(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? kSuccess : kUsage;
  }
  return context.chosen ? context.chosen() : kUsage;
}

}  // namespace pictor::cli
