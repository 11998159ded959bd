#include "http/server.hpp"

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <condition_variable>
#include <deque>
#include <thread>

#include "http/connection.hpp"

namespace pictor::http {
namespace {

constexpr std::chrono::milliseconds kSweep{250};
constexpr int kMaxIoThreads = 4;

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

/// Five seconds: when one of the others' connections ends is up to their peers. A busy one ends its request first, an
/// idle one goes after `idle_timeout` (30 s unless configured), so of idle ones about a sixth has gone by then; a
/// client that comes back earlier mostly finds the same crowd, and one that is told the whole 30 s leaves places empty.
constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\nServer: pictor\r\nContent-Type: application/problem+json; charset=utf-8\r\n"
    "Retry-After: 5\r\nConnection: close\r\nContent-Length: 178\r\n\r\n"
    R"({"type":"/errors/overloaded","title":"Overloaded","status":503,"detail":"The server has too many connections.","code":"overloaded","error":"The server has too many connections."})";

int io_thread_count(int wanted) {
  if (wanted > 0) {
    return std::min(wanted, 64);
  }
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxIoThreads);
}

Task<void> sweep_deadlines(IoThread& thread) {
  Timer timer(thread.context.get_executor());
  while (true) {
    timer.expires_after(kSweep);
    const auto [error] = co_await timer.async_wait(kTuple);
    if (error) {
      co_return;
    }
    const auto now = SteadyClock::now();
    for (Connection* connection : thread.connections) {
      connection->check_deadline(now);
    }
  }
}

}  // namespace

Result<ListenAddress> parse_listen_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(port) > 65'535) {
    return fail_field("/listen",
                      "\"" + text + "\" is no address to listen on: it must be host:port, such as 127.0.0.1:8080.");
  }
  std::string host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host == "localhost") {
    host = "127.0.0.1";
  } else if (host.empty() || host == "*") {
    host = "0.0.0.0";
  }
  return ListenAddress{host, static_cast<std::uint16_t>(std::stoi(port))};
}

struct Server::State {
  State(ServerConfig settings, Api& served) : config(std::move(settings)), api(served) {}

  ServerConfig config;
  Api& api;
  ServerShared shared;
  std::vector<std::unique_ptr<IoThread>> io_threads;
  std::vector<std::thread> threads;
  std::unique_ptr<Acceptor> acceptor;
  std::uint16_t port = 0;
  bool running = false;

  Result<void> listen();
  Task<void> accept();
  void take(Socket socket, IoThread& thread);
  void on_each_connection(void (Connection::*call)());
  bool wait_until_empty(milliseconds time) const;
};

Result<void> Server::State::listen() {
  const Result<ListenAddress> address = parse_listen_address(config.listen);
  if (!address) {
    return fail(address.error());
  }
  IoError error;
  const asio::ip::address ip = asio::ip::make_address(address->host, error);
  if (error) {
    return fail_field("/listen", "\"" + address->host + "\" is no IP address.");
  }
  const asio::ip::tcp::endpoint endpoint(ip, address->port);
  acceptor = std::make_unique<Acceptor>(io_threads.front()->context.get_executor());
  acceptor->open(endpoint.protocol(), error);
  if (!error) {
    acceptor->set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor->bind(endpoint, error);
  }
  if (!error) {
    acceptor->listen(4'096, error);
  }
  if (error) {
    return fail_field("/listen", "Cannot listen on " + config.listen + ": " + error.message() + ".");
  }
  port = acceptor->local_endpoint(error).port();
  return {};
}

Task<void> Server::State::accept() {
  Timer pause(acceptor->get_executor());
  std::size_t turn = 0;
  while (!shared.stopping) {
    IoThread& thread = *io_threads[turn++ % io_threads.size()];
    Socket socket(thread.context.get_executor());
    const auto [error] = co_await acceptor->async_accept(socket, kTuple);
    if (shared.stopping || error == asio::error::operation_aborted) {
      co_return;
    }
    if (error) {
      // Out of descriptors, mostly: without a pause this would spin.
      pause.expires_after(std::chrono::milliseconds(50));
      co_await pause.async_wait(kTuple);
      continue;
    }
    take(std::move(socket), thread);
  }
}

void Server::State::take(Socket socket, IoThread& thread) {
  if (shared.connections >= config.max_connections) {
    IoError ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(kTooManyConnections), ignored);
    socket.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    return;
  }
  auto connection = std::make_shared<Connection>(std::move(socket), thread, config, api, shared);
  asio::post(thread.context, [connection = std::move(connection)] { connection->start(); });
}

void Server::State::on_each_connection(void (Connection::*call)()) {
  for (const auto& thread : io_threads) {
    asio::post(thread->context, [&thread = *thread, call] {
      for (Connection* connection : std::vector<Connection*>(thread.connections.begin(), thread.connections.end())) {
        if (thread.connections.contains(connection)) {
          (connection->*call)();
        }
      }
    });
  }
}

bool Server::State::wait_until_empty(milliseconds time) const {
  const auto end = SteadyClock::now() + time;
  while (shared.connections > 0 && SteadyClock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return shared.connections == 0;
}

Server::Server(ServerConfig config, Api& api) : state_(std::make_unique<State>(std::move(config), api)) {}

Server::~Server() { stop(); }

Result<void> Server::start() {
  State& state = *state_;
  for (int i = 0; i < io_thread_count(state.config.io_threads); ++i) {
    state.io_threads.push_back(std::make_unique<IoThread>());
  }
  if (Result<void> listening = state.listen(); !listening) {
    return listening;
  }
  asio::co_spawn(state.io_threads.front()->context, [&state] { return state.accept(); }, asio::detached);
  for (const auto& thread : state.io_threads) {
    asio::co_spawn(thread->context, [&thread = *thread] { return sweep_deadlines(thread); }, asio::detached);
    state.threads.emplace_back([&thread = *thread] { thread.context.run(); });
  }
  state.running = true;
  return {};
}

std::uint16_t Server::port() const { return state_->port; }

void Server::stop() {
  State& state = *state_;
  if (!std::exchange(state.running, false)) {
    return;
  }
  state.shared.stopping = true;
  asio::post(state.io_threads.front()->context, [&state] {
    IoError ignored;
    state.acceptor->close(ignored);
  });
  state.on_each_connection(&Connection::end_when_idle);
  if (!state.wait_until_empty(state.config.shutdown_timeout)) {
    state.api.request_stop();
    state.on_each_connection(&Connection::abort);
    state.wait_until_empty(milliseconds(1'000));
  }
  // Workers first: what they finish is posted to contexts that must still be there.
  state.api.stop();
  for (const auto& thread : state.io_threads) {
    thread->context.stop();
  }
  for (std::thread& thread : state.threads) {
    thread.join();
  }
  state.threads.clear();
}

}  // namespace pictor::http
