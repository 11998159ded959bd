#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "net/ip_address.hpp"
#include "net/resolver.hpp"

namespace pictor::net::testing {

/// For tests: a DNS server on 127.0.0.1 (UDP, RFC 1035) that answers its n-th query with the n-th set of A records,
/// and every later one with the last.
class DnsServer {
 public:
  explicit DnsServer(std::vector<std::vector<IpAddress::V4>> answers)
      : answers_(std::move(answers)), socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address_;
    (void)::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address_), length);
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address_), &length);
    const timeval slice{.tv_sec = 0, .tv_usec = 50'000};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice);
    thread_ = std::thread([this] { answer_all(); });
  }
  ~DnsServer() {
    stopping_ = true;
    thread_.join();
  }
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  [[nodiscard]] int queries() const { return queries_; }

  /// Asks this server, over the wire. The server must outlive it.
  [[nodiscard]] Resolver resolver() const {
    return [server = address_](const std::string& host) { return ask(server, host); };
  }

 private:
  static constexpr std::size_t kHeaderBytes = 12;
  static constexpr std::size_t kRecordBytes = 16;
  using Packet = std::vector<std::uint8_t>;

  static Packet question_for(const std::string& host) {
    Packet packet = {0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0};
    for (std::string_view rest = host; !rest.empty();) {
      const std::string_view label = rest.substr(0, rest.find('.'));
      packet.push_back(static_cast<std::uint8_t>(label.size()));
      packet.insert(packet.end(), label.begin(), label.end());
      rest.remove_prefix(std::min(label.size() + 1, rest.size()));
    }
    for (const std::uint8_t byte : {0, 0, 1, 0, 1}) {  // root label, type A, class IN
      packet.push_back(byte);
    }
    return packet;
  }

  static Result<std::vector<IpAddress>> ask(const sockaddr_in& server, const std::string& host) {
    const Packet question = question_for(host);
    const UniqueFd client(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::sendto(client.get(), question.data(), question.size(), 0, reinterpret_cast<const sockaddr*>(&server),
             sizeof server);
    std::array<std::uint8_t, 512> packet{};
    const ssize_t received = ::recv(client.get(), packet.data(), packet.size(), 0);
    std::vector<IpAddress> addresses;
    for (std::size_t at = question.size(); received > 0 && at + kRecordBytes <= static_cast<std::size_t>(received);
         at += kRecordBytes) {
      addresses.push_back(
          IpAddress::of(IpAddress::V4{packet.at(at + 12), packet.at(at + 13), packet.at(at + 14), packet.at(at + 15)}));
    }
    return addresses;
  }

  void answer_all() {
    std::array<std::uint8_t, 512> query{};
    while (!stopping_) {
      sockaddr_in client{};
      socklen_t length = sizeof client;
      const ssize_t received =
          ::recvfrom(socket_.get(), query.data(), query.size(), 0, reinterpret_cast<sockaddr*>(&client), &length);
      if (received <= static_cast<ssize_t>(kHeaderBytes)) {
        continue;
      }
      const auto turn = std::min(static_cast<std::size_t>(queries_++), answers_.size() - 1);
      const Packet answer = answer_to({query.begin(), query.begin() + received}, answers_[turn]);
      ::sendto(socket_.get(), answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&client), length);
    }
  }

  static Packet answer_to(Packet packet, const std::vector<IpAddress::V4>& addresses) {
    packet[2] = 0x81;  // an answer, recursion desired
    packet[3] = 0x80;  // recursion available, no error
    packet[7] = static_cast<std::uint8_t>(addresses.size());
    for (const IpAddress::V4& address : addresses) {
      // Name by pointer to the question, type A, class IN, lives 0 seconds, 4 bytes.
      packet.insert(packet.end(), {0xc0, kHeaderBytes, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4});
      packet.insert(packet.end(), address.begin(), address.end());
    }
    return packet;
  }

  std::vector<std::vector<IpAddress::V4>> answers_;
  UniqueFd socket_;
  sockaddr_in address_{};
  std::atomic<int> queries_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace pictor::net::testing
