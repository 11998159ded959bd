#include "http/connection.hpp"

#include <algorithm>
#include <exception>

#include "http/exchange.hpp"
#include "http/problem.hpp"

namespace pictor::http {
namespace {

constexpr std::size_t kHeadLimit = 16U << 10U;
constexpr std::size_t kHeadRead = 4U << 10U;
constexpr std::size_t kBodyPiece = 256U << 10U;
/// An unread body this small is read and dropped, so that the connection can go on.
constexpr std::int64_t kSmallBody = 64LL << 10U;
/// A client that still sends after a refusal reads our answer only when its socket is not reset: so much is taken.
constexpr std::int64_t kDrainBytes = 16LL << 20U;
constexpr milliseconds kDrainTime{3'000};

namespace beast_http = boost::beast::http;

Error timeout_error() { return {ErrorCode::kRequestTimeout, "The request did not arrive in time."}; }
Error broken_body_error() {
  return {ErrorCode::kMalformedRequest, "The body does not follow HTTP/1.1 framing, or it broke off."};
}

}  // namespace

Connection::Connection(Socket socket, IoThread& thread, const ServerConfig& config, Api& api, ServerShared& shared)
    : socket_(std::move(socket)), thread_(thread), config_(config), api_(api), shared_(shared) {
  ++shared_.connections;
  api_.metrics().add_connections(1);
}

Connection::~Connection() {
  thread_.connections.erase(this);
  api_.metrics().add_connections(-1);
  --shared_.connections;
}

void Connection::start() {
  thread_.connections.insert(this);
  IoError ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  if (const auto peer = socket_.remote_endpoint(ignored); !ignored) {
    remote_ = peer.address().to_string();
  }
  asio::co_spawn(thread_.context.get_executor(), [self = shared_from_this()] { return self->run(); }, asio::detached);
}

void Connection::check_deadline(SteadyClock::time_point now) {
  if (now >= deadline_) {
    timed_out_ = true;
    expect_nothing();
    IoError ignored;
    socket_.cancel(ignored);
  }
}

void Connection::end_when_idle() {
  IoError ignored;
  if (idle_) {
    socket_.cancel(ignored);
  }
  if (waker_) {
    waker_->signal();
  }
}

void Connection::abort() {
  IoError ignored;
  socket_.close(ignored);
  if (waker_) {
    waker_->signal();
  }
}

void Connection::expect_within(milliseconds time) {
  deadline_ = std::min(SteadyClock::now() + time, request_deadline_);
}

Task<void> Connection::run() {
  try {
    bool go_on = true;
    while (go_on) {
      go_on = co_await serve_one();
    }
    co_await close_politely();
  } catch (const std::exception&) {
    // Out of memory, or a broken invariant: this connection ends, the others go on.
  }
  IoError ignored;
  socket_.close(ignored);
}

Task<bool> Connection::serve_one() {
  Parser parser;
  parser.header_limit(kHeadLimit);
  parser.body_limit(boost::none);
  request_deadline_ = SteadyClock::time_point::max();
  const Head head = co_await read_head(parser);
  if (head == Head::kClosed) {
    co_return false;
  }
  Exchange exchange;
  request_deadline_ = SteadyClock::now() + config_.request_timeout;
  if (head == Head::kComplete) {
    take_head(parser, exchange);
    api_.metrics().add_in_flight(1);
    co_await answer(parser, exchange);
    api_.metrics().add_in_flight(-1);
  } else {
    exchange.request.id = request_id_of({});
    exchange.request.method = Method::kOther;
    exchange.keep_alive = false;
    exchange.response = problem_response(
        head == Head::kTooLarge ? Error{ErrorCode::kHeadersTooLarge, "The request's head is larger than 16 KiB."}
        : head == Head::kTimeout
            ? timeout_error()
            : Error{ErrorCode::kMalformedRequest, "The request's head cannot be read as HTTP/1.1."},
        exchange.request.id);
  }
  exchange.keep_alive = exchange.keep_alive && exchange.wants_keep_alive && !shared_.stopping;
  bool drop_body = false;
  if (exchange.body_unread && !parser.is_done()) {
    const std::optional<std::int64_t>& length = exchange.request.content_length;
    drop_body = length && *length <= kSmallBody && !exchange.expects_continue;
    exchange.keep_alive = exchange.keep_alive && drop_body;
  }
  if (std::holds_alternative<WaitBody>(exchange.response.body)) {
    co_await await_job(exchange);
  }
  const bool written = co_await write_response(exchange);
  finish(exchange);
  if (!written || !exchange.keep_alive) {
    co_return false;
  }
  if (drop_body) {
    const std::unique_ptr<BodySink> nowhere = make_ignoring_sink();
    const std::optional<Error> error = co_await read_body(parser, exchange, *nowhere);
    if (error) {
      co_return false;
    }
  }
  co_return true;
}

Task<Connection::Head> Connection::read_head(Parser& parser) {
  bool begun = false;
  while (true) {
    if (buffer_.size() > 0) {
      if (!begun) {
        begun = true;
        deadline_ = SteadyClock::now() + config_.idle_timeout;  // for the whole head, however it trickles in
      }
      IoError error;
      buffer_.consume(parser.put(buffer_.data(), error));
      if (parser.is_header_done()) {
        expect_nothing();
        co_return Head::kComplete;
      }
      if (error == beast_http::error::header_limit || buffer_.size() > kHeadLimit) {
        co_return Head::kTooLarge;
      }
      if (error && error != beast_http::error::need_more) {
        co_return Head::kMalformed;
      }
    } else if (!begun) {
      deadline_ = SteadyClock::now() + config_.idle_timeout;
      buffer_.shrink_to_fit();  // an idle connection keeps no buffer of the body before
    }
    idle_ = !begun;
    if (idle_ && shared_.stopping) {
      co_return Head::kClosed;
    }
    const auto [error, count] = co_await socket_.async_read_some(buffer_.prepare(kHeadRead), kTuple);
    idle_ = false;
    if (error) {
      co_return timed_out_&& begun ? Head::kTimeout : Head::kClosed;
    }
    buffer_.commit(count);
  }
}

void Connection::take_head(const Parser& parser, Exchange& exchange) const {
  const auto& message = parser.get();
  Request& request = exchange.request;
  request.method_name = std::string(message.method_string());
  request.method = method_from_name(request.method_name);
  exchange.target = std::string(message.target());
  for (const auto& field : message) {
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  request.id = request_id_of(request.header("X-Request-Id"));
  request.remote_address = remote_;
  exchange.is_http_1_0 = message.version() < 11;
  exchange.wants_keep_alive = parser.keep_alive();
  exchange.expects_continue =
      !exchange.is_http_1_0 && beast_http::token_list(request.header("Expect")).exists("100-continue");
  if (const auto length = parser.content_length()) {
    request.content_length = static_cast<std::int64_t>(std::min<std::uint64_t>(*length, INT64_MAX));
  }
  request.has_body = parser.chunked() || request.content_length.value_or(0) > 0;
}

Task<void> Connection::answer(Parser& parser, Exchange& exchange) {
  Request& request = exchange.request;
  exchange.body_unread = request.has_body;
  const std::string host = request.header_list("Host");
  if ((!exchange.is_http_1_0 && host.empty()) || host.find(',') != std::string::npos) {
    exchange.response = problem_response({ErrorCode::kMalformedRequest, "HTTP/1.1 needs one Host header."}, request.id);
    exchange.keep_alive = false;
    co_return;
  }
  std::optional<Response> at_once = api_.begin(request, exchange.target, exchange.endpoint);
  if (at_once) {
    exchange.response = *std::move(at_once);
    co_return;
  }
  const Endpoint& endpoint = *exchange.endpoint;
  std::unique_ptr<BodySink> sink;
  std::function<void()> work = [this, &exchange, &endpoint, &sink] {
    Result<std::unique_ptr<BodySink>> admitted = api_.admit(exchange.request, endpoint);
    if (!admitted) {
      exchange.response = problem_response(admitted.error(), exchange.request.id);
    } else if (*admitted == nullptr) {
      exchange.response = api_.handle(exchange.request, endpoint);
    } else {
      sink = *std::move(admitted);
    }
  };
  // Who asks is one quick read, also where the handler is slow; only without a body both are done in one go.
  WorkerPool& pool = request.has_body ? api_.pool_of(Lane::kQuick) : api_.pool_of(endpoint.lane);
  co_await run_on(pool, std::move(work));
  if (sink) {
    co_await answer_with_body(parser, exchange, std::move(sink));
  }
}

Task<void> Connection::answer_with_body(Parser& parser, Exchange& exchange, std::unique_ptr<BodySink> sink) {
  if (exchange.expects_continue && buffer_.size() == 0) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const bool written = co_await write_all(kContinue.data(), kContinue.size());
    if (!written) {
      exchange.keep_alive = false;
      co_return;
    }
    exchange.expects_continue = false;
  }
  const std::optional<Error> error = co_await read_body(parser, exchange, *sink);
  if (error) {
    // What was written of the upload goes on a worker thread: unlinking large files takes time.
    std::function<void()> drop = [&sink] { sink.reset(); };
    co_await run_on(api_.disk_pool(), std::move(drop));
    exchange.response = problem_response(*error, exchange.request.id);
    exchange.keep_alive = exchange.keep_alive && parser.is_done();
    co_return;
  }
  exchange.body_unread = false;
  buffer_.shrink_to_fit();
  const Endpoint& endpoint = *exchange.endpoint;
  std::function<void()> work = [this, &exchange, &endpoint, &sink] {
    Result<void> finished = fail_internal("body");
    try {
      finished = sink->finish(exchange.request);
    } catch (const std::exception& failure) {
      finished = fail_internal(std::string("body: ") + failure.what());
    }
    exchange.response =
        finished ? api_.handle(exchange.request, endpoint) : problem_response(finished.error(), exchange.request.id);
    sink.reset();
    exchange.request.upload = {};
  };
  co_await run_on(api_.pool_of(endpoint.lane), std::move(work));
}

Task<std::optional<Error>> Connection::read_body(Parser& parser, Exchange& exchange, BodySink& sink) {
  const std::int64_t expected = exchange.request.content_length.value_or(static_cast<std::int64_t>(kBodyPiece));
  const auto size = static_cast<std::size_t>(std::clamp<std::int64_t>(expected, 512, kBodyPiece));
  const auto piece = std::make_unique<std::uint8_t[]>(size);
  std::optional<Error> error;
  while (!parser.is_done()) {
    const std::size_t count = co_await read_piece(parser, piece.get(), size, error);
    if (error) {
      co_return error;
    }
    exchange.bytes_in += static_cast<std::int64_t>(count);
    if (exchange.bytes_in > sink.limit()) {
      co_return Error{ErrorCode::kPayloadTooLarge,
                      "The body is larger than the " + std::to_string(sink.limit()) + " bytes that are taken here."};
    }
    const std::span<const std::uint8_t> bytes(piece.get(), count);
    Result<void> taken;
    std::function<void()> take = [&taken, &sink, bytes] {
      try {
        taken = sink.write(bytes);
      } catch (const std::exception& failure) {
        taken = fail_internal(std::string("body: ") + failure.what());
      }
    };
    if (sink.blocks()) {
      co_await run_on(api_.disk_pool(), std::move(take));
    } else {
      take();
    }
    if (!taken) {
      co_return taken.error();
    }
  }
  co_return std::nullopt;
}

Task<std::size_t> Connection::read_piece(Parser& parser, std::uint8_t* piece, std::size_t size,
                                         std::optional<Error>& error) {
  auto& body = parser.get().body();
  body.data = piece;
  body.size = size;
  body.more = true;
  while (!parser.is_done() && body.size > 0) {
    if (buffer_.size() == 0) {
      expect_within(config_.idle_timeout);
      buffer_.reserve(size);
      const auto [failure, count] = co_await socket_.async_read_some(buffer_.prepare(size), kTuple);
      expect_nothing();
      if (failure) {
        error = timed_out_ ? timeout_error() : broken_body_error();
        co_return 0;
      }
      buffer_.commit(count);
    }
    IoError failure;
    buffer_.consume(parser.put(buffer_.data(), failure));
    if (failure == beast_http::error::need_more) {
      // A chunk's head is cut in two: more must come behind what is there.
      expect_within(config_.idle_timeout);
      if (buffer_.size() > kHeadLimit) {
        error = broken_body_error();
        co_return 0;
      }
      const auto [read_failure, count] = co_await socket_.async_read_some(buffer_.prepare(kHeadRead), kTuple);
      expect_nothing();
      if (read_failure) {
        error = timed_out_ ? timeout_error() : broken_body_error();
        co_return 0;
      }
      buffer_.commit(count);
    } else if (failure == beast_http::error::need_buffer) {
      break;
    } else if (failure) {
      error = broken_body_error();
      co_return 0;
    }
  }
  co_return size - body.size;
}

Task<void> Connection::close_politely() {
  IoError failure;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, failure);
  if (failure) {
    co_return;
  }
  request_deadline_ = SteadyClock::now() + kDrainTime;
  timed_out_ = false;
  buffer_.clear();
  std::int64_t drained = 0;
  while (drained < kDrainBytes && !shared_.stopping) {
    deadline_ = request_deadline_;
    const auto [error, count] = co_await socket_.async_read_some(buffer_.prepare(kBodyPiece), kTuple);
    if (error) {
      break;
    }
    drained += static_cast<std::int64_t>(count);
  }
  expect_nothing();
}

void Connection::finish(Exchange& exchange) {
  const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - exchange.started);
  const std::string_view route = exchange.endpoint == nullptr ? std::string_view("-") : exchange.endpoint->pattern;
  const std::string_view method = name_of(exchange.request.method);
  api_.metrics().count_request(method, route, exchange.status, static_cast<double>(duration.count()) / 1e6,
                               exchange.bytes_in, exchange.bytes_out);
  if (api_.config().log) {
    RequestLog entry;
    entry.request_id = exchange.request.id;
    entry.key_id =
        exchange.request.principal ? std::string_view(exchange.request.principal->key.str()) : std::string_view();
    entry.method = method;
    entry.route = route;
    entry.status = exchange.status;
    entry.duration = duration;
    entry.bytes_in = exchange.bytes_in;
    entry.bytes_out = exchange.bytes_out;
    entry.note = exchange.response.error_note;
    entry.is_probe = exchange.endpoint != nullptr && exchange.endpoint->lane == Lane::kDirect;
    api_.config().log(entry);
  }
}

}  // namespace pictor::http
