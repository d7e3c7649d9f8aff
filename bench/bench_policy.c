/* What a policy costs: get and put under a policy that has every part, against the same calls
 * without one, on two copies of the same store, slice by slice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { GETS = 20000, PUTS = 2000, SLICES = 21 };

static const char policy_text[] =
    "local s = require 'schema'\n"
    "return {\n"
    "  namespace = s.template(s.string():pattern('[%w%-]+'), ':', s.enum{'production', "
    "'testing'}),\n"
    "  name = s.string():pattern('[A-Z][A-Z0-9_]*'):max_length(64),\n"
    "  metadata = s.record{ owner = s.string(), label = s.string():optional(),\n"
    "                       notes = s.string():optional() },\n"
    "  value = { min_length = 8, max_length = 4096 },\n"
    "  expiry = { default_ms = 30 * s.day, max_ms = 365 * s.day, required = false },\n"
    "  rules = { { namespace = '%w+:production', metadata = s.record{ owner = s.string(),\n"
    "              ticket = s.string():pattern('OPS%-%d+') } } },\n"
    "  authorize = function(request)\n"
    "    if request.operation == 'remove' and request.actor ~= 'ops' then\n"
    "      return false, 'only ops removes secrets'\n"
    "    end\n"
    "    return true\n"
    "  end,\n"
    "  normalize = function(request) return { owner = request.metadata.owner:lower() } end,\n"
    "  enrich = function(event, request)\n"
    "    return { host = request.context.host,\n"
    "             ticket = request.metadata and request.metadata.ticket }\n"
    "  end,\n"
    "}\n";

typedef struct side {
  ss_store *store;
  int64_t rows;
  uint64_t random_state;
} side;

static const ss_caller caller = {.actor = "bench", .context_json = "{\"host\":\"h1\"}"};

static void run_gets(void *context, int64_t operations) {
  side *self = context;
  ss_error error;
  for (int64_t i = 0; i < operations; i++) {
    char name[BENCH_NAME_CAPACITY];
    ss_get_request request;
    ss_get_result result;
    bench_name((int64_t)(bench_random(&self->random_state) % (uint64_t)self->rows), name);
    ss_get_request_init(&request);
    request.namespace_name = BENCH_NAMESPACE;
    request.name = name;
    request.caller = &caller;
    bench_require_ok(ss_get(self->store, &request, &result, &error), &error, "get");
    ss_get_result_clear(&result);
  }
}

static void run_puts(void *context, int64_t operations) {
  side *self = context;
  ss_error error;
  for (int64_t i = 0; i < operations; i++) {
    char name[BENCH_NAME_CAPACITY];
    ss_put_request request;
    const int64_t row = (int64_t)(bench_random(&self->random_state) % (uint64_t)self->rows);
    bench_put_request(row, 1024, name, &request);
    request.metadata = SS_SET;
    request.metadata_json = "{\"owner\":\"Payments\",\"ticket\":\"OPS-1234\"}";
    request.caller = &caller;
    bench_require_ok(ss_put(self->store, &request, NULL, &error), &error, "put");
  }
}

/* A copy under the policy. */
static ss_store *open_with_policy(const bench_store *store) {
  const ss_policy_source source = {"example.lua", policy_text, sizeof policy_text - 1};
  ss_options *options = NULL;
  ss_store *opened = NULL;
  ss_error error;
  bench_require_ok(ss_options_new(store->path, &options, &error), &error, "options");
  bench_require_ok(ss_options_add_key(options, 1, bench_key_text(), &error), &error, "key");
  bench_require_ok(ss_options_set_durability(options, store->durability, &error), &error,
                   "durability");
  bench_require_ok(ss_options_set_policy(options, &source, &error), &error, "policy");
  bench_require_ok(ss_store_open(options, &opened, &error), &error, "open");
  ss_options_free(options);
  return opened;
}

void bench_policy(bench_store *store, const char *folder) {
  bench_store copy = bench_store_copy(store, folder, "policy");
  side with = {open_with_policy(&copy), store->rows, 1};
  side without = {store->store, store->rows, 1};
  printf("policy, %zu B x %lld rows, against the same without one\n", store->value_bytes,
         (long long)store->rows);
  bench_print("get", bench_compare((bench_subject){run_gets, &with},
                                   (bench_subject){run_gets, &without}, GETS, SLICES));
  bench_print("put, one transaction each",
              bench_compare((bench_subject){run_puts, &with}, (bench_subject){run_puts, &without},
                            PUTS, SLICES));
  ss_store_free(with.store);
  bench_store_delete(&copy);
}
