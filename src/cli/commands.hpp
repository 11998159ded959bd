#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cli/program.hpp"

namespace pictor::cli {

/// What every command gets; lives as long as the command line is parsed and run.
struct Context {
  Program& program;
  Overrides overrides;
  std::function<int()> chosen;  ///< set by the command that was named
};

/// Each adds its command to `app` and sets `context.chosen` when it is the one.
void add_serve(CLI::App& app, Context& context);
void add_config(CLI::App& app, Context& context);
void add_account(CLI::App& app, Context& context);
void add_key(CLI::App& app, Context& context);
void add_plan(CLI::App& app, Context& context);
void add_optimize(CLI::App& app, Context& context);
void add_analyze(CLI::App& app, Context& context);

/// `pictor: message` on standard error, with the fields; returns `code`.
int complain(const Error& error, int code = kSomeFailed);

}  // namespace pictor::cli
