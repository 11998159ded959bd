#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/unique_fd.hpp"

namespace pictor::net::testing {

/// For tests: a web server on every address of 127.0.0.0/8, one thread per connection, one request per connection.
class HttpServer {
 public:
  struct Request {
    std::string path;
    std::string head;           ///< request line and headers
    std::string local_address;  ///< the address that the client connected to
  };
  /// One connection: `send` answers false when the client is gone or the server stops.
  struct Answer {
    std::function<bool(std::string_view)> send;
  };
  using Handler = std::function<void(const Request&, const Answer&)>;

  explicit HttpServer(Handler handler)
      : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    socklen_t length = sizeof address;
    (void)::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), length);
    ::listen(listener_.get(), 16);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~HttpServer() {
    stopping_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    for (std::thread& connection : connections_) {
      connection.join();
    }
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(port_) + path;
  }
  [[nodiscard]] std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    while (!stopping_) {
      UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (connection.valid()) {
        connections_.emplace_back([this, peer = std::move(connection)] { serve(peer.get()); });
      }
    }
  }

  void serve(int connection) {
    std::string head;
    char letter = 0;
    while (!head.ends_with("\r\n\r\n")) {
      if (::recv(connection, &letter, 1, 0) != 1) {
        return;
      }
      head.push_back(letter);
    }
    const std::size_t start = head.find(' ') + 1;
    Request request{head.substr(start, head.find(' ', start) - start), head, local_address(connection)};
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    handler_(request, {[this, connection](std::string_view bytes) { return send_all(connection, bytes); }});
  }

  bool send_all(int connection, std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return !stopping_;
  }

  static std::string local_address(int connection) {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    ::getsockname(connection, reinterpret_cast<sockaddr*>(&address), &length);
    return ::inet_ntoa(address.sin_addr);
  }

  Handler handler_;
  UniqueFd listener_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread acceptor_;
  std::vector<std::thread> connections_;  ///< touched by the acceptor alone until it is joined
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
};

}  // namespace pictor::net::testing
