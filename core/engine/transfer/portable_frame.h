/* What import and export share: the faults they report, and the frame of a portable export.
 *
 * A portable export begins with a header line, which wraps a fresh export key under the transfer's
 * KEK, and ends with a line that carries a MAC under that key over all lines before it, in turn:
 * mac(i) = HMAC-SHA256(export key, mac(i-1) || line(i)), mac(0) = 32 zero bytes. */
#ifndef ENGINE_TRANSFER_PORTABLE_FRAME_H
#define ENGINE_TRANSFER_PORTABLE_FRAME_H

#include "base/arena.h"
#include "crypto/envelope.h"
#include "crypto/mac.h"

struct ss_keyring {
  keyring ring;
};

/* ---- Faults -------------------------------------------------------------------------------- */

typedef struct transfer_faults {
  arena *memory;
  ss_transfer_fault *items; /* SS_MAX_TRANSFER_FAULTS of them */
  size_t described;
  int64_t count;
} transfer_faults;

ss_status transfer_faults_init(transfer_faults *faults, arena *memory, ss_error *error) MUST_CHECK;
/* Copies what it is given. name may be absent. */
ss_status transfer_faults_add(transfer_faults *faults, int64_t line, text_view namespace_name,
                              text_view name, const ss_error *why, ss_error *error) MUST_CHECK;

/* ---- The frame of a portable export -------------------------------------------------------- */

typedef struct portable_frame {
  char export_id_text[STORE_ID_TEXT_CAPACITY];
  text_view export_id;
  mac_context mac;
  unsigned char running_mac[MAC_BYTES];
  int64_t lines_covered; /* the header and the rows */
} portable_frame;

void portable_frame_clear(portable_frame *frame);

/* Draws id and key; appends the header line, without its newline, to line. */
ss_status portable_frame_begin(portable_frame *frame, const crypto_suite *suite, envelope *sealer,
                               int64_t key_version, text_view store_id, int64_t now,
                               byte_buffer *line, ss_error *error) MUST_CHECK;
/* Every line in turn, the header first, without newlines. */
ss_status portable_frame_cover(portable_frame *frame, byte_view line, ss_error *error) MUST_CHECK;
/* Appends the last line. */
void portable_frame_end(const portable_frame *frame, byte_buffer *line);

/* Whether a first line is such a header. */
bool portable_is_header(text_view line);
ss_status portable_frame_open(portable_frame *frame, const crypto_suite *suite, envelope *opener,
                              text_view header, ss_error *error) MUST_CHECK;
/* Whether line is a last line; if so, authentic tells whether it closes what was covered. */
ss_status portable_check_end(const portable_frame *frame, text_view line, bool *is_end,
                             bool *authentic, ss_error *error) MUST_CHECK;

#endif
