/* Checking, at open, that a store contains an anchor. */
#ifndef ENGINE_PROOF_ANCHOR_H
#define ENGINE_PROOF_ANCHOR_H

#include "engine/store/beliefs.h"

/* In a snapshot whose root and seal were checked. SS_INTEGRITY_VIOLATION: the store was put back to
 * before the anchor was made, or went on otherwise. */
ss_status anchor_check(scratch *with, storage_session *snapshot, const seal_record *seal,
                       text_view text, ss_error *error) MUST_CHECK;

#endif
