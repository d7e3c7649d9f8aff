/* ls: the secrets of a namespace. */
#include <stdio.h>

#include "commands/commands.h"
#include "commands/listing.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"

static void add_secret_item(json_t *items, const ss_secret_info *secret) {
  json_t *item = json_object();
  json_add_text(item, "secretId", secret->secret_id);
  json_add_text(item, "namespace", secret->namespace_name);
  json_add_text(item, "name", secret->name);
  json_add_metadata(item, secret->metadata_json);
  json_add_time(item, "createdAt", secret->created_at);
  json_add_time(item, "updatedAt", secret->updated_at);
  json_add_time(item, "expiresAt", secret->expires_at);
  json_add_text(item, "effectiveState", secret->is_expired ? "expired" : "active");
  (void)json_object_set_new(item, "keyVersion", json_integer(secret->key_version));
  (void)json_object_set_new(item, "revision", json_integer(secret->revision));
  (void)json_array_append_new(items, item);
}

static void add_secret_row(table *rows, const ss_secret_info *secret) {
  char revision[24];
  char updated[TIME_TEXT_CAPACITY];
  char expires[TIME_TEXT_CAPACITY];
  char key[24];
  (void)snprintf(revision, sizeof revision, "%lld", (long long)secret->revision);
  (void)snprintf(key, sizeof key, "%lld", (long long)secret->key_version);
  format_time(secret->updated_at, updated);
  if (secret->expires_at == SS_NO_EXPIRY) {
    format_time(SS_NO_EXPIRY, expires);
  } else {
    format_relative(secret->expires_at, now_in_ms(), expires);
  }
  const char *metadata = secret->metadata_json == NULL ? "" : secret->metadata_json;
  const char *const cells[] = {
      secret->name, revision, updated, expires, secret->is_expired ? "expired" : "active",
      key,          metadata};
  table_add(rows, cells);
  if (secret->is_expired) table_dim_last_row(rows);
}

static int read_secrets(session *opened, int64_t num_items, gathering *into) {
  ss_list_request request;
  ss_secret_page page;
  ss_error error;
  ss_list_request_init(&request);
  (void)parse_order("ls", into->args, &request.order);
  request.namespace_name = opened->namespace_name;
  request.num_items = num_items;
  request.cursor = into->cursor;
  request.caller = &opened->caller;
  if (ss_list(opened->store, &request, &page, &error) != SS_OK) return fail_with(&error);
  for (size_t i = 0; i < page.count; i++) {
    if (into->items != NULL) {
      add_secret_item(into->items, &page.items[i]);
    } else {
      add_secret_row(into->rows, &page.items[i]);
    }
  }
  const int code = remember_cursor(into, page.is_done, page.continue_cursor);
  ss_secret_page_clear(&page);
  return code;
}

static int run_ls(const arguments *args) {
  static const char *const headings[] = {"NAME",  "REVISION", "UPDATED",  "EXPIRES",
                                         "STATE", "KEY",      "METADATA", NULL};
  return run_listing("ls", args, headings, read_secrets);
}

const command command_ls = {
    .name = "ls",
    .summary = "list the secrets of a namespace",
    .details = "Names, revisions and times; never a value. Expired secrets are listed as such.",
    .examples =
        "secretstore ls --namespace acme:ci\n"
        "secretstore ls --all --json | jq -r '.items[].name'\n",
    .options =
        IN_A_NAMESPACE | PAGES | OPTION_BIT(OPTION_ORDER) | OPTION_BIT(OPTION_VERIFIED_READS),
    .run = run_ls,
};
