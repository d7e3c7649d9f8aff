/* The interface that SWIG turns into the native modules of Python and Node: flat functions, opaque
 * handles, no classes. What it generates is private; the facades in python/ and node/ are the API.
 *
 * It says nothing of any language: the file of typemaps for each says how the types below cross
 * over. What callbacks need to live as long as a store differs too much between hosts: opening a
 * store is declared there. */
%module secretstore
%{
#include "operations.h"
#include "secretstore/secretstore.h"
%}

%include <stdint.i>

#if defined(SWIGPYTHON)
%include "python_typemaps.i"
#elif defined(SWIGJAVASCRIPT)
%include "node_typemaps.i"
#else
#error "expected Python or JavaScript"
#endif

%rename("%(strip:[ss_])s") "";
%rename(import_rows) ss_import; /* a keyword of both languages */

%include "records.h"
%include "operations.h"

/* ---- Records -------------------------------------------------------------------------------- */

#define REQUEST_TYPE(TYPE, FIELDS) %request(TYPE)
SS_REQUESTS(REQUEST_TYPE)

/* The results of operations of the usual shape, from their rows. */
#define RESULT_PLAIN(TYPE) %plain_result(TYPE)
#define RESULT_OWNED(TYPE) %owned_result(TYPE)
#define RESULT_BOOLEAN(TYPE)
#define ASKED_RESULT(NAME, REQUEST, RESULT, KIND) RESULT_##KIND(RESULT)
#define TOLD_RESULT(NAME, RESULT, KIND) RESULT_##KIND(RESULT)
#define NOTHING(NAME)
SS_OPERATIONS(ASKED_RESULT, TOLD_RESULT, NOTHING)

/* Those of the others. */
%plain_result(ss_rotate_all_result)
%plain_result(ss_cleanup_result)
%plain_result(ss_policy_trial)
%owned_result(ss_anchor)
%owned_result(ss_import_report)

/* ---- Functions ------------------------------------------------------------------------------ */

const char *ss_version_string(void);
const char *ss_status_name(ss_status status);
const char *ss_operation_name(ss_operation operation);
const char *ss_event_type_name(ss_event_type type);
const char *ss_key_state_name(ss_key_state state);
const char *ss_verdict_name(ss_verdict verdict);
ss_status ss_generate_key(char key[SS_KEY_TEXT_CAPACITY], ss_error *error);

ss_status ss_options_new(const char *path, ss_options **options, ss_error *error);
ss_status ss_options_add_key(ss_options *options, int64_t version, const char *key,
                             ss_error *error);
ss_status ss_options_set(ss_options *options, const ss_open_options *request, ss_error *error);

ss_status ss_keyring_new(ss_keyring **keyring, ss_error *error);
ss_status ss_keyring_add_key(ss_keyring *keyring, int64_t version, const char *key,
                             ss_error *error);

void ss_store_close(ss_store *store);

/* Operations of the usual shape, from their rows. */
#define DECLARE_ASKED(NAME, REQUEST, RESULT, KIND) \
  ss_status ss_##NAME(ss_store *store, const REQUEST *request, RESULT *result, ss_error *error);
#define DECLARE_TOLD(NAME, RESULT, KIND) \
  ss_status ss_##NAME(ss_store *store, RESULT *result, ss_error *error);
SS_OPERATIONS(DECLARE_ASKED, DECLARE_TOLD, NOTHING)

/* The others. */
ss_status ss_put_batch(ss_store *store, const ss_put_request *requests, size_t count,
                       ss_put_result *results, ss_error *error);
ss_status ss_rotate_all(ss_store *store, const ss_caller *caller, ss_progress_callback progress,
                        void *context, ss_rotate_all_result *result, ss_error *error);
ss_status ss_cleanup_secrets(ss_store *store, int64_t retention_ms, const ss_caller *caller,
                             ss_cleanup_result *result, ss_error *error);
ss_status ss_cleanup_events(ss_store *store, int64_t retention_ms, const ss_caller *caller,
                            ss_cleanup_result *result, ss_error *error);
ss_status ss_admit_keys(ss_store *store, const ss_caller *caller, int64_t *result, ss_error *error);
ss_status ss_reload_keys(ss_store *store, const ss_keyring *keys, ss_error *error);
ss_status ss_make_anchor(ss_store *store, const ss_caller *caller, ss_anchor *result,
                         ss_error *error);
ss_status ss_note_restored(ss_store *store, const ss_caller *caller, ss_error *error);
ss_status ss_import(ss_store *store, const ss_import_request *request, ss_import_report *result,
                    ss_error *error);

ss_status ss_policy_reload(ss_store *store, const ss_policy_source *source, ss_error *error);
ss_status ss_get_policy_hash(ss_store *store, char hash[SS_POLICY_HASH_CAPACITY],
                             ss_error *error);
ss_status ss_policy_check(const ss_policy_source *source, ss_text *result, ss_error *error);
ss_status ss_policy_types(const ss_policy_source *source, const char *language, ss_text *result,
                          ss_error *error);
ss_status ss_policy_test(const ss_policy_source *source, const ss_policy_source *cases,
                         ss_policy_case_callback callback, void *context, ss_error *error);
ss_status ss_policy_try(ss_store *store, const ss_policy_source *source,
                        ss_policy_refusal_callback callback, void *context,
                        ss_policy_trial *result, ss_error *error);
