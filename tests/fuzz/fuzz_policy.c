/* Fuzzing policy texts: whatever the text, compiling it and judging by it neither crashes nor leaks
 * nor takes long. */
#include <string.h>

#include "fuzz.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t length) {
  static const policy_limits limits = {
      .memory_bytes = 2 << 20, .instructions = 20000, .deadline_ms = 20};
  static const char hash[POLICY_HASH_CAPACITY] = "0";
  policy *of = NULL;
  policy_call *call = NULL;
  byte_buffer enriched = {0};
  const text_view text = {(const char *)data, length};
  if (policy_compile("fuzz.lua", text, hash, &limits, NULL, &of, NULL) != SS_OK) return 0;
  policy_subject subject = {
      .operation = "put",
      .has_target = true,
      .namespace_name = {"acme:testing", 12},
      .name = {"A", 1},
      .actor = {"eve", 3},
      .context = json_pack("{s:s}", "host", "h"),
      .current = {.found = true, .revision = 2, .expires_at = SS_NO_EXPIRY},
      .now = 1770000000000,
      .writes_expiry = true,
      .omits_expiry = true,
      .expires_at = SS_NO_EXPIRY,
      .writes_metadata = true,
      .metadata = {"{\"owner\":\"ana\",\"tags\":[1,null]}", 31},
      .has_value = true,
      .value = {(const unsigned char *)"12345678", 8},
  };
  if (policy_call_begin(of, &call, NULL) == SS_OK) {
    if (policy_judge(call, &subject, NULL) == SS_OK) {
      (void)!policy_enrich(call, &subject, "created", (text_view){0}, &enriched, NULL);
    }
    policy_call_end(call);
  }
  json_decref(subject.context);
  buffer_clear(&enriched);
  policy_release(of);
  return 0;
}
