#include <algorithm>
#include <array>

#include "http/csv.hpp"
#include "http/handlers/common.hpp"
#include "http/handlers/handlers.hpp"
#include "http/header_values.hpp"

namespace pictor::http::handlers {
namespace {

using UsageRow = domain::Ledger::UsageRow;

/// GET /v1/credits/balance (openapi: getCreditBalance).
Result<Response> balance(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  const Result<service::Credits::Overview> found = api.services().credits.overview(request.who());
  if (!found) {
    return fail(found.error());
  }
  return json_response(200,
                       {{"balance", found->balance.available},
                        {"held", found->balance.held},
                        {"planName", found->plan},
                        {"userId", request.who().account.str()},
                        {"monthlyAllowance", found->monthly_allowance},
                        {"resetsAt", found->resets_at ? Json(format_timestamp(*found->resets_at)) : Json(nullptr)}});
}

/// POST /v1/credits/check (openapi: checkCredits): 200 or 402, both with the verdict.
Result<Response> check(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  const Result<Json> body = json_body(request);
  if (!body) {
    return fail(body.error());
  }
  const Result<service::CreditCheck> wanted = service::parse_credit_check(*body);
  if (!wanted) {
    return fail(wanted.error());
  }
  const Result<service::Credits::Verdict> verdict = api.services().credits.check(request.who(), *wanted);
  if (!verdict) {
    return fail(verdict.error());
  }
  Json json{{"sufficient", verdict->sufficient}, {"balance", verdict->balance}, {"cost", verdict->cost}};
  if (verdict->sufficient) {
    json["remaining"] = verdict->balance - verdict->cost;
  }
  if (verdict->reservation) {
    json["reservationId"] = verdict->reservation->str();
    json["expiresAt"] = format_timestamp(*verdict->expires_at);
  }
  return json_response(verdict->sufficient ? 200 : 402, json);
}

/// DELETE /v1/credits/reservations/{reservationId} (openapi: releaseReservation).
Result<Response> release(Request& request, Api& api) {
  if (Result<void> gone = api.services().credits.release(request.who(), request.parameter("reservationId")); !gone) {
    return fail(gone.error());
  }
  return empty_response();
}

/// GET /v1/credits/transactions (openapi: listCreditTransactions), newest first.
Result<Response> transactions(Request& request, Api& api) {
  const Result<domain::PageRequest> page = page_request(request);
  if (!page) {
    return fail(page.error());
  }
  const Result<domain::Page<domain::CreditEntry>> found = api.services().credits.transactions(request.who(), *page);
  if (!found) {
    return fail(found.error());
  }
  Json items = Json::array();
  for (const domain::CreditEntry& entry : found->items) {
    items.push_back(domain::to_api_json(entry));
  }
  return page_response(request, *page, std::move(items), found->next_cursor);
}

/// The columns that the query asked for, then the sums.
CsvRow csv_row(const service::UsageQuery& query, const CsvRow& groups, const CsvRow& sums) {
  CsvRow row;
  const std::array asked = {query.by_day, query.by_key, query.by_operation};
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (asked.at(i)) {
      row.push_back(groups.at(i));
    }
  }
  row.insert(row.end(), sums.begin(), sums.end());
  return row;
}

Response usage_csv(const service::UsageQuery& query, const std::vector<UsageRow>& rows) {
  std::string text =
      format_csv_row(csv_row(query, {"day", "keyId", "operation"}, {"images", "credits", "bytesIn", "bytesOut"}));
  for (const UsageRow& row : rows) {
    text += format_csv_row(csv_row(query, {row.day, row.key_id, row.operation},
                                   {std::to_string(row.images), std::to_string(row.credits),
                                    std::to_string(row.bytes_in), std::to_string(row.bytes_out)}));
  }
  Response response = text_response(200, "text/csv; charset=utf-8; header=present", std::move(text));
  response.set("Content-Disposition", make_disposition("attachment", "usage.csv"));
  return response;
}

Json usage_json(const service::UsageQuery& query, const UsageRow& row) {
  Json json{{"images", row.images}, {"credits", row.credits}, {"bytesIn", row.bytes_in}, {"bytesOut", row.bytes_out}};
  if (query.by_day) {
    json["day"] = row.day;
  }
  if (query.by_key) {
    json["keyId"] = row.key_id.empty() ? Json(nullptr) : Json(row.key_id);
  }
  if (query.by_operation) {
    json["operation"] = row.operation;
  }
  return json;
}

/// Rows are added at the end only, so a page is known by where it begins. @error kInvalidField
Result<std::size_t> first_row(const domain::PageRequest& page) {
  if (page.cursor.empty()) {
    return 0;
  }
  if (page.cursor.size() > 9 || page.cursor.find_first_not_of("0123456789") != std::string::npos) {
    return fail_field("?cursor", "This must be the nextCursor of the page before.");
  }
  return std::stoul(page.cursor);
}

/// GET /v1/usage (openapi: getUsage): JSON in pages, CSV whole.
Result<Response> usage(Request& request, Api& api) {
  const Result<domain::PageRequest> page = page_request(request, {"groupBy", "from", "to"});
  if (!page) {
    return fail(page.error());
  }
  const Result<service::UsageQuery> query =
      service::parse_usage_query(request.query("groupBy"), request.query("from"), request.query("to"));
  const Result<std::size_t> first = first_row(*page);
  if (!query || !first) {
    return fail(!query ? query.error() : first.error());
  }
  const Result<std::vector<UsageRow>> rows = api.services().credits.usage(request.who(), *query);
  if (!rows) {
    return fail(rows.error());
  }
  if (negotiate(request.header_list("Accept"), {"application/json", "text/csv"}) == "text/csv") {
    return usage_csv(*query, *rows);
  }
  const std::size_t end = std::min(*first + static_cast<std::size_t>(page->limit), rows->size());
  Json items = Json::array();
  for (std::size_t i = *first; i < end; ++i) {
    items.push_back(usage_json(*query, (*rows)[i]));
  }
  const std::optional<std::string> next = end < rows->size() ? std::optional(std::to_string(end)) : std::nullopt;
  return page_response(request, *page, std::move(items), next);
}

/// POST /v1/estimate (openapi: estimate).
Result<Response> estimate(Request& request, Api& api) {
  if (Result<void> known = request.allow_query({}); !known) {
    return fail(known.error());
  }
  const Result<Json> body = json_body(request);
  if (!body) {
    return fail(body.error());
  }
  const Result<service::EstimateRequest> wanted = service::parse_estimate_request(*body);
  if (!wanted) {
    return fail(wanted.error());
  }
  const Result<service::Estimate> made = api.services().estimates.estimate(request.who(), *wanted);
  if (!made) {
    return fail(made.error());
  }
  return json_response(
      200, {{"credits", made->credits},
            {"bytes", {{"low", made->low_bytes}, {"expected", made->expected_bytes}, {"high", made->high_bytes}}},
            {"seconds", made->seconds}});
}

}  // namespace

void add_credits(Router& router, Api& api) {
  const auto add = [&router, &api](Method method, std::string_view pattern, BodyKind body,
                                   std::vector<std::string_view> produces,
                                   Result<Response> (*handler)(Request&, Api&)) {
    router.add({method, pattern, Access::kKey, std::nullopt, body, Lane::kQuick, std::move(produces),
                [&api, handler](Request& request) { return handler(request, api); }});
  };
  add(Method::kGet, "/v1/credits/balance", BodyKind::kNone, {"application/json"}, balance);
  add(Method::kPost, "/v1/credits/check", BodyKind::kJson, {"application/json"}, check);
  add(Method::kDelete, "/v1/credits/reservations/{reservationId}", BodyKind::kNone, {}, release);
  add(Method::kGet, "/v1/credits/transactions", BodyKind::kNone, {"application/json"}, transactions);
  add(Method::kGet, "/v1/usage", BodyKind::kNone, {"application/json", "text/csv"}, usage);
  add(Method::kPost, "/v1/estimate", BodyKind::kJson, {"application/json"}, estimate);
}

}  // namespace pictor::http::handlers
