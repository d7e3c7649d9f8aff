/* Policies through the public API: every hook in every operation, in order, with one rule for
 * failure; what events carry; exchange, hash, limits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/support.h"

/* ---- A store under a policy ---------------------------------------------------------------- */

static ss_policy_source source_of(const char *text) {
  return (ss_policy_source){"policy.lua", text, strlen(text)};
}

static test_store under(const char *text) {
  test_store self = test_store_prepare();
  const ss_policy_source source = source_of(text);
  ss_options *options = test_store_options(&self);
  ss_error error;
  assert_ok(ss_options_set_policy(options, &source, &error), &error);
  assert_ok(ss_store_open(options, &self.store, &error), &error);
  ss_options_free(options);
  return self;
}

static ss_put_request request_for(const char *namespace_name, const char *name) {
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  request.value = "the value";
  request.value_length = 9;
  return request;
}

static void assert_put(test_store *self, const ss_put_request *request, ss_status expected,
                       const char *part) {
  ss_error error;
  assert_fails(ss_put(self->store, request, NULL, &error), expected, &error);
  if (part != NULL && strstr(error.message, part) == NULL) {
    fail_msg("expected \"%s\" in: %s", part, error.message);
  }
}

static ss_status get(test_store *self, const char *namespace_name, const char *name,
                     const ss_caller *caller, char *metadata, ss_error *error) {
  ss_get_request request;
  ss_get_result result;
  ss_get_request_init(&request);
  request.namespace_name = namespace_name;
  request.name = name;
  request.caller = caller;
  const ss_status status = ss_get_or_throw(self->store, &request, &result, error);
  if (metadata != NULL) {
    (void)snprintf(metadata, 256, "%s", result.metadata_json == NULL ? "" : result.metadata_json);
  }
  ss_get_result_clear(&result);
  return status;
}

/* The metadata of the newest event of a namespace. */
static void newest_event(test_store *self, const char *namespace_name, char text[512]) {
  ss_events_request request;
  ss_event_page page;
  ss_error error;
  ss_events_request_init(&request);
  request.namespace_given = true;
  request.namespace_name = namespace_name;
  request.num_items = 1;
  assert_ok(ss_list_events(self->store, &request, &page, &error), &error);
  assert_int_equal(page.count, 1);
  (void)snprintf(text, 512, "%s",
                 page.items[0].metadata_json == NULL ? "" : page.items[0].metadata_json);
  ss_event_page_clear(&page);
}

static void assert_contains(const char *text, const char *part) {
  if (strstr(text, part) == NULL) fail_msg("expected %s in %s", part, text);
}

/* ---- The declarations ---------------------------------------------------------------------- */

static const char declarations[] =
    "local s = require 'schema'\n"
    "return {\n"
    "  namespace = s.template(s.string():pattern('[%w%-]+'), ':', s.enum{'production', "
    "'testing'}),\n"
    "  name = s.string():pattern('[A-Z][A-Z0-9_]*'):max_length(8),\n"
    "  metadata = s.record{ owner = s.string(), level = s.integer():default(3) },\n"
    "  value = { min_length = 4, max_length = 12, kind = 'text' },\n"
    "  expiry = { default_ms = 1000, max_ms = 5000 },\n"
    "  rules = { { namespace = '%w+:production', expiry = { required = true },\n"
    "              value = { prefix = 'sk_', suffix = '_x' } } },\n"
    "}\n";

