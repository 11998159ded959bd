#include "service/history.hpp"

namespace pictor::service {
namespace {

constexpr int kRowsAtOnce = 500;
constexpr int kMostRows = 20'000;

}  // namespace

Result<int> History::forget_old() {
  if (kept_ <= milliseconds(0)) {
    return 0;
  }
  const Timestamp before = clock_.now() - kept_;
  int gone = 0;
  while (gone < kMostRows) {
    const Result<int> step = store_.forget(before, kRowsAtOnce);
    if (!step) {
      return step;
    }
    if (*step == 0) {
      break;
    }
    gone += *step;
  }
  return gone;
}

}  // namespace pictor::service
