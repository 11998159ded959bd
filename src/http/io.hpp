#pragma once

// Asio in the form that connection.cpp and server.cpp use; nobody else includes it (20 s to compile).

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <set>

#include "http/worker_pool.hpp"

namespace pictor::http {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;
template <class T>
using Task = asio::awaitable<T, Executor>;
using UseTask = asio::use_awaitable_t<Executor>;
inline constexpr asio::as_tuple_t<UseTask> kTuple{};
using IoError = boost::system::error_code;

class Connection;

/// One thread's part of the server: its connections and their deadlines. All but `context` belongs to its thread.
struct IoThread {
  std::set<Connection*> connections;  ///< before the context: connections leave it when the context goes
  asio::io_context context{1};
};

/// What all connections share.
struct ServerShared {
  std::atomic<bool> stopping = false;
  std::atomic<int> connections = 0;
};

/// Lets a coroutine sleep until another thread signals. Shared by both.
class Waker : public std::enable_shared_from_this<Waker> {
 public:
  explicit Waker(const Executor& executor) : timer_(executor) {}
  /// From any thread; many signals before the sleeper wakes are one.
  void signal() {
    if (!posted_.exchange(true)) {
      asio::post(timer_.get_executor(), [self = shared_from_this()] {
        self->posted_ = false;
        self->signalled_ = true;
        self->timer_.cancel();
      });
    }
  }
  /// On the timer's thread. @return false when the time was over first
  Task<bool> wait(std::chrono::milliseconds time) {
    if (!signalled_) {
      timer_.expires_after(time);
      co_await timer_.async_wait(kTuple);
    }
    const bool was_signalled = signalled_;
    signalled_ = false;
    co_return was_signalled;
  }

 private:
  Timer timer_;
  bool signalled_ = false;
  std::atomic<bool> posted_ = false;
};

/// Runs `task` on the pool; the coroutine goes on, on its own thread, when it is done. What `task` refers to must live
/// in the awaiting coroutine.
inline Task<void> run_on(WorkerPool& pool, std::function<void()> task) {
  auto initiate = [&pool, &task](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto executor = asio::get_associated_executor(*shared);
    pool.submit([shared, executor, guard = asio::make_work_guard(executor), work = std::move(task)]() mutable {
      try {
        work();
      } catch (...) {
        // Tasks turn failures into answers themselves; whatever slips through must not end the program.
      }
      asio::post(executor, [resumed = std::move(shared)] { (*resumed)(); });
    });
  };
  co_await asio::async_initiate<const UseTask, void()>(std::move(initiate), asio::use_awaitable_t<Executor>());
}

}  // namespace pictor::http
