#include "engine/protocol/channel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>

namespace pictor::engine {
namespace {

using Header = std::array<std::uint8_t, Channel::kHeaderBytes>;
/// Room for the control message of a full frame; the kernel truncates (and we refuse) what is larger.
constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(int) * Channel::kMaxDescriptors);

Header make_header(std::size_t body_bytes, FrameType type, std::size_t descriptors) {
  const auto length = static_cast<std::uint32_t>(body_bytes);
  return {static_cast<std::uint8_t>(length),        static_cast<std::uint8_t>(length >> 8U),
          static_cast<std::uint8_t>(length >> 16U), static_cast<std::uint8_t>(length >> 24U),
          static_cast<std::uint8_t>(type),          static_cast<std::uint8_t>(descriptors)};
}

std::uint32_t length_of(const Header& header) {
  return static_cast<std::uint32_t>(header[0]) | static_cast<std::uint32_t>(header[1]) << 8U |
         static_cast<std::uint32_t>(header[2]) << 16U | static_cast<std::uint32_t>(header[3]) << 24U;
}

/// Takes every descriptor out of a received message, also out of one that will be refused: a lost one would leak.
void take_descriptors(msghdr& message, std::vector<UniqueFd>& into) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      into.emplace_back(descriptor);
    }
  }
}

ChannelFault fault_of(int error) {
  return error == EPIPE || error == ECONNRESET || error == ENOTCONN ? ChannelFault::kClosed : ChannelFault::kBroken;
}

}  // namespace

std::string_view name_of(ChannelFault fault) {
  switch (fault) {
    case ChannelFault::kClosed:
      return "closed";
    case ChannelFault::kTimeout:
      return "timeout";
    case ChannelFault::kMalformed:
      return "malformed";
    case ChannelFault::kBroken:
      break;
  }
  return "broken";
}

Result<std::pair<UniqueFd, UniqueFd>> Channel::socket_pair() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail_internal(std::string("socketpair: ") + std::strerror(errno));
  }
  return std::pair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

ChannelResult<void> Channel::send(FrameType type, const Json& body, std::span<const int> descriptors,
                                  const Deadline& deadline) {
  const std::string text = dump_json(body);
  if (text.size() > kMaxBodyBytes || descriptors.size() > kMaxDescriptors) {
    return tl::unexpected(ChannelFault::kMalformed);
  }
  const Header header = make_header(text.size(), type, descriptors.size());
  if (const auto sent = send_bytes(header, descriptors, deadline); !sent) {
    return sent;
  }
  return send_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, {}, deadline);
}

ChannelResult<void> Channel::send_bytes(std::span<const std::uint8_t> bytes, std::span<const int> descriptors,
                                        const Deadline& deadline) {
  alignas(cmsghdr) std::array<std::uint8_t, kControlBytes> control{};
  while (!bytes.empty()) {
    iovec piece{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
      message.msg_control = control.data();
      message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
      cmsghdr* part = CMSG_FIRSTHDR(&message);
      part->cmsg_level = SOL_SOCKET;
      part->cmsg_type = SCM_RIGHTS;
      part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
      std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
    }
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      descriptors = {};  // they went with the first byte
    } else if (sent < 0 && errno == EAGAIN) {
      if (const auto ready = wait_for(POLLOUT, deadline); !ready) {
        return ready;
      }
    } else if (sent < 0 && errno != EINTR) {
      return tl::unexpected(fault_of(errno));
    }
  }
  return {};
}

ChannelResult<Frame> Channel::receive(const Limits& limits, const Deadline& deadline) {
  Frame frame;
  Header header{};
  if (const auto got = receive_bytes(header, frame.descriptors, deadline); !got) {
    return tl::unexpected(got.error());
  }
  const std::size_t length = length_of(header);
  const std::size_t announced = header[5];
  if (length > limits.body_bytes || announced > limits.descriptors || frame.descriptors.size() != announced) {
    return tl::unexpected(ChannelFault::kMalformed);
  }
  std::string text(length, '\0');
  std::vector<UniqueFd> unannounced;
  if (const auto got = receive_bytes({reinterpret_cast<std::uint8_t*>(text.data()), length}, unannounced, deadline);
      !got) {
    return tl::unexpected(got.error());
  }
  if (!unannounced.empty()) {
    return tl::unexpected(ChannelFault::kMalformed);
  }
  Result<Json> body = parse_json(text);
  if (!body || !body->is_object()) {
    return tl::unexpected(ChannelFault::kMalformed);
  }
  frame.type = static_cast<FrameType>(header[4]);
  frame.body = *std::move(body);
  return frame;
}

ChannelResult<void> Channel::receive_bytes(std::span<std::uint8_t> bytes, std::vector<UniqueFd>& descriptors,
                                           const Deadline& deadline) {
  alignas(cmsghdr) std::array<std::uint8_t, kControlBytes> control{};
  while (!bytes.empty()) {
    iovec piece{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EAGAIN) {
      if (const auto ready = wait_for(POLLIN, deadline); !ready) {
        return ready;
      }
      continue;
    }
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return tl::unexpected(got == 0 ? ChannelFault::kClosed : fault_of(errno));
    }
    take_descriptors(message, descriptors);
    if ((message.msg_flags & MSG_CTRUNC) != 0 || descriptors.size() > kMaxDescriptors) {
      return tl::unexpected(ChannelFault::kMalformed);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

ChannelResult<void> Channel::wait_for(short events, const Deadline& deadline) const {
  while (true) {
    int timeout_ms = -1;
    if (deadline) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now()).count();
      if (left <= 0) {
        return tl::unexpected(ChannelFault::kTimeout);
      }
      timeout_ms = static_cast<int>(std::min<std::chrono::milliseconds::rep>(left, 60'000));
    }
    pollfd waited{socket_.get(), events, 0};
    const int count = ::poll(&waited, 1, timeout_ms);
    if (count > 0) {
      return {};  // also for a hang-up: the call that follows says which
    }
    if (count < 0 && errno != EINTR) {
      return tl::unexpected(ChannelFault::kBroken);
    }
  }
}

ChannelResult<void> Channel::wait_readable(const Deadline& deadline) const { return wait_for(POLLIN, deadline); }

bool Channel::is_hung_up() const {
  pollfd asked{socket_.get(), POLLRDHUP, 0};
  return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void Channel::shut_down() {
  if (socket_.valid()) {
    ::shutdown(socket_.get(), SHUT_RDWR);
  }
}

}  // namespace pictor::engine
