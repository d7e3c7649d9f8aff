/* settings: what holds for whoever opens the store. */
#include <stdio.h>

#include "commands/commands.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"

static bool parse_settings(const arguments *args, ss_settings_request *request) {
  const char *text = args->text[OPTION_EVENTS_MIN_RETENTION];
  ss_settings_request_init(request);
  if (text == NULL) return true;
  request->events_min_retention = SS_SET;
  if (parse_duration(text, &request->events_min_retention_ms)) return true;
  return fail_usage("settings",
                    "--events-min-retention: expected a duration with its unit (30d), got \"%s\"",
                    text);
}

static int print_settings(const arguments *args, const ss_store_settings *settings) {
  char retention[DURATION_TEXT_CAPACITY];
  if (given(args, OPTION_JSON)) {
    return print_json(
        json_pack("{s:I}", "eventsMinRetentionMs", settings->events_min_retention_ms));
  }
  format_duration(settings->events_min_retention_ms, retention);
  (void)printf("%saudit events are never pruned before they are %s old\n",
               given(args, OPTION_EVENTS_MIN_RETENTION) ? "from now on, " : "", retention);
  return EXIT_OK;
}

static int run_settings(const arguments *args) {
  session opened;
  ss_settings_request request;
  ss_store_settings settings;
  ss_error error;
  if (!parse_settings(args, &request)) return EXIT_USAGE;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  request.caller = &opened.caller;
  const ss_status status =
      request.events_min_retention == SS_KEEP
          ? ss_get_store_settings(opened.store, &settings, &error)
          : ss_change_store_settings(opened.store, &request, &settings, &error);
  code = status == SS_OK ? print_settings(args, &settings) : fail_with(&error);
  session_close(&opened);
  return code;
}

const command command_settings = {
    .name = "settings",
    .summary = "print or change what holds for whoever opens the store",
    .details =
        "Without --events-min-retention, prints the settings and changes nothing. They are\n"
        "kept in the store, authenticated; a change leaves an event in the store log. Whatever\n"
        "cleanup and maintenance are told, audit events that are younger than the minimum stay.",
    .examples =
        "secretstore settings --keys-file keys\n"
        "secretstore settings --events-min-retention 90d --keys-file keys\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_EVENTS_MIN_RETENTION),
    .run = run_settings,
};
