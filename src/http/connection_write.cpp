#include <array>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <sys/sendfile.h>

#include "http/exchange.hpp"

namespace pictor::http {
namespace {

constexpr std::size_t kFilePiece = 512U << 10U;
constexpr std::size_t kEventBytes = 64U << 10U;
constexpr int kStoredEvents = 100;

/// Once a second is enough; formatting the date 40,000 times is not free.
const std::string& date_line() {
  thread_local std::string line;
  thread_local std::int64_t second = 0;
  const Timestamp now = SystemClock().now();
  if (const std::int64_t present = to_unix_ms(now) / 1000; present != second) {
    second = present;
    line = "Date: " + format_http_date(now) + "\r\n";
  }
  return line;
}

bool has_header(const Response& response, std::string_view name) {
  for (const Header& header : response.headers) {
    if (header.name == name) {
      return true;
    }
  }
  return false;
}

/// Values come from our own code, but some carry a client's words: no line break ever gets into a head.
void append_header(std::string& head, const Header& header) {
  head += header.name;
  head += ": ";
  for (const char c : header.value) {
    if (c != '\r' && c != '\n' && c != '\0') {
      head += c;
    }
  }
  head += "\r\n";
}

std::string chunk_of(const std::string& piece) {
  std::array<char, 20> size{};
  const int length = std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
  std::string chunk(size.data(), static_cast<std::size_t>(length));
  chunk += piece;
  chunk += "\r\n";
  return chunk;
}

/// Ends a subscription with its scope.
class Subscription {
 public:
  Subscription(std::shared_ptr<EventFeed> feed, const std::shared_ptr<Waker>& waker)
      : feed_(std::move(feed)), token_(feed_->subscribe([waker] { waker->signal(); })) {}
  ~Subscription() { feed_->unsubscribe(token_); }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  std::shared_ptr<EventFeed> feed_;
  std::uint64_t token_;
};

constexpr std::int64_t kUnknownLength = -1;

}  // namespace

std::string Connection::make_head(const Exchange& exchange, const Response& response, std::int64_t length) const {
  std::string head;
  head.reserve(512);
  head += "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += reason_phrase(response.status);
  head += "\r\nServer: pictor\r\n";
  head += date_line();
  for (const Header& header : response.headers) {
    append_header(head, header);
  }
  append_header(head, {"X-Request-Id", exchange.request.id});
  head += "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\n";
  if (!has_header(response, "Content-Security-Policy")) {
    head += "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
  }
  if (length != kUnknownLength) {
    if (response.status != 204 && response.status != 304) {
      head += "Content-Length: " + std::to_string(length) + "\r\n";
    }
  } else if (!exchange.is_http_1_0) {
    head += "Transfer-Encoding: chunked\r\n";
  }
  if (!exchange.keep_alive) {
    head += "Connection: close\r\n";
  } else if (exchange.is_http_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  head += "\r\n";
  return head;
}

Task<bool> Connection::write_response(Exchange& exchange) {
  Response& response = exchange.response;
  api_.add_cors(exchange.request, response);
  for (const Header& header : exchange.request.answer_headers) {
    response.headers.push_back(header);
  }
  exchange.status = response.status;
  exchange.keep_alive = exchange.keep_alive && !response.close_connection;
  request_deadline_ = SteadyClock::time_point::max();
  timed_out_ = false;
  if (auto* file = std::get_if<FileBody>(&response.body)) {
    const std::string head = make_head(exchange, response, file->length);
    const bool written = co_await write_all(head.data(), head.size());
    if (!written || exchange.request.method == Method::kHead) {
      co_return written;
    }
    co_return co_await write_file(exchange, *file);
  }
  auto* chunks = std::get_if<std::unique_ptr<ChunkSource>>(&response.body);
  auto* events = std::get_if<EventBody>(&response.body);
  if (chunks != nullptr || events != nullptr) {
    exchange.keep_alive = exchange.keep_alive && !exchange.is_http_1_0;
    const std::string head = make_head(exchange, response, kUnknownLength);
    const bool written = co_await write_all(head.data(), head.size());
    if (!written || exchange.request.method == Method::kHead) {
      co_return written;
    }
    if (chunks != nullptr) {
      co_return co_await write_chunks(exchange, **chunks);
    }
    co_return co_await write_events(exchange, *events);
  }
  static const std::string kEmpty;
  const auto* text = std::get_if<std::string>(&response.body);
  const std::string& body = text == nullptr ? kEmpty : *text;
  std::string head = make_head(exchange, response, static_cast<std::int64_t>(body.size()));
  co_return co_await write_text(exchange, std::move(head), exchange.request.method == Method::kHead ? kEmpty : body);
}

Task<bool> Connection::write_text(Exchange& exchange, std::string head, const std::string& body) {
  exchange.bytes_out = static_cast<std::int64_t>(body.size());
  if (body.size() <= 16U << 10U) {
    head += body;  // one call, one packet mostly
    co_return co_await write_all(head.data(), head.size());
  }
  const bool written = co_await write_all(head.data(), head.size());
  if (!written) {
    co_return false;
  }
  co_return co_await write_all(body.data(), body.size());
}

Task<bool> Connection::write_all(const char* bytes, std::size_t size) {
  while (size > 0) {
    IoError error;
    std::size_t count = socket_.write_some(asio::buffer(bytes, size), error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      expect_within(config_.idle_timeout);
      const auto [failure] = co_await socket_.async_wait(Socket::wait_write, kTuple);
      expect_nothing();
      if (failure) {
        co_return false;
      }
      count = 0;
    } else if (error) {
      co_return false;
    }
    bytes += count;
    size -= count;
  }
  co_return true;
}

Task<bool> Connection::write_file(Exchange& exchange, const FileBody& file) {
  off_t offset = file.offset;
  std::int64_t rest = file.length;
  while (rest > 0) {
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(rest, kFilePiece));
    const ssize_t count = ::sendfile(socket_.native_handle(), file.descriptor.get(), &offset, wanted);
    if (count > 0) {
      rest -= count;
      exchange.bytes_out += count;
      if (rest > 0 && static_cast<std::size_t>(count) == wanted) {
        // A client on a fast line never makes us wait: others get their turn.
        co_await asio::post(thread_.context.get_executor(), asio::use_awaitable_t<Executor>());
      }
      continue;
    }
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count == 0 || errno != EAGAIN) {
      co_return false;  // shorter than its row says, or the client is gone
    }
    expect_within(config_.idle_timeout);
    const auto [failure] = co_await socket_.async_wait(Socket::wait_write, kTuple);
    expect_nothing();
    if (failure) {
      co_return false;
    }
  }
  co_return true;
}

