#pragma once

#include <memory>

#include "app/config.hpp"
#include "cli/program.hpp"

namespace pictor::app {

/// The whole program, wired. Used from the main thread only.
class Application final : public cli::Program {
 public:
  /// @param executable  path of this program: `pictor-engine` and the models are found from there
  explicit Application(std::string executable);
  ~Application() override;

  [[nodiscard]] std::vector<cli::Flag> flags() const override;
  [[nodiscard]] std::string version() const override;
  int serve(const cli::Overrides& overrides) override;
  Result<std::string> config_text(const cli::Overrides& overrides) override;
  Result<cli::AccountAccess> accounts(const cli::Overrides& overrides) override;
  Result<std::vector<domain::Plan>> plans(const cli::Overrides& overrides) override;
  Result<cli::LocalEngine> engine(const cli::Overrides& overrides) override;

 private:
  [[nodiscard]] Result<LoadedConfig> load(const cli::Overrides& overrides) const;

  std::string executable_;
};

}  // namespace pictor::app
