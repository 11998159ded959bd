#pragma once

#include <map>
#include <string>
#include <vector>

#include "http/endpoint.hpp"

namespace pictor::http {

/// Finds the endpoint of a method and a path. Filled once, then read by all threads.
class Router {
 public:
  void add(Endpoint endpoint);

  struct Match {
    const Endpoint* endpoint = nullptr;  ///< nullptr: no such path, or not for this method
    std::map<std::string, std::string, std::less<>> parameters;
    std::string allow;  ///< methods of the path, for 405 and OPTIONS; empty when there is no such path
  };
  /// HEAD finds GET. A literal segment wins over a parameter.
  [[nodiscard]] Match match(Method method, const std::vector<std::string>& segments) const;
  [[nodiscard]] const std::vector<Endpoint>& endpoints() const { return endpoints_; }

 private:
  struct Pattern {
    std::vector<std::string> segments;  ///< `{name}` is a parameter
    std::size_t endpoint = 0;
  };
  std::vector<Endpoint> endpoints_;
  std::vector<Pattern> patterns_;
};

}  // namespace pictor::http
