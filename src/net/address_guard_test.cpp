#include "net/address_guard.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace pictor::net {
namespace {

std::string verdict(const std::string& address, const std::vector<std::string>& allowed_networks = {}) {
  const auto guard = AddressGuard::make(allowed_networks);
  const auto parsed = IpAddress::parse(address);
  if (!guard || !parsed) {
    return "unparsed";
  }
  return std::string(guard->refusal(*parsed).value_or("allowed"));
}

struct Row {
  std::string address;
  std::string verdict;
};

TEST(AddressGuard, RefusesWhatThePublicInternetDoesNotRoute) {
  const std::vector<Row> rows = {
      {"0.0.0.0", "this network"},
      {"0.255.255.255", "this network"},
      {"10.0.0.1", "private"},
      {"10.255.255.255", "private"},
      {"100.64.0.1", "carrier-grade NAT"},
      {"100.127.255.255", "carrier-grade NAT"},
      {"127.0.0.1", "loopback"},
      {"127.255.255.254", "loopback"},
      {"169.254.169.254", "link-local"},
      {"172.16.0.1", "private"},
      {"172.31.255.255", "private"},
      {"192.0.0.8", "protocol assignments"},
      {"192.0.2.5", "documentation"},
      {"192.88.99.1", "6to4 relay"},
      {"192.168.1.1", "private"},
      {"198.18.0.1", "benchmarking"},
      {"198.19.255.255", "benchmarking"},
      {"198.51.100.7", "documentation"},
      {"203.0.113.7", "documentation"},
      {"224.0.0.1", "multicast"},
      {"239.255.255.255", "multicast"},
      {"240.0.0.1", "reserved"},
      {"255.255.255.255", "broadcast"},
      {"::", "unspecified"},
      {"::1", "loopback"},
      {"::8.8.8.8", "IPv4-compatible"},
      {"::127.0.0.1", "IPv4-compatible"},
      {"::ffff:127.0.0.1", "loopback"},
      {"::ffff:10.1.2.3", "private"},
      {"::ffff:a9fe:a9fe", "link-local"},
      {"::ffff:0:127.0.0.1", "IPv4-translated"},
      {"64:ff9b::7f00:1", "NAT64"},
      {"64:ff9b:1::a00:1", "NAT64"},
      {"64:ff9b:1:ffff::1", "NAT64"},
      {"64:ff9b:2::1", "not global unicast"},
      {"100::1", "discard"},
      {"2001::1", "Teredo"},
      {"2001:0:7f00:1::", "Teredo"},
      {"2001:2::1", "protocol assignments"},
      {"2001:20::1", "protocol assignments"},
      {"2001:db8::1", "documentation"},
      {"2002:7f00:1::1", "6to4"},
      {"3fff:fff::1", "documentation"},
      {"2a00:1450:4001:80b::5efe:a00:1", "ISATAP"},
      {"2a00:1450:4001:80b:200:5efe:a00:1", "ISATAP"},
      {"4000::1", "not global unicast"},
      {"fc00::1", "unique local"},
      {"fd12:3456::1", "unique local"},
      {"fe80::1", "link-local"},
      {"febf::1", "link-local"},
      {"fec0::1", "site-local"},
      {"ff02::1", "multicast"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(verdict(row.address), row.verdict) << row.address;
  }
}

TEST(AddressGuard, AllowsPublicAddressesUpToTheBordersOfTheRefusedBlocks) {
  for (const char* address :
       {"1.1.1.1",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",       "100.128.0.0",
        "126.255.255.255", "128.0.0.0",       "169.253.255.255", "172.15.255.255",       "172.32.0.0",
        "192.0.1.0",       "192.167.255.255", "192.169.0.0",     "198.17.255.255",       "198.20.0.0",
        "223.255.255.255", "::ffff:8.8.8.8",  "2001:200::1",     "2001:4860:4860::8888", "2003::1",
        "2606:4700::1111", "3ffe::1"}) {
    EXPECT_EQ(verdict(address), "allowed") << address;
  }
}

TEST(AddressGuard, AnAllowedNetworkOpensWhatLiesInItAndNothingElse) {
  EXPECT_EQ(verdict("10.1.2.3", {"10.1.0.0/16"}), "allowed");
  EXPECT_EQ(verdict("::ffff:10.1.2.3", {"10.1.0.0/16"}), "allowed");
  EXPECT_EQ(verdict("10.1.2.3", {"::ffff:10.1.0.0/112"}), "allowed");
  EXPECT_EQ(verdict("10.2.0.1", {"10.1.0.0/16"}), "private");
  EXPECT_EQ(verdict("10.2.0.1", {"192.168.0.0/16", "10.2.0.1"}), "allowed");
  EXPECT_EQ(verdict("172.20.129.1", {"172.20.128.0/17"}), "allowed");
  EXPECT_EQ(verdict("172.20.127.1", {"172.20.128.0/17"}), "private");
  EXPECT_EQ(verdict("fd00::5", {"fd00::/8"}), "allowed");
  EXPECT_EQ(verdict("fc00::5", {"fd00::/8"}), "unique local");
  EXPECT_EQ(verdict("127.0.0.1", {"0.0.0.0/0"}), "allowed");
  EXPECT_EQ(verdict("::1", {"0.0.0.0/0"}), "loopback");
  EXPECT_EQ(verdict("127.0.0.1", {"::/0"}), "loopback");
}

TEST(AddressGuard, ABadNetworkIsNamed) {
  for (const char* network :
       {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "10/8", "localhost", "", "fd00::/129", "0x7f.0.0.1",
        "127.1", "10.0.0.0/-0", "::ffff:10.0.0.0/8", "::ffff:0:0/95"}) {
    const auto guard = AddressGuard::make({"10.0.0.0/8", network});
    ASSERT_FALSE(guard) << network;
    EXPECT_EQ(guard.error().code, ErrorCode::kInvalidField);
    EXPECT_NE(guard.error().public_message.find('"' + std::string(network) + '"'), std::string::npos) << network;
  }
}

}  // namespace
}  // namespace pictor::net
