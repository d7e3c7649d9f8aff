/* keys and rotate. */
#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"
#include "terminal/progress.h"

/* ---- keys ---------------------------------------------------------------------------------- */

/* The key that new secrets go under; NULL: there is none. */
static const ss_key_info *find_active(const ss_rotation_status *status) {
  for (size_t i = 0; i < status->count; i++) {
    if (status->keys[i].is_active) return &status->keys[i];
  }
  return NULL;
}

/* Whether it came after the other: it is then on its way in, not out. */
static bool is_newer(const ss_key_info *key, const ss_key_info *other) {
  if (other == NULL || key->first_seen_at != other->first_seen_at) {
    return other != NULL && key->first_seen_at > other->first_seen_at;
  }
  return key->version > other->version;
}

static const char *advice_on_active(const ss_key_info *key) {
  const bool ends = key->state == SS_KEY_RETIRING || key->state == SS_KEY_RETIRED;
  return ends ? "active, though retired: put another key first" : "active";
}

/* What it is used for, or what there is to do about it. */
static const char *advice(const ss_key_info *key, const ss_key_info *active) {
  if (key->is_active) return advice_on_active(key);
  switch (key->state) {
    case SS_KEY_UNKNOWN: return "new: the next write admits it";
    case SS_KEY_RETIRING: return "retire it again, to the end";
    case SS_KEY_RETIRED: return key->is_configured ? "safe to remove" : "-";
    default: break;
  }
  if (!key->is_configured) return key->secret_count > 0 ? "missing" : "may be retired";
  if (!key->is_safe_to_remove) return "in use";
  return is_newer(key, active) ? "not used yet" : "safe to remove";
}

static json_t *key_item(const ss_key_info *key) {
  json_t *item =
      json_pack("{s:I, s:s, s:b, s:b, s:b, s:I, s:I}", "version", key->version, "state",
                ss_key_state_name(key->state), "isActive", key->is_active, "isConfigured",
                key->is_configured, "isSafeToRemove", key->is_safe_to_remove, "secretCount",
                key->secret_count, "wrapsUsed", key->wraps_used);
  json_add_time(item, "firstSeenAt", key->first_seen_at);
  return item;
}

static int print_status_json(const ss_rotation_status *status) {
  json_t *items = json_array();
  for (size_t i = 0; i < status->count; i++) {
    (void)json_array_append_new(items, key_item(&status->keys[i]));
  }
  return print_json(json_pack("{s:o, s:b, s:I}", "keys", items, "isComplete", status->is_complete,
                              "unavailableCount", status->unavailable_count));
}

static void add_key_row(table *rows, const ss_key_info *key, const ss_key_info *active) {
  char version[24];
  char secrets[24];
  char wraps[48];
  char first_seen[TIME_TEXT_CAPACITY];
  (void)snprintf(version, sizeof version, "%lld", (long long)key->version);
  (void)snprintf(secrets, sizeof secrets, "%lld", (long long)key->secret_count);
  (void)snprintf(wraps, sizeof wraps, "%lld (%.2f%%)", (long long)key->wraps_used,
                 100.0 * (double)key->wraps_used / (double)SS_WRAP_LIMIT);
  format_time(key->first_seen_at, first_seen);
  const char *const cells[] = {version,
                               ss_key_state_name(key->state),
                               key->is_configured ? "yes" : "no",
                               secrets,
                               wraps,
                               first_seen,
                               advice(key, active)};
  table_add(rows, cells);
}

