#include "child/sandbox/sandbox.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pictor::child {

SandboxReport enter_sandbox(const SandboxLimits& limits) {
  SandboxReport report;
  const auto note = [&](const std::string& name, bool is_in_force) {
    (is_in_force ? report.in_force : report.missing).push_back(name);
  };
  // Needed by Landlock and seccomp without privileges; and no debugger, no core file that holds a picture.
  note("no_new_privileges", ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  note("not_dumpable", ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
  note("limits", limit_resources(limits).has_value());
  const Result<int> landlock = forbid_files(limits.fonts ? Files::kFonts : Files::kNone);
  note(landlock ? "landlock" + std::to_string(*landlock) : "landlock", landlock.has_value());
  note("no_capabilities", drop_capabilities().has_value());
  note("seccomp", filter_system_calls(landlock && limits.fonts ? Files::kFonts : Files::kNone)
                      .has_value());  // last: it forbids the calls above
  return report;
}

void close_all_but(std::span<const int> kept) {
  std::vector<int> sorted(kept.begin(), kept.end());
  std::ranges::sort(sorted);
  int from = 0;
  const auto close_range = [](int first, int last) {
    if (first <= last && ::syscall(SYS_close_range, first, last, 0) != 0) {
      // Before Linux 5.9: one by one, as far as the usual limit goes.
      for (int descriptor = first; descriptor <= std::min(last, 4'096); ++descriptor) {
        ::close(descriptor);
      }
    }
  };
  for (const int descriptor : sorted) {
    close_range(from, descriptor - 1);
    from = descriptor + 1;
  }
  close_range(from, 0x7fffffff);
}

Result<void> drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) {
    return fail_internal(std::string("capset: ") + std::strerror(errno));
  }
  return {};
}

}  // namespace pictor::child
