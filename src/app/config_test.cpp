#include "app/config.hpp"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "app/config_values.hpp"

namespace pictor::app {
namespace {

TEST(ConfigValues, DurationsSizesAndCounts) {
  EXPECT_EQ(parse_duration("24h"), milliseconds(86'400'000));
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("7"), milliseconds(7'000));
  EXPECT_EQ(parse_size("64MiB"), 64LL << 20);
  EXPECT_EQ(parse_size("10MB"), 10'000'000);
  EXPECT_EQ(parse_count("100M"), 100'000'000);
  for (const char* text : {"", "-1s", "1w", "h", "1.5h", "99999999999999999999s", "9223372036854775807d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(parse_list(" a, b,,c "), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Config, EnvironmentWinsOverFileAndFlagsOverBoth) {
  const std::string path = testing::TempDir() + "pictor_config_test.toml";
  std::ofstream(path) << "listen = \"127.0.0.1:1\"\nmax_upload = \"1MiB\"\nmax_frames = 7\nallowed_networks = "
                         "[\"10.0.0.0/8\", \"fd00::/8\"]\n[vision]\nprovider = \"local\"\n";
  const auto loaded = load_config(
      {.file = path,
       .file_must_exist = true,
       .environment = {{"PICTOR_LISTEN", "127.0.0.1:2"}, {"PICTOR_MAX_UPLOAD", "2MiB"}, {"PICTOR_TYPO", "x"}},
       .flags = {{"max_upload", "3MiB"}}});
  std::remove(path.c_str());
  ASSERT_TRUE(loaded) << loaded.error().public_message;
  EXPECT_EQ(loaded->config.listen, "127.0.0.1:2");
  EXPECT_EQ(loaded->config.max_upload, 3LL << 20);
  EXPECT_EQ(loaded->config.max_frames, 7);
  EXPECT_EQ(loaded->config.allowed_networks.size(), 2U);
  ASSERT_EQ(loaded->warnings.size(), 1U);
  EXPECT_NE(loaded->warnings[0].find("PICTOR_TYPO"), std::string::npos);
}

TEST(Config, EveryWrongValueNamesItsKey) {
  for (const auto& [variable, value] : std::map<std::string, std::string>{{"PICTOR_LISTEN", "8080"},
                                                                          {"PICTOR_WORKERS", "-1"},
                                                                          {"PICTOR_MAX_UPLOAD", "big"},
                                                                          {"PICTOR_SESSION_TTL", "soon"},
                                                                          {"PICTOR_SIGNUP", "maybe"},
                                                                          {"PICTOR_DATABASE", "postgresql://x"},
                                                                          {"PICTOR_PUBLIC_URL", "ftp://x"}}) {
    const auto loaded = load_config({.environment = {{variable, value}}});
    ASSERT_FALSE(loaded) << variable;
    EXPECT_NE(loaded.error().public_message.find(variable), std::string::npos) << loaded.error().public_message;
  }
}

TEST(Config, AnUnknownKeyOrBrokenFileIsRefused) {
  const std::string path = testing::TempDir() + "pictor_config_bad.toml";
  for (const char* text : {"lisen = \"127.0.0.1:1\"\n", "listen = \n", "listen = 1979-05-27\n"}) {
    std::ofstream(path) << text;
    EXPECT_FALSE(load_config({.file = path})) << text;
  }
  std::remove(path.c_str());
  EXPECT_FALSE(load_config({.file = path, .file_must_exist = true}));
  EXPECT_TRUE(load_config({.file = path}));
}

TEST(Config, PlansOfTheFileChangeTheShippedOnesOrStandBesideThem) {
  const std::string path = testing::TempDir() + "pictor_config_plans.toml";
  std::ofstream(path) << "[[plans]]\nname = \"Free\"\nkeys = 2\n[[plans]]\nname = \"Gold\"\nmonthly_credits = 9\n"
                         "carries_over = true\n";
  const auto loaded = load_config({.file = path});
  ASSERT_TRUE(loaded) << loaded.error().public_message;
  ASSERT_EQ(loaded->config.plans.size(), 5U);
  EXPECT_EQ(loaded->config.plans[0].keys, 2);
  EXPECT_EQ(loaded->config.plans[0].signup_credits, 25);
  EXPECT_EQ(loaded->config.plans[4].name, "Gold");
  EXPECT_TRUE(loaded->config.plans[4].carries_over);
  // What is printed is a file that says the same.
  std::ofstream(path) << print_config(loaded->config);
  const auto again = load_config({.file = path});
  ASSERT_TRUE(again) << again.error().public_message;
  EXPECT_EQ(print_config(again->config), print_config(loaded->config));
  std::remove(path.c_str());
}

TEST(Config, AWrongPlanNamesItsKey) {
  const std::string path = testing::TempDir() + "pictor_config_plans_bad.toml";
  for (const auto& [text, key] : std::map<std::string, std::string>{
           {"plans = 3\n", "plans"},
           {"[[plans]]\nkeys = 2\n", "plans[0].name"},
           {"[[plans]]\nname = \"A\"\nkeys = 0\n", "plans[0].keys"},
           {"[[plans]]\nname = \"A\"\nmonthly_credits = -1\n", "plans[0].monthly_credits"},
           {"[[plans]]\nname = \"A\"\nmonthly_credits = 1.5\n", "plans[0].monthly_credits"},
           {"[[plans]]\nname = \"A\"\n[[plans]]\nname = \"B\"\ncarries_over = 1\n", "plans[1].carries_over"},
           {"[[plans]]\nname = \"A\"\nrequests = 1\n", "plans[0].requests"},
           {"[[plans]]\nname = \"A\"\n[[plans]]\nname = \"A\"\n", "plans[1].name"}}) {
    std::ofstream(path) << text;
    const auto loaded = load_config({.file = path});
    ASSERT_FALSE(loaded) << text;
    EXPECT_TRUE(loaded.error().public_message.starts_with(key + " (")) << loaded.error().public_message;
  }
  std::remove(path.c_str());
}

TEST(Config, ADatabaseSecretIsNeverPrinted) {
  Config config;
  config.database = "postgresql://user:hunter2@host/db";
  EXPECT_EQ(print_config(config).find("hunter2"), std::string::npos);
  EXPECT_NE(print_config(config).find("session_ttl = \"24h\""), std::string::npos);
}

TEST(Config, ArgumentsOfTheSignupCommandMayHoldCommas) {
  const auto read = [](const std::string& text) {
    return load_config({.environment = {{"PICTOR_SIGNUP_COMMAND", text}}});
  };
  using Words = std::vector<std::string>;
  EXPECT_EQ(read("notify, --to,a")->config.signup_command, (Words{"notify", "--to", "a"}));
  EXPECT_EQ(read(R"(["notify", "a,b", " c", ""])")->config.signup_command, (Words{"notify", "a,b", " c", ""}));
  EXPECT_TRUE(read("[]")->config.signup_command.empty());
  for (const char* wrong : {R"(["notify",)", R"(["notify", 1])", R"([""])", "[notify]"}) {
    const auto loaded = read(wrong);
    ASSERT_FALSE(loaded) << wrong;
    EXPECT_TRUE(loaded.error().public_message.starts_with("signup_command (")) << loaded.error().public_message;
  }
  const std::string path = testing::TempDir() + "pictor_config_words.toml";
  std::ofstream(path) << "signup_command = [\"notify\", \"a,b\"]\n";
  const auto loaded = load_config({.file = path});
  ASSERT_TRUE(loaded) << loaded.error().public_message;
  EXPECT_EQ(loaded->config.signup_command, (Words{"notify", "a,b"}));
  std::ofstream(path) << print_config(loaded->config);
  EXPECT_EQ(load_config({.file = path})->config.signup_command, (Words{"notify", "a,b"}));
  std::remove(path.c_str());
}

TEST(Config, EveryKeyIsInTheDocumentation) {
  std::ifstream file(std::string(PICTOR_SOURCE_DIR) + "/docs/configuration.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const ConfigKey& key : config_keys()) {
    EXPECT_NE(text.str().find(environment_name(key.name)), std::string::npos)
        << key.name << " is missing in docs/configuration.md";
  }
}

}  // namespace
}  // namespace pictor::app
