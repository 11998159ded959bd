#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace pictor::http {

class Api;

struct ServerConfig {
  std::string listen = "127.0.0.1:8080";  ///< `host:port`; IPv6 in brackets; port 0: any free one
  int io_threads = 0;                     ///< 0: as many as cores, at most 4
  int max_connections = 2'000;
  milliseconds idle_timeout{30'000};      ///< without a byte: of a request's head or body, or taken of an answer
  milliseconds request_timeout{600'000};  ///< from a request's first byte to the last of its body
  milliseconds event_heartbeat{15'000};
  milliseconds shutdown_timeout{8'000};  ///< for what is under way when stop() is called
};

/// Accepts connections and serves the Api on them. `start` and `stop` from one thread.
class Server {
 public:
  /// @param api  outlives the server
  Server(ServerConfig config, Api& api);
  /// Calls stop().
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens and returns. @error kInvalidField  an address that cannot be read, or is taken
  Result<void> start();
  /// After start(): the port that it listens on.
  [[nodiscard]] std::uint16_t port() const;
  /// Stops accepting, closes what is idle, finishes what is being answered, within shutdown_timeout and a second; ends
  /// the Api's threads. Blocks.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Splits `host:port`, `[::1]:port`. @error kInvalidField
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
};
[[nodiscard]] Result<ListenAddress> parse_listen_address(const std::string& text);

}  // namespace pictor::http
