#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "child/sandbox/sandbox.hpp"

// Debian 12's <linux/landlock.h> ends at ABI 3; these are the values of the kernel's interface, which never change.
// Source: Documentation/userspace-api/landlock.rst of Linux 6.12.

namespace pictor::child {
namespace {

constexpr long kCreateRuleset = 444;
constexpr long kRestrictSelf = 446;
constexpr unsigned kRulesetVersion = 1;

struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};

/// Rights that each ABI added, as masks of everything known then.
struct AbiRights {
  int abi;
  std::uint64_t files;
  std::uint64_t network;
  std::uint64_t scopes;
  std::size_t attribute_bytes;
};
constexpr std::array kAbis = {
    AbiRights{1, (1ULL << 13U) - 1, 0, 0, 8},   // execute … make_sym
    AbiRights{2, (1ULL << 14U) - 1, 0, 0, 8},   // refer
    AbiRights{3, (1ULL << 15U) - 1, 0, 0, 8},   // truncate by path
    AbiRights{4, (1ULL << 15U) - 1, 3, 0, 16},  // TCP bind, connect
    AbiRights{5, (1ULL << 16U) - 1, 3, 0, 16},  // ioctl of devices
    AbiRights{6, (1ULL << 16U) - 1, 3, 3, 24},  // abstract Unix sockets, signals
};

constexpr long kAddRule = 445;
constexpr unsigned kPathBeneath = 1;
constexpr std::uint64_t kReadFile = 1ULL << 2U;
constexpr std::uint64_t kReadFolder = 1ULL << 3U;

/// Lets what lies below a folder be read; a folder that is not there needs no rule.
void allow_reading(int ruleset, const char* folder) {
  struct [[gnu::packed]] PathBeneath {
    std::uint64_t allowed_access;
    std::int32_t parent;
  };
  const UniqueFd opened(::open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (opened.valid()) {
    const PathBeneath rule{kReadFile | kReadFolder, opened.get()};
    ::syscall(kAddRule, ruleset, kPathBeneath, &rule, 0);
  }
}

}  // namespace

Result<int> forbid_files(Files files) {
  const long abi = ::syscall(kCreateRuleset, nullptr, 0, kRulesetVersion);
  if (abi < 1) {
    return fail_internal(std::string("landlock: ") + std::strerror(errno));
  }
  const AbiRights& rights = kAbis[static_cast<std::size_t>(std::min<long>(abi, kAbis.size())) - 1];
  // Every right is handled and granted nowhere but below: the rest is refused. What is open already stays usable.
  const RulesetAttributes attributes{rights.files, rights.network, rights.scopes};
  const UniqueFd ruleset(static_cast<int>(::syscall(kCreateRuleset, &attributes, rights.attribute_bytes, 0)));
  if (files == Files::kFonts) {
    for (const char* folder : kFontFolders) {
      allow_reading(ruleset.get(), folder);
    }
  }
#ifdef PICTOR_ASAN
  // The sanitizers' runtime reads /proc/self/maps; in their builds, and only there, a child may read its own /proc.
  allow_reading(ruleset.get(), "/proc/self");
#endif
  if (!ruleset.valid() || ::syscall(kRestrictSelf, ruleset.get(), 0) != 0) {
    return fail_internal(std::string("landlock: ") + std::strerror(errno));
  }
  return rights.abi;
}

}  // namespace pictor::child
