/* From options to changes of fields; what excludes each other is refused. */
#include "commands/changes.h"

#include <stdio.h>

#include "terminal/failure.h"
#include "terminal/numbers.h"

static bool parse_metadata(const char *command_name, const arguments *args,
                           field_changes *changes) {
  const bool set = given(args, OPTION_METADATA);
  const bool clear = given(args, OPTION_NO_METADATA);
  if (set && clear)
    return fail_usage(command_name, "expected --metadata or --no-metadata, got both");
  if (set) changes->metadata = SS_SET;
  if (clear) changes->metadata = SS_CLEAR;
  return true;
}

static bool parse_expiry(const char *command_name, const arguments *args, field_changes *changes) {
  const int count =
      given(args, OPTION_TTL) + given(args, OPTION_NO_EXPIRY) + given(args, OPTION_EXPIRES_AT);
  if (count > 1) {
    return fail_usage(command_name, "expected one of --ttl, --no-expiry and --expires-at, got %d",
                      count);
  }
  if (given(args, OPTION_NO_EXPIRY)) changes->ttl = SS_CLEAR;
  if (given(args, OPTION_TTL)) {
    changes->ttl = SS_SET;
    if (!parse_duration(args->text[OPTION_TTL], &changes->ttl_ms)) {
      return fail_usage(command_name,
                        "--ttl: expected a number with its unit (500ms, 90s, 15m, 12h, 30d), got "
                        "\"%s\"",
                        args->text[OPTION_TTL]);
    }
  }
  if (given(args, OPTION_EXPIRES_AT)) {
    changes->expires_at_change = SS_SET;
    if (!parse_time(args->text[OPTION_EXPIRES_AT], &changes->expires_at)) {
      return fail_usage(command_name,
                        "--expires-at: expected a time in UTC, as 2027-01-31T12:00:00Z, got \"%s\"",
                        args->text[OPTION_EXPIRES_AT]);
    }
  }
  return true;
}

bool parse_revision(const char *command_name, const arguments *args, int64_t *if_revision) {
  *if_revision = SS_ANY_REVISION;
  if (given(args, OPTION_CREATE_ONLY) && given(args, OPTION_IF_REVISION)) {
    return fail_usage(command_name, "expected --create-only or --if-revision, got both");
  }
  if (given(args, OPTION_CREATE_ONLY)) *if_revision = 0;
  if (!given(args, OPTION_IF_REVISION)) return true;
  if (parse_integer(args->text[OPTION_IF_REVISION], SS_MAX_INTEGER, if_revision)) return true;
  return fail_usage(command_name, "--if-revision: expected a number from 0, got \"%s\"",
                    args->text[OPTION_IF_REVISION]);
}

bool parse_changes(const char *command_name, const arguments *args, field_changes *changes) {
  *changes = (field_changes){0};
  return parse_metadata(command_name, args, changes) && parse_expiry(command_name, args, changes) &&
         parse_revision(command_name, args, &changes->if_revision);
}

void print_expiry(int64_t expires_at) {
  char time[TIME_TEXT_CAPACITY];
  char relative[TIME_TEXT_CAPACITY];
  if (expires_at == SS_NO_EXPIRY) return;
  format_time(expires_at, time);
  format_relative(expires_at, now_in_ms(), relative);
  (void)printf(", expires %s (%s)", time, relative);
}
