#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory>
#include <optional>
#include <string>

#include "http/api.hpp"
#include "http/io.hpp"
#include "http/server.hpp"

namespace pictor::http {

/// Serves the requests of one socket, one after another (RFC 9112). Lives on one I/O thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket socket, IoThread& thread, const ServerConfig& config, Api& api, ServerShared& shared);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Once, on its thread.
  void start();
  /// Ends a wait whose deadline is over. On its thread.
  void check_deadline(SteadyClock::time_point now);
  /// The server is stopping: idle connections and event streams end now, others after their answer. On its thread.
  void end_when_idle();
  /// Whatever is under way. On its thread.
  void abort();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  enum class Head { kComplete, kClosed, kTimeout, kTooLarge, kMalformed };
  struct Exchange;

  Task<void> run();
  Task<bool> serve_one();
  Task<Head> read_head(Parser& parser);
  void take_head(const Parser& parser, Exchange& exchange) const;
  Task<void> answer(Parser& parser, Exchange& exchange);
  Task<void> answer_with_body(Parser& parser, Exchange& exchange, std::unique_ptr<BodySink> sink);
  Task<std::optional<Error>> read_body(Parser& parser, Exchange& exchange, BodySink& sink);
  /// Fills `piece` from the parser. @return bytes
  Task<std::size_t> read_piece(Parser& parser, std::uint8_t* piece, std::size_t size, std::optional<Error>& error);
  Task<void> close_politely();

  Task<bool> write_response(Exchange& exchange);
  [[nodiscard]] std::string make_head(const Exchange& exchange, const Response& response, std::int64_t length) const;
  Task<bool> write_text(Exchange& exchange, std::string head, const std::string& body);
  Task<bool> write_file(Exchange& exchange, const FileBody& file);
  Task<bool> write_chunks(Exchange& exchange, ChunkSource& source);
  Task<bool> write_events(Exchange& exchange, EventBody body);
  Task<void> await_job(Exchange& exchange);
  Task<bool> write_piece(Exchange& exchange, const std::string& piece);
  /// Of a body in pieces.
  Task<bool> write_end(const Exchange& exchange);
  Task<bool> write_all(const char* bytes, std::size_t size);
  void finish(Exchange& exchange);

  void expect_within(milliseconds time);
  void expect_nothing() { deadline_ = SteadyClock::time_point::max(); }

  Socket socket_;
  IoThread& thread_;
  const ServerConfig& config_;
  Api& api_;
  ServerShared& shared_;
  boost::beast::flat_buffer buffer_;
  SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
  SteadyClock::time_point request_deadline_ = SteadyClock::time_point::max();
  bool timed_out_ = false;
  bool idle_ = false;
  std::string remote_;
  std::shared_ptr<Waker> waker_;  ///< of the event stream or wait that is under way
};

}  // namespace pictor::http