static void names_namespaces_and_metadata_are_checked(void **state) {
  test_store self = under(declarations);
  ss_put_request request = request_for("acme:testing", "KEY");
  char metadata[256];
  ss_error error;
  request.metadata = SS_SET;
  request.metadata_json = "{\"owner\":\"ana\"}";
  assert_put(&self, &request, SS_OK, NULL);
  assert_ok(get(&self, "acme:testing", "KEY", NULL, metadata, &error), &error);
  assert_string_equal(metadata, "{\"level\":3,\"owner\":\"ana\"}");
  request.namespace_name = "acme:prod";
  assert_put(&self, &request, SS_POLICY_DENIED, "namespace: expected text like");
  request.namespace_name = NULL;
  assert_put(&self, &request, SS_POLICY_DENIED, "the default namespace");
  request.namespace_name = "acme:testing";
  request.name = "key";
  assert_put(&self, &request, SS_POLICY_DENIED, "name: expected text like");
  request.name = "KEY_TOO_LONG";
  assert_put(&self, &request, SS_POLICY_DENIED, "name: expected at most 8 characters");
  request.name = "KEY";
  request.metadata_json = "{\"owner\":7}";
  assert_put(&self, &request, SS_POLICY_DENIED, "metadata.owner: expected string, got number");
  request.metadata_json = "{\"owner\":\"a\",\"colour\":1}";
  assert_put(&self, &request, SS_POLICY_DENIED, "metadata: unknown key \"colour\"");
  request.metadata = SS_CLEAR;
  assert_put(&self, &request, SS_POLICY_DENIED, "metadata.owner: expected string, got nothing");
  assert_fails(get(&self, "acme:prod", "KEY", NULL, NULL, &error), SS_POLICY_DENIED, &error);
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void values_are_checked_and_never_named(void **state) {
  test_store self = under(declarations);
  ss_put_request request = request_for("acme:testing", "KEY");
  request.metadata = SS_SET;
  request.metadata_json = "{\"owner\":\"ana\"}";
  request.value_length = 3;
  assert_put(&self, &request, SS_POLICY_DENIED, "value: expected at least 4 bytes, got 3");
  request.value = "thirteen byte";
  request.value_length = 13;
  assert_put(&self, &request, SS_POLICY_DENIED, "value: expected at most 12 bytes, got 13");
  request.value = "\xff\xfe\xfd\xfc";
  request.value_length = 4;
  assert_put(&self, &request, SS_POLICY_DENIED, "value: expected UTF-8 text");
  request.namespace_name = "acme:production";
  request.ttl = SS_SET;
  request.ttl_ms = 100;
  request.value = "hunter2_";
  request.value_length = 8;
  assert_put(&self, &request, SS_POLICY_DENIED, "begin with the policy's prefix");
  request.value = "sk_hunter2";
  request.value_length = 10;
  assert_put(&self, &request, SS_POLICY_DENIED, "end with the policy's suffix");
  request.value = "sk_hunter_x";
  request.value_length = 11;
  assert_put(&self, &request, SS_OK, NULL);
  test_store_remove(&self);
}

static void expiries_get_a_default_and_a_limit(void **state) {
  test_store self = under(declarations);
  ss_put_request request = request_for("acme:testing", "KEY");
  ss_put_result result;
  ss_error error;
  request.metadata = SS_SET;
  request.metadata_json = "{\"owner\":\"ana\"}";
  assert_ok(ss_put(self.store, &request, &result, &error), &error);
  assert_int_equal(result.expires_at, TEST_NOW + 1000);
  self.clock->now_ms += 500;
  assert_ok(ss_put(self.store, &request, &result, &error), &error);
  assert_int_equal(result.expires_at, TEST_NOW + 1000); /* kept, as always on overwrite */
  self.clock->now_ms += 500;
  assert_ok(ss_put(self.store, &request, &result, &error), &error);
  assert_int_equal(result.expires_at, TEST_NOW + 2000); /* it had expired: as on creation */
  request.ttl = SS_SET;
  request.ttl_ms = 5001;
  assert_put(&self, &request, SS_POLICY_DENIED,
             "expiry: expected at most 5000 ms from now, got 5001");
  request.ttl = SS_CLEAR;
  assert_put(&self, &request, SS_OK, NULL);
  request.namespace_name = "acme:production";
  request.value = "sk_12_x";
  request.value_length = 7;
  assert_put(&self, &request, SS_POLICY_DENIED, "expiry: expected one, got none");
  test_store_remove(&self);
}

static void an_update_is_judged_by_what_it_changes(void **state) {
  test_store self = under(declarations);
  ss_put_request put = request_for("acme:testing", "KEY");
  ss_update_request request;
  ss_update_result result;
  ss_error error;
  put.metadata = SS_SET;
  put.metadata_json = "{\"owner\":\"ana\"}";
  assert_put(&self, &put, SS_OK, NULL);
  ss_update_request_init(&request);
  request.namespace_name = "acme:testing";
  request.name = "KEY";
  request.metadata = SS_SET;
  request.metadata_json = "{}";
  assert_fails(ss_update(self.store, &request, &result, &error), SS_POLICY_DENIED, &error);
  request.metadata_json = "{\"owner\":\"bob\"}";
  assert_ok(ss_update(self.store, &request, &result, &error), &error);
  request.metadata = SS_KEEP;
  request.ttl = SS_SET;
  request.ttl_ms = 6000;
  assert_fails(ss_update(self.store, &request, &result, &error), SS_POLICY_DENIED, &error);
  request.ttl_ms = 4000;
  assert_ok(ss_update(self.store, &request, &result, &error), &error);
  test_store_remove(&self);
}

/* ---- The functions ------------------------------------------------------------------------- */

/* Refuses with everything that it sees. */
static const char telling[] =
    "return { authorize = function(r)\n"
    "  if r.actor == 'root' then return true end\n"
    "  return false, string.format('%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', r.operation, r.namespace, "
    "r.name,\n"
    "    r.actor, r.context.host, r.metadata and r.metadata.m, r.current and r.current.revision,\n"
    "    r.expires_at, r.value and r.value.length .. r.value.kind, r.now)\n"
    "end }\n";

static const ss_caller root = {.actor = "root"};
static const ss_caller eve = {.actor = "eve", .context_json = "{\"host\":\"h1\"}"};

static void assert_told(ss_status status, const ss_error *error, const char *expected) {
  assert_int_equal(status, SS_POLICY_DENIED);
  assert_string_equal(error->message, expected);
}

static void put_as_root(test_store *self) {
  ss_put_request request = request_for("n", "A");
  request.metadata = SS_SET;
  request.metadata_json = "{\"m\":5}";
  request.caller = &root;
  assert_put(self, &request, SS_OK, NULL);
}

static void writes_show_the_policy_what_they_do(void **state) {
  test_store self = under(telling);
  ss_put_request request = request_for("n", "A");
  ss_error error;
  put_as_root(&self);
  request.caller = &eve;
  request.ttl = SS_SET;
  request.ttl_ms = 9;
  assert_told(ss_put(self.store, &request, NULL, &error), &error,
              "put|n|A|eve|h1|5|1|1770000000009|9text|1770000000000");
  request.namespace_name = NULL;
  request.value = "\xff";
  request.value_length = 1;
  assert_told(ss_put(self.store, &request, NULL, &error), &error,
              "put|nil|A|eve|h1|nil|nil|1770000000009|1binary|1770000000000");
  ss_update_request update;
  ss_update_request_init(&update);
  update.namespace_name = "n";
  update.name = "A";
  update.metadata = SS_CLEAR;
  assert_told(ss_update(self.store, &update, NULL, &error), &error,
              "update|n|A|nil|nil|nil|1|nil|nil|1770000000000");
  update.name = "MISSING";
  assert_told(ss_update(self.store, &update, NULL, &error), &error,
              "update|n|MISSING|nil|nil|nil|nil|nil|nil|1770000000000");
  ss_remove_request removal;
  ss_remove_request_init(&removal);
  removal.namespace_name = "n";
  removal.name = "A";
  assert_told(ss_remove(self.store, &removal, NULL, &error), &error,
              "remove|n|A|nil|nil|nil|1|nil|nil|1770000000000");
  test_store_remove(&self);
}

static bool take_nothing(void *context, const char *text, size_t length) {
  (void)context, (void)text, (void)length;
  return true;
}

static void reads_and_chores_show_it_too(void **state) {
  test_store self = under(telling);
  ss_error error;
  bool found = false;
  put_as_root(&self);
  assert_told(get(&self, "n", "A", &eve, NULL, &error), &error,
              "get|n|A|eve|h1|nil|1|nil|nil|1770000000000");
  assert_told(get(&self, "n", "B", NULL, NULL, &error), &error,
              "get|n|B|nil|nil|nil|nil|nil|nil|1770000000000");
  ss_get_request has;
  ss_get_request_init(&has);
  has.name = "A";
  assert_told(ss_has(self.store, &has, &found, &error), &error,
              "has|nil|A|nil|nil|nil|nil|nil|nil|1770000000000");
  ss_list_request list;
  ss_secret_page secrets;
  ss_list_request_init(&list);
  list.namespace_name = "n";
  assert_told(ss_list(self.store, &list, &secrets, &error), &error,
              "list|n|nil|nil|nil|nil|nil|nil|nil|1770000000000");
  ss_namespaces_request namespaces;
  ss_namespace_page names;
  ss_namespaces_request_init(&namespaces);
  assert_told(ss_list_namespaces(self.store, &namespaces, &names, &error), &error,
              "list_namespaces|nil|nil|nil|nil|nil|nil|nil|nil|1770000000000");
  ss_events_request events;
  ss_event_page event_page;
  ss_events_request_init(&events);
  events.secret_id = "1";
  assert_told(ss_list_events(self.store, &events, &event_page, &error), &error,
              "list_events|nil|nil|nil|nil|nil|nil|nil|nil|1770000000000");
  events.secret_id = NULL;
  events.namespace_given = true;
  events.namespace_name = "m";
  events.name = "A";
  assert_told(ss_list_events(self.store, &events, &event_page, &error), &error,
              "list_events|m|A|nil|nil|nil|nil|nil|nil|1770000000000");
  assert_told(ss_cleanup_secrets(self.store, 1, NULL, NULL, &error), &error,
              "cleanup_secrets|nil|nil|nil|nil|nil|nil|nil|nil|1770000000000");
  assert_told(ss_cleanup_events(self.store, 1, &eve, NULL, &error), &error,
              "cleanup_events|nil|nil|eve|h1|nil|nil|nil|nil|1770000000000");
  ss_export_request export;
  ss_export_report exported;
  ss_export_request_init(&export);
  export.write = take_nothing;
  assert_told(ss_export(self.store, &export, &exported, &error), &error,
              "export|n|A|nil|nil|nil|1|nil|nil|1770000000000");
  test_store_remove(&self);
}

static void normalize_changes_metadata_before_the_check(void **state) {
  test_store self = under(
      "local s = require 'schema'\n"
      "return { metadata = s.record{ owner = s.string():pattern('%l+'), n = "
      "s.union(s.literal(s.null), s.number()) },\n"
      "  normalize = function(r)\n"
      "    return { owner = r.metadata.owner:lower(), n = r.metadata.n or s.null } end,\n"
      "  authorize = function(r) return r.metadata == nil or r.metadata.owner == 'ana', 'not "
      "normalized' end }\n");
  ss_put_request request = request_for("n", "A");
  char metadata[256];
  ss_error error;
  request.metadata = SS_SET;
  request.metadata_json = "{\"owner\":\"ANA\"}";
  assert_put(&self, &request, SS_OK, NULL);
  assert_ok(get(&self, "n", "A", NULL, metadata, &error), &error);
  assert_string_equal(metadata, "{\"n\":null,\"owner\":\"ana\"}");
  request.metadata_json = "{\"owner\":\"ana\",\"n\":12345678901234567}";
  assert_put(&self, &request, SS_OK, NULL);
  assert_ok(get(&self, "n", "A", NULL, metadata, &error), &error);
  assert_string_equal(metadata, "{\"n\":12345678901234567,\"owner\":\"ana\"}");
  request.metadata_json = "{\"owner\":\"ana\",\"n\":1.0}";
  assert_put(&self, &request, SS_OK, NULL);
  assert_ok(get(&self, "n", "A", NULL, metadata, &error), &error);
  assert_string_equal(metadata, "{\"n\":1.0,\"owner\":\"ana\"}");
  request.metadata = SS_CLEAR;
  assert_put(&self, &request, SS_POLICY_FAILED, "metadata");
  test_store_remove(&self);
}

/* Metadata that the policy does not change keeps its very text. */
static void numbers_stay_the_same_through_a_policy(void **state) {
  test_store self = under("return { normalize = function(r) return { seen = true } end }");
  ss_put_request request = request_for("n", "A");
  char metadata[256];
  ss_error error;
  request.metadata = SS_SET;
  request.metadata_json =
      "{\"a\":100000000000000000000,\"b\":9223372036854776000,\"c\":9223372036854775807,"
      "\"d\":0.1,\"e\":1.0,\"f\":0.30000000000000004}";
  assert_put(&self, &request, SS_OK, NULL);
  assert_ok(get(&self, "n", "A", NULL, metadata, &error), &error);
  assert_string_equal(metadata,
                      "{\"a\":1e+20,\"b\":9.223372036854776e+18,\"c\":9223372036854775807,"
                      "\"d\":0.1,\"e\":1.0,\"f\":0.30000000000000004,\"seen\":true}");
  test_store_remove(&self);
}

static void untouched_metadata_keeps_its_text(void **state) {
  test_store self = under("local s = require 'schema' return { metadata = s.record{}:open() }");
  ss_put_request request = request_for("n", "A");
  char metadata[256];
  ss_error error;
  request.metadata = SS_SET;
  request.metadata_json = "{\"z\":1.50,\"a\":[],\"e\":{},\"big\":9223372036854775807}";
  assert_put(&self, &request, SS_OK, NULL);
  assert_ok(get(&self, "n", "A", NULL, metadata, &error), &error);
  assert_string_equal(metadata, request.metadata_json);
  test_store_remove(&self);
}

static void every_event_carries_the_hash_and_what_enrich_adds(void **state) {
  test_store self = under(
      "return { enrich = function(e, r) return { op = r.operation, was = e.type, who = r.actor,\n"
      "  changed_count = e.metadata.changed and #e.metadata.changed } end }");
  ss_put_request request = request_for("n", "A");
  ss_error error;
  char text[512];
  char hash[SS_POLICY_HASH_CAPACITY];
  assert_ok(ss_get_policy_hash(self.store, hash, &error), &error);
  assert_int_equal(strlen(hash), 64);
  assert_put(&self, &request, SS_OK, NULL);
  newest_event(&self, "n", text);
  assert_contains(text, "{\"op\":\"put\",\"was\":\"created\",\"policyHash\":\"");
  assert_contains(text, hash);
  request.caller = &eve;
  assert_put(&self, &request, SS_OK, NULL);
  newest_event(&self, "n", text);
  assert_contains(text,
                  "{\"changed\":[\"value\"],\"changed_count\":1,\"op\":\"put\",\"was\":"
                  "\"updated\",\"who\":\"eve\",\"policyHash\":\"");
  request.ttl = SS_SET;
  request.ttl_ms = 1;
  assert_put(&self, &request, SS_OK, NULL);
  self.clock->now_ms += 100;
  assert_ok(ss_cleanup_secrets(self.store, 1, &eve, NULL, &error), &error);
  newest_event(&self, "n", text);
  assert_contains(text, "\"deletedReason\":\"expired_cleanup\",\"op\":\"cleanup_secrets\"");
  assert_true(test_store_is_intact(self.store));
  test_store_remove(&self);
}

static void a_policy_is_told_the_time_though_there_is_no_namespace(void **state) {
  test_store self = under("return { authorize = function(r) return r.now > 1000 end }");
  ss_remove_request removal;
  ss_update_request update;
  ss_update_result result;
  ss_error error;
  bool removed = true;
  ss_remove_request_init(&removal);
  removal.namespace_name = "gone";
  removal.name = "A";
  assert_ok(ss_remove(self.store, &removal, &removed, &error), &error);
  assert_false(removed);
  ss_update_request_init(&update);
  update.namespace_name = "gone";
  update.name = "A";
  update.ttl = SS_CLEAR;
  assert_ok(ss_update(self.store, &update, &result, &error), &error);
  test_store_remove(&self);
}

/* What was there before is still readable when the row has been written. */
static void enrich_sees_what_was_there_before(void **state) {
  test_store self = under(
      "return { enrich = function(e, r)\n"
      "  return { before = r.current and r.current.metadata.m, revision = r.current and "
      "r.current.revision }\n"
      "end }");
  ss_put_request request = request_for("n", "A");
  ss_remove_request removal;
  ss_error error;
  char metadata[3000] = "{\"m\":\"";
  char text[512];
  memset(metadata + 6, 'x', 2900);
  (void)strcat(metadata, "\"}");
  request.metadata = SS_SET;
  request.metadata_json = "{\"m\":\"first\"}";
  assert_put(&self, &request, SS_OK, NULL);
  request.metadata_json = metadata;
  assert_put(&self, &request, SS_OK, NULL);
  newest_event(&self, "n", text);
  assert_contains(text, "\"before\":\"first\",\"revision\":1");
  request.metadata_json = "{\"m\":\"third\"}";
  assert_put(&self, &request, SS_OK, NULL);
  newest_event(&self, "n", text);
  assert_contains(text, "\"before\":\"xxxxxxxx");
  ss_remove_request_init(&removal);
  removal.namespace_name = "n";
  removal.name = "A";
  assert_ok(ss_remove(self.store, &removal, NULL, &error), &error);
  newest_event(&self, "n", text);
  assert_contains(text, "\"before\":\"third\",\"revision\":3");
  test_store_remove(&self);
}

static void maintenance_is_not_authorized_but_enriched(void **state) {
  test_store self = test_store_prepare();
  char text[512];
  ss_error error;
  bool more = true;
  test_store_open(&self);
  test_put(self.store, "n", "A", "1");
  test_store_reopen_with(&self, 2, 1);
  const ss_policy_source source = source_of(
      "return { authorize = function() return false, 'nobody' end,\n"
      "  enrich = function(e, r) return { op = r.operation, who = r.actor } end }");
  assert_ok(ss_policy_reload(self.store, &source, &error), &error);
  assert_fails(ss_rotate_all(self.store, NULL, NULL, NULL, NULL, &error), SS_POLICY_DENIED, &error);
  while (more) assert_ok(ss_maintenance_step(self.store, &more, &error), &error);
  const ss_policy_source none = source_of("return {}");
  assert_ok(ss_policy_reload(self.store, &none, &error), &error);
  newest_event(&self, "n", text);
  assert_contains(text, "\"newKeyVersion\":2,\"op\":\"rotate_keys\",\"who\":\"maintenance\"");
  test_store_remove(&self);
}

static void a_failing_policy_lets_nothing_through(void **state) {
  static const char *const failing[] = {"return { authorize = function() error('broken') end }",
                                        "return { normalize = function() error('broken') end }",
                                        "return { enrich = function() error('broken') end }",
                                        "return { authorize = function() while true do end end }"};
  for (size_t i = 0; i < sizeof failing / sizeof failing[0]; i++) {
    test_store self = under(failing[i]);
    ss_put_request request = request_for("n", "A");
    ss_error error;
    assert_fails(ss_put(self.store, &request, NULL, &error), SS_POLICY_FAILED, &error);
    assert_contains(error.policy_location, "policy.lua:1");
    assert_int_equal(test_store_number(&self, "SELECT count(*) FROM secret"), 0);
    assert_int_equal(test_store_number(&self, "SELECT count(*) FROM event"), 0);
    test_store_remove(&self);
  }
}

/* ---- Exchange, hash, limits ---------------------------------------------------------------- */

static void a_policy_is_exchanged_whole_or_not_at_all(void **state) {
  test_store self = under("return { authorize = function() return false, 'first' end }");
  const ss_policy_source broken = source_of("return {\n\n!");
  const ss_policy_source misspelt = source_of("return { authorise = 1 }");
  const ss_policy_source second =
      source_of("return { authorize = function() return false, 'second' end }");
  ss_put_request request = request_for("n", "A");
  char first_hash[SS_POLICY_HASH_CAPACITY];
  char hash[SS_POLICY_HASH_CAPACITY];
  ss_error error;
  assert_ok(ss_get_policy_hash(self.store, first_hash, &error), &error);
  assert_put(&self, &request, SS_POLICY_DENIED, "first");
  assert_fails(ss_policy_reload(self.store, &broken, &error), SS_POLICY_INVALID, &error);
  assert_string_equal(error.policy_location, "policy.lua:3");
  assert_fails(ss_policy_reload(self.store, &misspelt, &error), SS_POLICY_INVALID, &error);
  assert_contains(error.message, "did you mean \"authorize\"?");
  assert_put(&self, &request, SS_POLICY_DENIED, "first");
  assert_ok(ss_policy_reload(self.store, &second, &error), &error);
  assert_put(&self, &request, SS_POLICY_DENIED, "second");
  assert_ok(ss_get_policy_hash(self.store, hash, &error), &error);
  assert_string_not_equal(hash, first_hash);
  assert_fails(ss_policy_reload(self.store, NULL, &error), SS_INVALID_ARGUMENT, &error);
  test_store_remove(&self);
}

static ss_status open_expecting(const char *policy, const char *hash, ss_error *error) {
  test_store self = test_store_prepare();
  ss_options *options = test_store_options(&self);
  const ss_policy_source source = source_of(policy == NULL ? "" : policy);
  if (policy != NULL) assert_ok(ss_options_set_policy(options, &source, error), error);
  assert_ok(ss_options_set_policy_hash(options, hash, error), error);
  const ss_status status = ss_store_open(options, &self.store, error);
  ss_options_free(options);
  test_store_remove(&self);
  return status;
}

static void a_host_may_insist_on_its_policy(void **state) {
  /* of no policy that is used here */
  static const char hash[] = "f3ae0a02e1b0cdbd1a2dba5cf7f1f3e7e0b0e02a6b1e5be6a8e3d6a8e3d6a8e3";
  char real[SS_POLICY_HASH_CAPACITY];
  ss_error error;
  test_store self = under("return {}");
  assert_ok(ss_get_policy_hash(self.store, real, &error), &error);
  test_store_remove(&self);
  assert_ok(open_expecting("return {}", real, &error), &error);
  assert_ok(open_expecting(NULL, NULL, &error), &error);
  assert_fails(open_expecting("return {}", hash, &error), SS_POLICY_INVALID, &error);
  assert_fails(open_expecting(NULL, real, &error), SS_POLICY_INVALID, &error);
  assert_fails(open_expecting("return", real, &error), SS_POLICY_INVALID, &error);
}

static void options_are_checked(void **state) {
  test_store self = test_store_prepare();
  ss_options *options = test_store_options(&self);
  ss_error error;
  assert_fails(ss_options_set_policy(options, NULL, &error), SS_INVALID_OPTIONS, &error);
  assert_fails(ss_options_set_policy_hash(options, "abc", &error), SS_INVALID_OPTIONS, &error);
  assert_fails(ss_options_set_policy_limits(options, 1, 1000000, 50, &error), SS_INVALID_OPTIONS,
               &error);
  assert_fails(ss_options_set_policy_limits(options, 8 << 20, 10, 50, &error), SS_INVALID_OPTIONS,
               &error);
  assert_fails(ss_options_set_policy_limits(options, 8 << 20, 1000, 0, &error), SS_INVALID_OPTIONS,
               &error);
  const ss_policy_source source =
      source_of("return { authorize = function() for i = 1, 100000 do end return true end }");
  assert_ok(ss_options_set_policy(options, &source, &error), &error);
  assert_ok(ss_options_set_policy_limits(options, 8 << 20, 10000, 5000, &error), &error);
  assert_ok(ss_store_open(options, &self.store, &error), &error);
  ss_put_request request = request_for("n", "A");
  assert_put(&self, &request, SS_POLICY_FAILED, "more instructions than its budget");
  ss_options_free(options);
  test_store_remove(&self);
}

static bool keep_piece(void *context, const char *text, size_t length) {
  return fwrite(text, 1, length, context) == length;
}

/* Two rows whose normalized metadata have the same length: each is judged by its own. */
static void imported_rows_are_not_mixed_up(void **state) {
  char *exported = NULL;
  size_t length = 0;
  test_store self = test_store_prepare();
  ss_export_request export;
  ss_export_report report;
  ss_import_request import;
  ss_import_report imported;
  ss_error error;
  test_store_open(&self);
  static const char *const owners[] = {"{\"owner\":\"ANA\"}", "{\"owner\":\"BOB\"}",
                                       "{\"owner\":\"CAT\"}"};
  for (size_t i = 0; i < 3; i++) {
    const char name[2] = {(char)('A' + i), '\0'};
    ss_put_request request = request_for("n", name);
    request.metadata = SS_SET;
    request.metadata_json = owners[i];
    assert_put(&self, &request, SS_OK, NULL);
  }
  FILE *memory = open_memstream(&exported, &length);
  assert_non_null(memory);
  ss_export_request_init(&export);
  export.write = keep_piece;
  export.write_context = memory;
  assert_ok(ss_export(self.store, &export, &report, &error), &error);
  ss_export_report_clear(&report);
  (void)fclose(memory);
  const ss_policy_source source = source_of(
      "local owners = { A = 'ana', B = 'bob', C = 'cat' }\n"
      "return { normalize = function(r) return { owner = r.metadata.owner:lower() } end,\n"
      "  authorize = function(r) return r.metadata.owner == owners[r.name], 'mixed up' end }");
  assert_ok(ss_policy_reload(self.store, &source, &error), &error);
  ss_import_request_init(&import);
  import.text = exported;
  import.text_length = length;
  import.existing = SS_EXISTING_REPLACE;
  assert_ok(ss_import(self.store, &import, &imported, &error), &error);
  assert_int_equal(imported.replaced, 3);
  ss_import_report_clear(&imported);
  free(exported);
  test_store_remove(&self);
}

static void an_import_is_judged_row_by_row(void **state) {
  char *exported = NULL;
  size_t length = 0;
  test_store self = test_store_prepare();
  ss_export_request export;
  ss_export_report report;
  ss_import_request import;
  ss_import_report imported;
  ss_error error;
  char text[512];
  test_store_open(&self);
  test_put(self.store, "n", "A", "12345678");
  test_put(self.store, "n", "lower", "12345678");
  FILE *memory = open_memstream(&exported, &length);
  assert_non_null(memory);
  ss_export_request_init(&export);
  export.write = keep_piece;
  export.write_context = memory;
  assert_ok(ss_export(self.store, &export, &report, &error), &error);
  ss_export_report_clear(&report);
  (void)fclose(memory);
  const ss_policy_source source = source_of(
      "local s = require 'schema' return { name = s.string():pattern('%u+'),\n"
      "  metadata = s.record{ from = s.string():default('elsewhere') },\n"
      "  enrich = function(e, r) return { op = r.operation } end }");
  assert_ok(ss_policy_reload(self.store, &source, &error), &error);
  ss_import_request_init(&import);
  import.text = exported;
  import.text_length = length;
  import.existing = SS_EXISTING_REPLACE;
  import.partial = true;
  assert_ok(ss_import(self.store, &import, &imported, &error), &error);
  assert_int_equal(imported.replaced, 1);
  assert_int_equal(imported.refused, 1);
  assert_int_equal(imported.faults[0].code, SS_POLICY_DENIED);
  assert_string_equal(imported.faults[0].name, "lower");
  ss_import_report_clear(&imported);
  assert_ok(get(&self, "n", "A", NULL, text, &error), &error);
  assert_string_equal(text, "{\"from\":\"elsewhere\"}");
  newest_event(&self, "n", text);
  assert_contains(text, "\"op\":\"import\"");
  free(exported);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_namespaces_and_metadata_are_checked),
      cmocka_unit_test(values_are_checked_and_never_named),
      cmocka_unit_test(expiries_get_a_default_and_a_limit),
      cmocka_unit_test(an_update_is_judged_by_what_it_changes),
      cmocka_unit_test(writes_show_the_policy_what_they_do),
      cmocka_unit_test(reads_and_chores_show_it_too),
      cmocka_unit_test(normalize_changes_metadata_before_the_check),
      cmocka_unit_test(numbers_stay_the_same_through_a_policy),
      cmocka_unit_test(untouched_metadata_keeps_its_text),
      cmocka_unit_test(every_event_carries_the_hash_and_what_enrich_adds),
      cmocka_unit_test(a_policy_is_told_the_time_though_there_is_no_namespace),
      cmocka_unit_test(enrich_sees_what_was_there_before),
      cmocka_unit_test(maintenance_is_not_authorized_but_enriched),
      cmocka_unit_test(a_failing_policy_lets_nothing_through),
      cmocka_unit_test(a_policy_is_exchanged_whole_or_not_at_all),
      cmocka_unit_test(a_host_may_insist_on_its_policy),
      cmocka_unit_test(options_are_checked),
      cmocka_unit_test(an_import_is_judged_row_by_row),
      cmocka_unit_test(imported_rows_are_not_mixed_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
