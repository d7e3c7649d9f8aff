/* Bringing in step what is known of a namespace, and comparing with it. */
#include "engine/operations/verified_read.h"

#include <string.h>

#include "base/arena.h"
#include "base/status.h"
#include "engine/change/state_proof.h"
#include "engine/change/state_scan.h"
#include "engine/operations/walk.h"

/* Beyond so many events a scan is cheaper, mostly. */
enum { MOST_EVENTS_FOLLOWED = 10000, EVENTS_PER_PAGE = 1000 };

static ss_status is_not_proved(const verified_read *self, const char *why, ss_error *error) {
  const text_view name = self->namespace_name;
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "%s%.*s: %s; the file was changed, or put back in part: run verify",
                   name.data == NULL ? "the default namespace" : "namespace ",
                   QUOTED_LENGTH(name.length), name.data == NULL ? "" : name.data, why);
}

static scratch *scratch_of(const verified_read *self) { return self->session.call->scratch; }

static const crypto_suite *suite_of(const verified_read *self) {
  return &self->session.call->store->suite;
}

/* ---- All heads ------------------------------------------------------------------------------- */

typedef struct heads_sum {
  scratch *scratch;
  seal_record sum;
} heads_sum;

static ss_status add_head(void *context, text_view name, const namespace_record *record, bool *stop,
                          ss_error *error) {
  heads_sum *self = context;
  *stop = false;
  self->sum.namespaces++;
  return signer_change_seal(&self->scratch->signer, &self->sum, SUM_GAINS, name, record, error);
}

/* No namespace was put back, added or taken away: together they are what the seal says. */
static ss_status check_heads(const verified_read *self, const seal_record *seal, ss_error *error) {
  heads_sum of = {.scratch = scratch_of(self)};
  arena *memory = arena_new();
  if (memory == NULL) return error_out_of_memory(error);
  const ss_status status = walk_namespaces(self->session.session, memory, add_head, &of, error);
  arena_free(memory);
  GUARD(status);
  if (of.sum.namespaces == seal->namespaces &&
      memcmp(of.sum.sum, seal->sum, sizeof seal->sum) == 0) {
    return SS_OK;
  }
  return is_not_proved(self, "the store's namespaces are not those that its seal says", error);
}

/* ---- The first proof ------------------------------------------------------------------------- */

static ss_status take_row(void *context, row_table table, const kept_row *row,
                          const unsigned char digest[SHA256_BYTES], ss_error *error) {
  verified_read *self = context;
  bool was_there = false;
  if (table != ROWS_OF_SECRETS) return SS_OK;
  GUARD(proved_names_set(self->names, suite_of(self), row->row.name, row->row.id, digest,
                         row->row.updated_at, &was_there, error));
  return was_there ? is_not_proved(self, "it has two secrets of one name", error) : SS_OK;
}

static ss_status prove(verified_read *self, const namespace_record *head, const seal_record *seal,
                       ss_error *error) {
  state_totals totals;
  const state_scan scan = {
      .scratch = scratch_of(self),
      .session = self->session.session,
      .namespace_name = self->namespace_name,
      .namespace_id = head->id,
      .visitor = take_row,
      .context = self,
  };
  proved_names_clear(self->names);
  GUARD(check_heads(self, seal, error));
  GUARD(state_scan_run(&scan, &totals, error));
  if (state_totals_fit(&totals, head)) return SS_OK;
  return is_not_proved(self, "its rows are not those that its head says", error);
}

/* ---- Following events ------------------------------------------------------------------------ */

/* A secret that events tell of; where it stands in order of updates, its row must tell. */
typedef struct touched_name {
  struct touched_name *next;
  text_view name;
} touched_name;

typedef struct following {
  verified_read *read;
  arena *memory;
  touched_name *touched;
  int64_t sequence;
  unsigned char mac[MAC_BYTES];
  int64_t visited_in_page;
  bool broken;
  bool accepted; /* rows as they were: events do not tell which */
} following;

static ss_status note_touched(following *self, text_view name, ss_error *error) {
  touched_name *touched = arena_allocate(self->memory, sizeof *touched);
  const char *copy = arena_copy_text(self->memory, name);
  if (touched == NULL || copy == NULL) return error_out_of_memory(error);
  *touched = (touched_name){self->touched, {copy, name.length}};
  self->touched = touched;
  return SS_OK;
}

