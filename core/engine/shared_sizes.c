/* Sizes that two modules state because neither may include the other: here they meet. No code. */
#include "audit/terms.h"
#include "crypto/envelope.h"
#include "crypto/keyring.h"
#include "crypto/mac.h"
#include "policy/policy.h"
#include "storage/storage.h"

/* Constants of two enums, which a compiler would rather not see compared. */
#define SAME_SIZE(one, other, what) _Static_assert((int)(one) == (int)(other), what)

/* What crypto makes is what a row holds. */
SAME_SIZE(STORAGE_MAC_BYTES, MAC_BYTES, "the MAC of an event, a head, the root, the seal");
SAME_SIZE(STORAGE_MAC_BYTES, SHA256_BYTES, "a row's digest");
SAME_SIZE(KEY_CHECK_BYTES, MAC_BYTES, "a key check value");
SAME_SIZE(DEK_BYTES, MAC_KEY_BYTES, "an epoch key is wrapped like a DEK");
SAME_SIZE(STORAGE_SUM_BYTES, TERM_BYTES, "a sum of terms");

/* What the public header promises is what is kept to. */
SAME_SIZE(SS_KEY_BYTES, GCM_KEY_BYTES, "a KEK");
_Static_assert(SS_KEY_TEXT_CAPACITY == (SS_KEY_BYTES + 2) / 3 * 4 + 1, "a KEK as base64");
SAME_SIZE(SS_POLICY_HASH_CAPACITY, POLICY_HASH_CAPACITY, "a policy's hash");
SAME_SIZE(SS_POLICY_HASH_CAPACITY, 2 * SHA256_BYTES + 1, "a policy's hash is SHA-256");
_Static_assert(SS_MAX_INTEGER == (INT64_C(1) << 53) - 1, "what every host language can hold");
_Static_assert(SS_WRAP_LIMIT == INT64_C(1) << 32, "GCM with random IVs");
_Static_assert(4 * (int64_t)SS_CEILING_MAX_VALUE_BYTES == STORAGE_LONGEST_BYTES,
               "storage takes the largest value, sealed");
