#include "service/concurrency.hpp"

namespace pictor::service {

Concurrency::Place Concurrency::enter(const std::string& account, int limit) {
  const std::scoped_lock lock(state_->mutex);
  int& calls = state_->calls[account];
  if (calls >= limit && calls > 0) {
    return nullptr;
  }
  ++calls;
  const auto leave = [state = state_, account](void*) {
    const std::scoped_lock inner(state->mutex);
    const auto found = state->calls.find(account);
    if (--found->second == 0) {
      state->calls.erase(found);
    }
  };
  return {state_.get(), leave};  // any pointer but null
}

int Concurrency::of(const std::string& account) const {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->calls.find(account);
  return found == state_->calls.end() ? 0 : found->second;
}

}  // namespace pictor::service
