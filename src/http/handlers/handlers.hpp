#pragma once

#include "http/api.hpp"

/// The endpoints, a file for each group. Each function adds its group's to the router; `api` outlives both.
namespace pictor::http::handlers {

void add_operations(Router& router, Api& api);  ///< healthz, readyz, metrics
void add_sessions(Router& router, Api& api);
void add_images(Router& router, Api& api);
void add_metadata(Router& router, Api& api);
void add_work(Router& router, Api& api);  ///< analyze, export, sample
void add_optimize(Router& router, Api& api);
void add_exports(Router& router, Api& api);
void add_jobs(Router& router, Api& api);
void add_credits(Router& router, Api& api);                      ///< credits, usage, estimate
void add_webhooks(Router& router, service::Webhooks& webhooks);  ///< webhooks, the account's signing secret
void add_accounts(Router& router, Api& api);                     ///< signing up, the account as a whole
void add_admin(Router& router, Api& api);                        ///< all accounts, by the operator
void add_keys(Router& router, Api& api);
void add_tables(Router& router, Api& api);  ///< formats, presets, plans
void add_pages(Router& router, Api& api);   ///< openapi.json, docs, errors, the front page

}  // namespace pictor::http::handlers
