#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/unique_fd.hpp"

namespace pictor::engine {

/// What a frame is about. The first group passes between the server and a child, the second between the server and the
/// fork server.
enum class FrameType : std::uint8_t {
  kRequest = 1,  ///< server → child, with descriptors: input, then outputs
  kStep = 2,     ///< child → server: {"step"}
  kDone = 3,     ///< child → server: the result
  kError = 4,    ///< child → server: {"code","public","private","fields"}

  kStart = 16,  ///< server → fork server, first: EngineSettings
  kReady = 17,  ///< fork server → server, once loaded: EngineReady
  kSpawn = 18,  ///< server → fork server: fork one child
  kChild =
      19,  ///< fork server → server: {"pid"}, with the server's end of the child's channel; {"pid":0} when it failed
  kKill = 20,    ///< server → fork server: {"pid"}
  kExited = 21,  ///< fork server → server: {"pid","signal","code"}
};

struct Frame {
  FrameType type = FrameType::kRequest;
  Json body;
  std::vector<UniqueFd> descriptors;
};

/// Why a channel gave no frame, or took none. After any of them but kTimeout at a frame's border the channel is
/// useless.
enum class ChannelFault {
  kClosed,     ///< the other side is gone
  kTimeout,    ///< the deadline passed
  kMalformed,  ///< what came is no frame, or is larger than was allowed
  kBroken,     ///< the system refused
};
[[nodiscard]] std::string_view name_of(ChannelFault fault);

template <class T>
using ChannelResult = tl::expected<T, ChannelFault>;

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// One end of a connected SOCK_STREAM Unix socket that carries frames: length of the body (u32, little endian), type
/// (u8), number of descriptors (u8), JSON. Descriptors travel by SCM_RIGHTS with the header. The reader believes
/// nothing: lengths, counts and JSON are checked against its own limits, and descriptors that were not announced are
/// closed.
///
/// One thread may send while another receives; two may not do the same.
class Channel {
 public:
  static constexpr std::size_t kHeaderBytes = 6;
  static constexpr std::size_t kMaxBodyBytes = 4U << 20U;
  static constexpr std::size_t kMaxDescriptors = 64;

  struct Limits {
    std::size_t body_bytes = kMaxBodyBytes;
    std::size_t descriptors = 0;
  };

  Channel() = default;
  explicit Channel(UniqueFd socket) : socket_(std::move(socket)) {}

  /// Both ends, close-on-exec. @error kInternal  no descriptors left
  [[nodiscard]] static Result<std::pair<UniqueFd, UniqueFd>> socket_pair();

  /// @param descriptors  stay the caller's
  ChannelResult<void> send(FrameType type, const Json& body, std::span<const int> descriptors = {},
                           const Deadline& deadline = {});
  ChannelResult<Frame> receive(const Limits& limits, const Deadline& deadline = {});

  /// Waits until something can be received. @error kTimeout, kBroken
  [[nodiscard]] ChannelResult<void> wait_readable(const Deadline& deadline) const;
  /// True when the other side has closed (or died), even if bytes are left to read.
  [[nodiscard]] bool is_hung_up() const;
  /// Wakes both ends out of send and receive, from any thread.
  void shut_down();
  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] bool valid() const { return socket_.valid(); }
  void close() { socket_.reset(); }

 private:
  ChannelResult<void> send_bytes(std::span<const std::uint8_t> bytes, std::span<const int> descriptors,
                                 const Deadline& deadline);
  ChannelResult<void> receive_bytes(std::span<std::uint8_t> bytes, std::vector<UniqueFd>& descriptors,
                                    const Deadline& deadline);
  [[nodiscard]] ChannelResult<void> wait_for(short events, const Deadline& deadline) const;

  UniqueFd socket_;
};

}  // namespace pictor::engine
