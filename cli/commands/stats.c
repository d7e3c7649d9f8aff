/* stats: what the store holds. */
#include <stdio.h>

#include "commands/commands.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/output.h"

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

static int run_stats(const arguments *args) {
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

const command command_stats = {
    .name = "stats",
    .summary = "count namespaces, secrets, events and bytes",
    .details = "What the store holds, and how large its files are.",
    .examples = "secretstore stats --json\n",
    .options = ON_A_STORE,
    .run = run_stats,
};