static int print_status_table(const ss_rotation_status *status) {
  static const char *const headings[] = {"VERSION",    "STATE",    "CONFIGURED", "SECRETS",
                                         "WRAPS USED", "ADMITTED", "USE",        NULL};
  const ss_key_info *active = find_active(status);
  table *rows = table_new(headings);
  if (rows == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  for (size_t i = 0; i < status->count; i++) add_key_row(rows, &status->keys[i], active);
  const int code = table_print(rows);
  table_free(rows);
  if (status->unavailable_count > 0) {
    (void)fprintf(stderr, "secrets under keys that are not configured: %lld\n",
                  (long long)status->unavailable_count);
  } else if (!status->is_complete) {
    (void)fprintf(stderr, "some secrets are under older keys: secretstore rotate\n");
  }
  return code;
}

static int run_keys(const arguments *args) {
  session opened;
  ss_rotation_status status;
  ss_error error;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  if (ss_get_rotation_status(opened.store, &status, &error) != SS_OK) {
    code = fail_with(&error);
  } else {
    code = given(args, OPTION_JSON) ? print_status_json(&status) : print_status_table(&status);
    ss_rotation_status_clear(&status);
  }
  session_close(&opened);
  return code;
}

const command command_keys = {
    .name = "keys",
    .summary = "show the key versions and what is under each",
    .details =
        "For each version: its state in the store (unknown, admitted, retiring or retired),\n"
        "whether it is active and configured, how many secrets it wraps, how much of its\n"
        "budget of 2^32 wraps is used, when it was admitted, and whether it is safe to remove\n"
        "from the configuration.",
    .examples = "secretstore keys --keys-file keys\n",
    .options = ON_A_STORE,
    .run = run_keys,
};

/* ---- rotate -------------------------------------------------------------------------------- */

/* The same as ss_rotate_all, for one version. */
static ss_status rotate_from(session *opened, int64_t version, ss_rotate_all_result *result,
                             ss_error *error) {
  ss_rotate_request request;
  ss_rotate_result batch = {0};
  char cursor[SS_CURSOR_CAPACITY] = "";
  ss_rotate_request_init(&request);
  request.from_version = version;
  request.caller = &opened->caller;
  do {
    request.cursor = cursor[0] == '\0' ? NULL : cursor;
    if (request.cursor == NULL) result->failed = 0;
    const ss_status status = ss_rotate_keys(opened->store, &request, &batch, error);
    if (status != SS_OK) return status;
    result->rotated += batch.rotated;
    result->failed += batch.failed;
    memcpy(cursor, batch.continue_cursor, sizeof cursor);
  } while (!batch.is_done);
  result->is_done = true;
  return SS_OK;
}

static int print_rotated(const arguments *args, const ss_rotate_all_result *result) {
  int code = EXIT_OK;
  if (given(args, OPTION_JSON)) {
    code = print_json(json_pack("{s:I, s:I, s:b}", "rotated", result->rotated, "failed",
                                result->failed, "isDone", result->is_done));
  } else {
    (void)printf("rotated %lld secret%s\n", (long long)result->rotated, plural(result->rotated));
  }
  if (result->failed == 0 || code != EXIT_OK) return code;
  return fail(SS_DECRYPTION_FAILED,
              "secrets that are not as they were signed, and were left as they are: %lld",
              (long long)result->failed);
}

static int run_rotate(const arguments *args) {
  session opened;
  ss_rotate_all_result result = {0};
  ss_error error;
  int64_t from = 0;
  if (given(args, OPTION_FROM) && !parse_integer(args->text[OPTION_FROM], SS_MAX_INTEGER, &from)) {
    (void)fail_usage("rotate", "--from: expected a key version, got \"%s\"",
                     args->text[OPTION_FROM]);
    return EXIT_USAGE;
  }
  int code = session_open(args, SESSION_LEAVES_ROWS, &opened);
  if (code != EXIT_OK) return code;
  const ss_status status =
      given(args, OPTION_FROM)
          ? rotate_from(&opened, from, &result, &error)
          : ss_rotate_all(opened.store, &opened.caller, progress_show, NULL, &result, &error);
  progress_end();
  code = status == SS_OK ? print_rotated(args, &result) : fail_with(&error);
  session_close(&opened);
  return code;
}

const command command_rotate = {
    .name = "rotate",
    .summary = "move all secrets to the active key",
    .details =
        "Rewraps the data keys of every secret that is under an older, configured key\n"
        "version; values are not rewritten. Others may read and write meanwhile. May be\n"
        "interrupted at any point and called again. Exit code 5: some secrets do not\n"
        "authenticate and were left as they are.",
    .examples =
        "secretstore keygen --version 2 --output new\n"
        "(umask 077 && cat new keys > both)\n"
        "secretstore rotate --keys-file both\n"
        "secretstore keys --keys-file both\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_FROM),
    .run = run_rotate,
};
