#include "http/client_address.hpp"

#include <gtest/gtest.h>

namespace pictor::http {
namespace {

std::string client(const std::vector<std::string>& trusted, const std::string& peer, std::string_view forwarded) {
  return TrustedProxies::parse(trusted).value().client_of(peer, forwarded);
}

TEST(ClientAddress, IsThePeerUnlessAProxyIsTrusted) {
  EXPECT_EQ(client({}, "192.0.2.1", "203.0.113.9"), "192.0.2.1");
  EXPECT_EQ(client({"10.0.0.0/8"}, "192.0.2.1", "203.0.113.9"), "192.0.2.1");
  EXPECT_EQ(client({"10.0.0.0/8"}, "10.1.2.3", ""), "10.1.2.3");
}

TEST(ClientAddress, IsTheLastThatIsNoProxyAndNotWhatAClientClaims) {
  const std::vector<std::string> trusted = {"10.0.0.0/8", "::1"};
  EXPECT_EQ(client(trusted, "10.1.2.3", "203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(client(trusted, "10.1.2.3", "1.1.1.1, 203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(client(trusted, "::1", "1.1.1.1,203.0.113.9 , 10.9.9.9"), "203.0.113.9");
  EXPECT_EQ(client(trusted, "::ffff:10.1.2.3", "203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(client(trusted, "10.1.2.3", "10.0.0.7"), "10.0.0.7");
}

TEST(ClientAddress, PortsAndBracketsOfProxiesAreUnderstood) {
  const std::vector<std::string> trusted = {"10.0.0.0/8"};
  EXPECT_EQ(client(trusted, "10.0.0.1", "203.0.113.9:4711"), "203.0.113.9");
  EXPECT_EQ(client(trusted, "10.0.0.1", "[2001:db8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(client(trusted, "10.0.0.1", "2001:db8::1"), "2001:db8::1");
}

TEST(ClientAddress, NonsenseEndsTheList) {
  const std::vector<std::string> trusted = {"10.0.0.0/8"};
  EXPECT_EQ(client(trusted, "10.0.0.1", "unknown"), "10.0.0.1");
  EXPECT_EQ(client(trusted, "10.0.0.1", "203.0.113.9, garbage, 10.0.0.2"), "10.0.0.2");
  EXPECT_EQ(client(trusted, "10.0.0.1", ",,,"), "10.0.0.1");
  EXPECT_EQ(client(trusted, "10.0.0.1", "["), "10.0.0.1");
}

TEST(ClientAddress, WhatIsNoNetworkIsRefused) {
  for (const char* text : {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::1/129", "10.0.0.0/8x"}) {
    EXPECT_FALSE(TrustedProxies::parse({text})) << text;
  }
}

TEST(ClientAddress, AGroupIsAnIpv4AddressOrTheHalfOfAnIpv6One) {
  EXPECT_EQ(address_group("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(address_group("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(address_group("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(address_group("2001:db8:1:2::9"), address_group("2001:db8:1:2:ffff::"));
  EXPECT_NE(address_group("2001:db8:1:2::9"), address_group("2001:db8:1:3::9"));
  EXPECT_EQ(address_group("fe80::1%eth0"), "fe80::/64");
}

}  // namespace
}  // namespace pictor::http
