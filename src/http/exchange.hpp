#pragma once

#include "http/connection.hpp"

namespace pictor::http {

/// One request on its way through a connection.
struct Connection::Exchange {
  Request request;
  std::string target;
  bool is_http_1_0 = false;
  bool wants_keep_alive = true;
  bool expects_continue = false;
  const Endpoint* endpoint = nullptr;  ///< nullptr: none fitted
  Response response;
  bool body_unread = false;  ///< the request's body was not (wholly) read
  bool keep_alive = true;    ///< after the answer
  std::int64_t bytes_in = 0;
  std::int64_t bytes_out = 0;
  int status = 0;  ///< as written
  SteadyClock::time_point started = SteadyClock::now();
};

}  // namespace pictor::http
