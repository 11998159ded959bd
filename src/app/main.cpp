#include <array>
#include <cstdio>
#include <exception>
#include <unistd.h>

#include "app/application.hpp"
#include "cli/program.hpp"

namespace {

/// Where this program lies, whatever it was called as.
std::string executable_path(const char* called) {
  std::array<char, 4096> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string(called);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    pictor::app::Application application(executable_path(argv[0]));
    return pictor::cli::run(argc, argv, application);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "pictor: %s\n", problem.what());
    return pictor::cli::kSomeFailed;
  }
}