static ss_status apply(following *self, const event_record *event, ss_error *error) {
  verified_read *read = self->read;
  bool was_there = false;
  switch (event->type) {
    case SS_EVENT_CREATED:
    case SS_EVENT_UPDATED:
    case SS_EVENT_ROTATED:
      self->broken = event->row_digest.length != SHA256_BYTES;
      if (self->broken) return SS_OK;
      GUARD(proved_names_set(read->names, suite_of(read), event->name, event->secret_id,
                             event->row_digest.data, 0, &was_there, error));
      return note_touched(self, event->name, error);
    case SS_EVENT_DELETED:
      return proved_names_take(read->names, suite_of(read), event->name, error);
    case SS_EVENT_ACCEPTED: self->accepted = true; return SS_OK;
    default: return SS_OK;
  }
}

static ss_status follow(void *context, const event_record *event, ss_error *error) {
  following *self = context;
  unsigned char mac[MAC_BYTES];
  self->visited_in_page++;
  self->broken = self->broken || !sequence_follows(event->sequence, self->sequence) ||
                 event->mac.length != MAC_BYTES;
  if (self->broken) return SS_OK;
  GUARD(signer_event_mac(&scratch_of(self->read)->signer, self->read->namespace_name, self->mac,
                         event, mac, error));
  self->broken = !mac_equals(mac, event->mac.data, MAC_BYTES);
  self->sequence = event->sequence;
  memcpy(self->mac, mac, sizeof mac);
  return self->broken ? SS_OK : apply(self, event, error);
}

