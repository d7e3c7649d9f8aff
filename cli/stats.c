/* stats and maintain. */
#include <stdio.h>

#include "commands.h"
#include "failure.h"
#include "numbers.h"
#include "output.h"
#include "session.h"

static json_t *operation_items(const ss_stats *stats) {
  json_t *items = json_object();
  for (int i = 0; i < SS_OPERATION_COUNT; i++) {
    const ss_operation_stats *of = &stats->operations[i];
    if (of->calls == 0) continue;
    (void)json_object_set_new(
        items, ss_operation_name((ss_operation)i),
        json_pack("{s:I, s:I, s:I, s:I}", "calls", of->calls, "failures", of->failures, "totalNs",
                  of->total_ns, "longestNs", of->longest_ns));
  }
  return items;
}

/* The timings are those of this very command's calls: for hosts, and here for what they cost. */
static int print_stats(const arguments *args, const ss_stats *stats) {
  if (given(args, OPTION_JSON)) {
    return print_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "namespaceCount",
                                stats->namespace_count, "secretCount", stats->secret_count,
                                "eventCount", stats->event_count, "fileBytes", stats->file_bytes,
                                "freeBytes", stats->free_bytes, "logBytes", stats->log_bytes,
                                "operations", operation_items(stats)));
  }
  (void)printf("namespaces   %lld\nsecrets      %lld\nevents       %lld\n",
               (long long)stats->namespace_count, (long long)stats->secret_count,
               (long long)stats->event_count);
  (void)printf("file         %lld bytes, %lld of them free\nlog          %lld bytes\n",
               (long long)stats->file_bytes, (long long)stats->free_bytes,
               (long long)stats->log_bytes);
  return EXIT_OK;
}

int run_stats(const arguments *args) {
  session opened;
  ss_stats stats;
  ss_error error;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = ss_get_stats(opened.store, &stats, &error) == SS_OK ? print_stats(args, &stats)
                                                             : fail_with(&error);
  session_close(&opened);
  return code;
}

/* ---- maintain ------------------------------------------------------------------------------ */

static int step_until_done(session *opened, int64_t *steps) {
  bool more = true;
  ss_error error;
  while (more) {
    if (ss_maintenance_step(opened->store, &more, &error) != SS_OK) return fail_with(&error);
    (*steps)++;
  }
  return EXIT_OK;
}

int run_maintain(const arguments *args) {
  session opened;
  int64_t steps = 0;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = step_until_done(&opened, &steps);
  session_close(&opened);
  if (code != EXIT_OK) return code;
  if (given(args, OPTION_JSON)) return print_json(json_pack("{s:I}", "steps", steps));
  (void)printf("nothing is left to do after %lld step%s\n", (long long)steps, plural(steps));
  return EXIT_OK;
}
