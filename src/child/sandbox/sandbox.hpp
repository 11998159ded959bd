#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace pictor::child {

/// Where fonts and their configuration lie: text in SVG needs them, and they are the same on every machine.
inline constexpr std::array<const char*, 5> kFontFolders = {"/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts",
                                                            "/usr/share/fontconfig", "/var/cache/fontconfig"};

/// What one child may use.
struct SandboxLimits {
  /// Bytes of private memory on top of what the process holds already (RLIMIT_DATA counts shared weights too).
  std::int64_t memory_bytes = 4LL << 30U;
  std::int64_t file_bytes = 512LL << 20U;  ///< largest output file
  int descriptors = 96;
  int cpu_seconds = 3'600;  ///< of the whole life; each request has its own, lower limit
  bool fonts = true;        ///< may read kFontFolders, where Landlock can hold it to them
};

/// What of the sandbox is in force.
struct SandboxReport {
  std::vector<std::string> in_force;
  std::vector<std::string> missing;  ///< what this kernel refused
};

/// Puts the calling process, which must have one thread, where it can compute on the descriptors that it holds and do
/// nothing else: no files but fonts to read (Landlock: kernel docs, userspace-api/landlock), no system calls but those
/// of computing and of open descriptors (seccomp), no capabilities, limits on memory, output and CPU. There is no way
/// back. What the kernel lacks is left out and reported.
[[nodiscard]] SandboxReport enter_sandbox(const SandboxLimits& limits);

/// Closes every descriptor but those named.
void close_all_but(std::span<const int> kept);

/// Gives this process so many more seconds of CPU; past them the kernel ends it with SIGXCPU. 0: no change.
void allow_cpu_seconds(int seconds);

// The parts, in the order in which they are applied.

/// Own limits (setrlimit), no core files. @error kInternal  with the limit that was refused
[[nodiscard]] Result<void> limit_resources(const SandboxLimits& limits);
/// What is left of the file system.
enum class Files { kNone, kFonts };

/// No file system (or only fonts, to read), no TCP, no abstract sockets and no signals beyond itself, as far as the
/// kernel's Landlock goes.
/// @return the ABI that is in force @error kInternal  the kernel has none
[[nodiscard]] Result<int> forbid_files(Files files = Files::kNone);
/// Drops every capability. @error kInternal
[[nodiscard]] Result<void> drop_capabilities();
/// The system call filter. @param files  kFonts only under Landlock: a filter cannot tell one path from another
/// @error kInternal  the kernel has none
[[nodiscard]] Result<void> filter_system_calls(Files files = Files::kNone);

}  // namespace pictor::child
