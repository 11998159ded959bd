#include <iostream>

#include "cli/commands.hpp"

namespace pictor::cli {

void add_serve(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("serve", "Start the server");
  command->callback([&context] { context.chosen = [&context] { return context.program.serve(context.overrides); }; });
}

void add_config(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("config", "Print the configuration in force, secrets masked");
  command->callback([&context] {
    context.chosen = [&context]() -> int {
      const Result<std::string> text = context.program.config_text(context.overrides);
      if (!text) {
        return complain(text.error(), kUsage);
      }
      std::cout << *text;
      return kSuccess;
    };
  });
}

}  // namespace pictor::cli