static ss_status follow_events(following *self, const namespace_record *head, ss_error *error) {
  events_query query = {
      .filter = EVENTS_OF_NAMESPACE,
      .namespace_id = head->id,
      .order = SS_ASCENDING,
      .has_position = true,
      .limit = EVENTS_PER_PAGE,
  };
  storage_session *session = self->read->session.session;
  do {
    self->visited_in_page = 0;
    query.after_sequence = self->sequence;
    GUARD(storage_session_check(session, error));
    GUARD(storage_visit_events(session, &query, follow, self, error));
  } while (self->visited_in_page == EVENTS_PER_PAGE && !self->broken);
  if (!self->broken && self->sequence == head->sequence &&
      mac_equals(self->mac, head->mac, MAC_BYTES)) {
    return SS_OK;
  }
  return is_not_proved(self->read, "its events do not lead to its head", error);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static ss_status is_another(text_view name, const char *why, ss_error *error) {
  return error_set(error, SS_INTEGRITY_VIOLATION,
                   "secret \"%.*s\": %s; the file was changed, or put back in part: run verify",
                   QUOTED_LENGTH(name.length), name.data, why);
}

/* entry: what is known of the name; NULL: that no such secret lives. */
static ss_status compare(const verified_read *self, text_view name, const proved_entry *entry,
                         const secret_record *row, ss_error *error) {
  unsigned char digest[SHA256_BYTES];
  if (row == NULL) {
    return entry == NULL ? SS_OK : is_another(name, "its row was taken away", error);
  }
  if (entry == NULL) return is_another(name, "there is a row that no event tells of", error);
  GUARD(signer_row_digest(&scratch_of(self)->signer, self->namespace_name, row, digest, error));
  return proved_entry_is(entry, row->id, digest)
             ? SS_OK
             : is_another(name, "its row is not the one that its last event left", error);
}

/* Where those that events told of stand now. */
static ss_status place_touched(following *self, ss_error *error) {
  verified_read *read = self->read;
  for (touched_name *touched = self->touched; touched != NULL; touched = touched->next) {
    proved_entry *entry = NULL;
    secret_record row = {0};
    bool found = false;
    GUARD(proved_names_find(read->names, suite_of(read), touched->name, &entry, error));
    if (entry == NULL) continue;
    GUARD(storage_find_secret_header(read->session.session, read->namespace_id, touched->name, &row,
                                     &found, error));
    GUARD(compare(read, touched->name, entry, found ? &row : NULL, error));
    entry->updated_at = row.updated_at;
  }
  return SS_OK;
}

static ss_status follow_in(following *self, const namespace_record *head, ss_error *error) {
  GUARD(follow_events(self, head, error));
  return self->accepted ? SS_OK : place_touched(self, error);
}

/* ---- In step --------------------------------------------------------------------------------- */

static ss_status catch_up(verified_read *self, const namespace_record *head,
                          const seal_record *seal, ss_error *error) {
  following of = {.read = self, .memory = arena_new(), .sequence = self->names->sequence};
  if (of.memory == NULL) return error_out_of_memory(error);
  memcpy(of.mac, self->names->mac, sizeof of.mac);
  const ss_status status = follow_in(&of, head, error);
  arena_free(of.memory);
  return status == SS_OK && of.accepted ? prove(self, head, seal, error) : status;
}

/* Whether the events since are there, and few enough. Those before an acceptance are not. */
static bool can_be_followed(const proved_names *names, const namespace_record *head) {
  return names->sequence > 0 && head->sequence - names->sequence <= MOST_EVENTS_FOLLOWED &&
         (head->checkpoint_sequence < names->sequence ||
          (head->checkpoint_sequence == names->sequence &&
           mac_equals(head->checkpoint_mac, names->mac, MAC_BYTES)));
}

static ss_status step(verified_read *self, const namespace_record *head, const seal_record *seal,
                      ss_error *error) {
  proved_names *names = self->names;
  GUARD(state_proof_check_head(scratch_of(self), self->namespace_name, head, error));
  if (head->sequence < names->sequence) {
    return is_not_proved(self, "its head went back", error);
  }
  if (!can_be_followed(names, head)) {
    return prove(self, head, seal, error);
  }
  return catch_up(self, head, seal, error);
}

static ss_status bring_in_step(verified_read *self, const namespace_record *head,
                               const seal_record *seal, ss_error *error) {
  self->names = proved_shelf_names(self->shelf, head->id);
  if (self->names->sequence == head->sequence &&
      mac_equals(self->names->mac, head->mac, MAC_BYTES)) {
    return SS_OK;
  }
  const ss_status status = step(self, head, seal, error);
  if (status != SS_OK) {
    proved_names_clear(self->names);
    return status;
  }
  self->names->sequence = head->sequence;
  memcpy(self->names->mac, head->mac, sizeof self->names->mac);
  return SS_OK;
}

/* ---- Beginning and ending -------------------------------------------------------------------- */

/* again: this handle has seen a newer head, but maybe only since the snapshot began; least becomes it,
 * for the next snapshot to be compared with. */
static ss_status begin_once(store_call *call, verified_read *self, known_head *least, bool *again) {
  memory_of_heads *memory = &call->store->memory;
  namespace_record head;
  seal_record seal = {0};
  bool found = false;
  *again = false;
  GUARD(reading_begin_snapshot(call, &self->session, &seal));
  GUARD(storage_load_namespace(self->session.session, self->namespace_name, &head, &found,
                               call->error));
  if (!found) return check_heads(self, &seal, call->error);
  if (least->namespace_id == head.id &&
      !known_point_allows(&least->point, head.sequence, head.mac)) {
    return is_not_proved(self, "its head went back", call->error);
  }
  *again = !memory_of_heads_allows(memory, &head);
  if (*again) {
    *least = memory_of_heads_recall_head(memory, head.id);
    return SS_OK;
  }
  self->namespace_id = head.id;
  GUARD(bring_in_step(self, &head, &seal, call->error));
  memory_of_heads_note_head(memory, &head);
  return SS_OK;
}

ss_status verified_read_begin(store_call *call, text_view namespace_name, verified_read *self) {
  proved_shelf *shelf = NULL;
  known_head least = {.namespace_id = INT64_MIN};
  bool again = true;
  *self = (verified_read){.namespace_name = namespace_name};
  GUARD(proved_shelves_find(&call->store->proved, namespace_name, &shelf, call->error));
  proved_shelf_lock(shelf);
  self->shelf = shelf;
  while (again) {
    reading_end(&self->session);
    GUARD(begin_once(call, self, &least, &again));
  }
  return SS_OK;
}

void verified_read_end(verified_read *self) {
  proved_shelf_unlock(&self->shelf);
  reading_end(&self->session);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static ss_status find_row(verified_read *self, text_view name, secret_part part, secret_record *row,
                          bool *found, ss_error *error) {
  storage_session *session = self->session.session;
  return part == SECRET_WHOLE
             ? storage_find_secret(session, self->namespace_id, name, row, found, error)
             : storage_find_secret_header(session, self->namespace_id, name, row, found, error);
}

ss_status verified_read_find(verified_read *self, text_view name, secret_part part,
                             secret_record *row, bool *found, ss_error *error) {
  proved_entry *entry = NULL;
  proved_entry known = {0};
  *found = false;
  if (self->names == NULL) return SS_OK;
  GUARD(proved_names_find(self->names, suite_of(self), name, &entry, error));
  if (entry != NULL) known = *entry;
  proved_shelf_unlock(&self->shelf);
  GUARD(find_row(self, name, part, row, found, error));
  return compare(self, name, entry == NULL ? NULL : &known, *found ? row : NULL, error);
}

ss_status verified_read_check_row(verified_read *self, const secret_record *row, ss_error *error) {
  proved_entry *entry = NULL;
  GUARD(proved_names_find(self->names, suite_of(self), row->name, &entry, error));
  return compare(self, row->name, entry, row, error);
}

ss_status verified_read_check_stretch(verified_read *self, const proved_position *after,
                                      const proved_position *up_to, size_t rows, ss_error *error) {
  if (proved_names_between(self->names, after, up_to) == rows) return SS_OK;
  return is_not_proved(self, "rows were taken away", error);
}
