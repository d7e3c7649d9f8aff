/* keys admit and keys retire: the beginning and the end of a key's life in a store. */
#include <stdio.h>

#include "commands/commands.h"
#include "session/session.h"
#include "terminal/failure.h"
#include "terminal/numbers.h"
#include "terminal/output.h"

/* ---- keys admit ---------------------------------------------------------------------------- */

static int print_admitted(const arguments *args, int64_t admitted) {
  if (given(args, OPTION_JSON)) return print_json(json_pack("{s:I}", "admitted", admitted));
  if (admitted == 0) {
    (void)printf("nothing to admit: the store knows every configured key\n");
  } else {
    (void)printf("admitted %lld key%s\n", (long long)admitted, plural(admitted));
  }
  return EXIT_OK;
}

static int run_keys_admit(const arguments *args) {
  session opened;
  int64_t admitted = 0;
  ss_error error;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  code = ss_admit_keys(opened.store, &opened.caller, &admitted, &error) == SS_OK
             ? print_admitted(args, admitted)
             : fail_with(&error);
  session_close(&opened);
  return code;
}

const command command_keys_admit = {
    .name = "keys admit",
    .summary = "have the store know the configured keys that are new to it",
    .details =
        "The first write does that too. One configured key at least must be admitted\n"
        "already: no key joins a store by itself.",
    .examples = "secretstore keys admit --keys-file both\n",
    .options = ON_A_STORE,
    .run = run_keys_admit,
};

/* ---- keys retire --------------------------------------------------------------------------- */

static int print_retirement_json(int64_t version, const ss_retire_result *result) {
  return print_json(json_pack("{s:I, s:I, s:I, s:I}", "version", version, "epoch", result->epoch,
                              "namespaces", result->namespaces, "faulty", result->faulty));
}

static int print_retirement_text(int64_t version, const ss_retire_result *result) {
  const long long epoch = (long long)result->epoch;
  (void)printf("retired key version %lld: it opens nothing in this store any more\n",
               (long long)version);
  (void)printf("epoch %lld began with it; %lld namespace%s sealed anew\n", epoch,
               (long long)result->namespaces, result->namespaces == 1 ? " was" : "s were");
  (void)printf(
      "keep with the keys: --least-epoch %lld, by which no older copy of the file is taken for "
      "the store, nor one that was forged with that key\n",
      epoch);
  return EXIT_OK;
}

static int print_retirement(const arguments *args, int64_t version,
                            const ss_retire_result *result) {
  const int code = given(args, OPTION_JSON) ? print_retirement_json(version, result)
                                            : print_retirement_text(version, result);
  if (code != EXIT_OK || result->faulty == 0) return code;
  (void)fflush(stdout); /* what was done stands before what was found */
  return fail(
      SS_INTEGRITY_VIOLATION,
      "the key is retired, and these namespaces hold rows that are not those that were last "
      "written, see verify: %lld",
      (long long)result->faulty);
}

static bool parse_version(const arguments *args, int64_t *version) {
  if (parse_integer(args->positional, SS_MAX_INTEGER, version)) return true;
  return fail_usage("keys retire", "expected a key version, 0 to 2^53-1, got \"%s\"",
                    args->positional);
}

static int run_keys_retire(const arguments *args) {
  session opened;
  ss_retire_request request;
  ss_retire_result result;
  ss_error error;
  ss_retire_request_init(&request);
  if (!parse_version(args, &request.version)) return EXIT_USAGE;
  int code = session_open(args, SESSION_EXISTING, &opened);
  if (code != EXIT_OK) return code;
  request.abandon = given(args, OPTION_ABANDON);
  request.caller = &opened.caller;
  code = ss_retire_key(opened.store, &request, &result, &error) == SS_OK
             ? print_retirement(args, request.version, &result)
             : fail_with(&error);
  session_close(&opened);
  return code;
}

const command command_keys_retire = {
    .name = "keys retire",
    .positional = "VERSION",
    .summary = "have a key version open nothing any more",
    .details =
        "For a version that is not the active one, once rotate has left nothing under it;\n"
        "with --abandon also if secrets are under it, which are lost then. Every other\n"
        "admitted key must be configured; the version itself need not be. A new epoch begins,\n"
        "whose number is printed: kept with the keys and given as --least-epoch, it has older\n"
        "copies of the file refused, and whatever the key's holder forges. What an old copy\n"
        "holds, the old key still opens. A call that was interrupted is called again, and goes\n"
        "on. Exit code 3: secrets are still under it. 5: it is retired, and some namespaces\n"
        "hold rows that are not those that were last written.",
    .examples =
        "secretstore rotate --keys-file both\n"
        "secretstore keys retire 1 --keys-file both\n"
        "secretstore keys retire 3 --abandon --keys-file keys\n",
    .options = ON_A_STORE | OPTION_BIT(OPTION_ABANDON),
    .run = run_keys_retire,
};