Task<bool> Connection::write_piece(Exchange& exchange, const std::string& piece) {
  exchange.bytes_out += static_cast<std::int64_t>(piece.size());
  if (exchange.is_http_1_0) {
    co_return co_await write_all(piece.data(), piece.size());
  }
  const std::string chunk = chunk_of(piece);
  co_return co_await write_all(chunk.data(), chunk.size());
}

Task<bool> Connection::write_end(const Exchange& exchange) {
  static constexpr std::string_view kLastChunk = "0\r\n\r\n";
  if (exchange.is_http_1_0) {
    co_return true;  // the end of the connection is the end of the body
  }
  co_return co_await write_all(kLastChunk.data(), kLastChunk.size());
}

Task<bool> Connection::write_chunks(Exchange& exchange, ChunkSource& source) {
  while (true) {
    Result<std::string> piece = std::string();
    std::function<void()> make = [&piece, &source] {
      try {
        piece = source.next();
      } catch (const std::exception& failure) {
        piece = fail_internal(std::string("archive: ") + failure.what());
      }
    };
    co_await run_on(api_.disk_pool(), std::move(make));
    if (!piece) {
      exchange.response.error_note = piece.error().private_message;
      co_return false;  // without the last chunk the client knows that this is not all
    }
    if (piece->empty()) {
      break;
    }
    const bool written = co_await write_piece(exchange, *piece);
    if (!written) {
      co_return false;
    }
  }
  co_return co_await write_end(exchange);
}

Task<bool> Connection::write_events(Exchange& exchange, EventBody body) {
  api_.metrics().add_event_streams(1);
  const std::shared_ptr<void> counted(nullptr, [this](void*) { api_.metrics().add_event_streams(-1); });
  waker_ = std::make_shared<Waker>(thread_.context.get_executor());
  const std::shared_ptr<EventFeed> feed = api_.events().feed(body.job);
  const Subscription subscription(feed, waker_);
  std::int64_t last = body.after;
  bool complete = false;
  bool written = co_await write_piece(exchange, ":\n\n");  // so that the client sees an open stream at once
  while (written && !complete && !shared_.stopping) {
    EventFeed::Slice slice = feed->after(last, kEventBytes);
    if (slice.is_behind) {
      std::function<void()> read = [this, &slice, &body, last] {
        const Result<std::vector<domain::JobEvent>> events = api_.events().read()(body.job, last, kStoredEvents);
        for (const domain::JobEvent& event : events ? *events : std::vector<domain::JobEvent>()) {
          slice.events.push_back(std::make_shared<const std::string>(encode_event(event)));
          slice.last_id = event.id;
          slice.complete = event.type == "complete";
        }
      };
      co_await run_on(api_.pool_of(Lane::kQuick), std::move(read));
    }
    complete = slice.complete;
    last = slice.last_id;
    if (!slice.events.empty()) {
      std::string text;
      for (const auto& event : slice.events) {
        text += *event;
      }
      written = co_await write_piece(exchange, text);
      continue;
    }
    if (complete) {
      break;
    }
    const bool signalled = co_await waker_->wait(config_.event_heartbeat);
    if (!signalled) {
      written = co_await write_piece(exchange, ": still here\n\n");
      api_.events().refresh(body.job, feed);
    }
  }
  waker_.reset();
  if (!written) {
    co_return false;
  }
  co_return co_await write_end(exchange);
}

Task<void> Connection::await_job(Exchange& exchange) {
  const WaitBody wait = std::move(std::get<WaitBody>(exchange.response.body));
  waker_ = std::make_shared<Waker>(thread_.context.get_executor());
  const std::shared_ptr<EventFeed> feed = api_.events().feed(wait.job);
  const Subscription subscription(feed, waker_);
  const auto end = SteadyClock::now() + wait.limit;
  while (!feed->is_complete() && !shared_.stopping) {
    const auto rest = std::chrono::duration_cast<milliseconds>(end - SteadyClock::now());
    if (rest.count() <= 0) {
      break;
    }
    co_await waker_->wait(rest);
  }
  waker_.reset();
  exchange.response = problem_response(fail_internal("wait").value(), exchange.request.id);
  std::function<void()> work = [&exchange, &wait] { exchange.response = wait.finish(); };
  co_await run_on(api_.pool_of(Lane::kQuick), std::move(work));
}

}  // namespace pictor::http
