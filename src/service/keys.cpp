#include "service/keys.hpp"

#include <algorithm>
#include <utility>

#include "domain/checked_object.hpp"

namespace pictor::service {
namespace {

using domain::ApiKey;
using domain::CheckedObject;
using domain::KeyId;

constexpr int kMostCredits = 1'000'000'000;
constexpr int kLongestOverlap = 30 * 86'400;
constexpr int kUsualOverlap = 86'400;

Result<void> check_scopes(const domain::Principal& who, domain::ScopeSet wanted) {
  const domain::ScopeSet lacking = wanted & ~who.scopes;
  if (lacking == 0) {
    return {};
  }
  std::string names;
  for (const std::string& name : domain::scope_names(lacking)) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return fail({ErrorCode::kInsufficientScope, "Your key can't give what it lacks itself: " + names + "."});
}

std::optional<std::string> read_name(CheckedObject& object) {
  std::optional<std::string> name = object.text("name", 200, 1);
  if (name) {
    if (const Result<void> good = check_name(*name); !good) {
      object.add_faults(good.error());
    }
  }
  return name;
}

std::optional<domain::ScopeSet> read_scopes(CheckedObject& object) {
  const std::optional<std::vector<std::string>> names = object.texts("scopes", 6, 20);
  if (!names) {
    return std::nullopt;
  }
  if (names->empty()) {
    object.add_fault("scopes", "A key needs at least one scope.");
    return std::nullopt;
  }
  const Result<domain::ScopeSet> scopes = domain::parse_scopes(*names);
  if (!scopes) {
    object.add_faults(scopes.error());
    return std::nullopt;
  }
  return *scopes;
}

std::optional<Timestamp> read_end(CheckedObject& object) {
  const std::optional<std::string> text = object.text("expiresAt", 40);
  if (!text) {
    return std::nullopt;
  }
  const Result<Timestamp> time = parse_timestamp(*text);
  if (!time) {
    object.add_fault("expiresAt", "This must be a time as RFC 3339 writes it, such as 2027-01-31T00:00:00Z.");
    return std::nullopt;
  }
  return *time;
}

bool is_null(const Json& body, const char* name) {
  return body.is_object() && body.contains(name) && body.at(name).is_null();
}

}  // namespace

Result<NewKey> parse_new_key(const Json& body, domain::ScopeSet granted, Timestamp now) {
  CheckedObject object(body, "");
  NewKey wanted;
  const std::optional<std::string> name = read_name(object);
  if (!name && body.is_object() && !object.has("name")) {
    object.add_fault("name", "A key needs a name: what it is for.");
  }
  wanted.name = name.value_or("");
  wanted.scopes = read_scopes(object).value_or(granted);
  wanted.monthly_credit_limit = object.integer("monthlyCreditLimit", 0, kMostCredits);
  wanted.expires_at = read_end(object);
  if (wanted.expires_at && *wanted.expires_at <= now) {
    object.add_fault("expiresAt", "This must lie in the future.");
  }
  if (const Result<void> good = object.finish(); !good) {
    return fail(good.error());
  }
  return wanted;
}

Result<domain::KeyChange> parse_key_change(const Json& body) {
  CheckedObject object(body, "");
  domain::KeyChange change;
  change.name = read_name(object);
  change.active = object.boolean("active");
  change.scopes = read_scopes(object);
  if (const auto limit = object.integer("monthlyCreditLimit", 0, kMostCredits)) {
    change.monthly_credit_limit = std::optional<int>(*limit);
  } else if (is_null(body, "monthlyCreditLimit")) {
    change.monthly_credit_limit = std::optional<int>();
  }
  if (const auto end = read_end(object)) {
    change.expires_at = std::optional<Timestamp>(*end);
  } else if (is_null(body, "expiresAt")) {
    change.expires_at = std::optional<Timestamp>();
  }
  for (const char* name : {"name", "active", "scopes"}) {
    if (is_null(body, name)) {
      object.add_fault(name, "This can't be taken away.");
    }
  }
  if (const Result<void> good = object.finish(); !good) {
    return fail(good.error());
  }
  return change;
}

Result<seconds> parse_overlap(const Json& body) {
  CheckedObject object(body, "");
  const std::optional<int> overlap = object.integer("overlapSeconds", 0, kLongestOverlap);
  if (const Result<void> good = object.finish(); !good) {
    return fail(good.error());
  }
  return seconds(overlap.value_or(kUsualOverlap));
}

Json to_api_json(const ApiKey& key) {
  const auto time = [](const std::optional<Timestamp>& value) {
    return value ? Json(format_timestamp(*value)) : Json(nullptr);
  };
  return {{"id", key.id.str()},
          {"name", key.name},
          {"maskedKey", "sk-…" + key.last_four},
          {"scopes", domain::scope_names(key.scopes)},
          {"active", key.active},
          {"monthlyCreditLimit", key.monthly_credit_limit ? Json(*key.monthly_credit_limit) : Json(nullptr)},
          {"expiresAt", time(key.expires_at)},
          {"lastUsedAt", time(key.last_used_at)},
          {"createdAt", format_timestamp(key.created_at)}};
}

Keys::Keys(domain::AccountStore& accounts, const Clock& clock, std::string pepper,
           const std::vector<domain::Plan>& plans)
    : accounts_(accounts), clock_(clock), pepper_(std::move(pepper)), plans_(plans) {}

int Keys::most_of(const domain::Principal& who) const { return domain::plan_or_first(plans_, who.plan).keys; }

Result<ApiKey> Keys::find(const domain::Principal& who, const std::string& key) {
  const Result<KeyId> id = KeyId::parse(key);
  if (!id) {
    return fail(id.error());
  }
  const Result<std::vector<ApiKey>> keys = accounts_.list_keys(who.account);
  if (!keys) {
    return fail(keys.error());
  }
  const auto at = std::find_if(keys->begin(), keys->end(), [&](const ApiKey& row) { return row.id == *id; });
  if (at == keys->end()) {
    return fail_not_found();
  }
  return *at;
}

Result<std::vector<ApiKey>> Keys::list(const domain::Principal& who) { return accounts_.list_keys(who.account); }

Result<Keys::Made> Keys::create(const domain::Principal& who, const NewKey& wanted) {
  if (const Result<void> allowed = check_scopes(who, wanted.scopes); !allowed) {
    return fail(allowed.error());
  }
  const Timestamp now = clock_.now();
  Made made;
  made.text = domain::new_api_key();
  made.key = make_key(who.account, wanted.name, wanted.scopes, made.text, pepper_, now);
  made.key.monthly_credit_limit = wanted.monthly_credit_limit;
  made.key.expires_at = wanted.expires_at;
  if (const Result<void> stored = accounts_.create_key_within(made.key, most_of(who), now); !stored) {
    return fail(stored.error());
  }
  return made;
}

Result<ApiKey> Keys::change(const domain::Principal& who, const std::string& key, const domain::KeyChange& change) {
  const Result<KeyId> id = KeyId::parse(key);
  if (!id) {
    return fail(id.error());
  }
  if (const Result<void> allowed = check_scopes(who, change.scopes.value_or(0)); !allowed) {
    return fail(allowed.error());
  }
  return accounts_.change_key(who.account, *id, change, most_of(who), clock_.now());
}

Result<void> Keys::remove(const domain::Principal& who, const std::string& key) {
  const Result<KeyId> id = KeyId::parse(key);
  if (!id) {
    return fail(id.error());
  }
  return accounts_.remove_key(who.account, *id);
}

Result<Keys::Made> Keys::rotate(const domain::Principal& who, const std::string& key, seconds overlap) {
  const Result<ApiKey> old = find(who, key);
  if (!old) {
    return fail(old.error());
  }
  if (const Result<void> allowed = check_scopes(who, old->scopes); !allowed) {
    return fail(allowed.error());
  }
  const Timestamp now = clock_.now();
  Made made;
  made.text = domain::new_api_key();
  made.key = make_key(who.account, old->name, old->scopes, made.text, pepper_, now);
  made.key.monthly_credit_limit = old->monthly_credit_limit;
  // An end that is still to come is the holder's wish for this key's work; one that is over was the reason to rotate.
  made.key.expires_at = old->expires_at && *old->expires_at > now ? old->expires_at : std::nullopt;
  const Result<void> stored = accounts_.rotate_key(who.account, old->id, made.key, now + overlap, most_of(who), now);
  if (!stored) {
    return fail(stored.error());
  }
  return made;
}

}  // namespace pictor::service
