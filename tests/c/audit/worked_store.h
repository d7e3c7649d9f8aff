/* The worked store of docs/formats.md, as far as it can be had in memory: its key, its root, opened. */
#ifndef TESTS_AUDIT_WORKED_STORE_H
#define TESTS_AUDIT_WORKED_STORE_H

#include "audit/signer.h"
#include "support/support.h"
#include "worked.h"

#define WORKED_STORE_ID "00112233445566778899aabbccddeeff"
#define WORKED_KEK "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

typedef struct worked_store {
  crypto_suite suite;
  shared_keyring *ring;
  envelope *envelope;
  trust_tools tools;
  stored_root root; /* as its row */
  trust *trust;     /* opened from it */
  signer signer;    /* bound to that */
} worked_store;

/* cmocka's set-up and tear-down; the state is a worked_store. */
int worked_store_set_up(void **state);
int worked_store_tear_down(void **state);

/* The worked row, namespace and attempt; views of static bytes. */
secret_record worked_row(void);
text_view worked_namespace(void);
byte_view worked_attempt(void);

/* Of 32 bytes. */
void worked_bytes(const char *hex, unsigned char bytes[MAC_BYTES]);
#define assert_worked(bytes, expected) assert_worked_(bytes, expected, __FILE__, __LINE__)
void assert_worked_(const unsigned char *bytes, const char *expected, const char *file, int line);

#endif
