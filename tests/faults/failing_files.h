/* An SQLite VFS that stands before the system's and makes chosen writes fail: the seam through
 * which tests see a full disk and failing hardware. */
#ifndef TESTS_FAULTS_FAILING_FILES_H
#define TESTS_FAULTS_FAILING_FILES_H

#include <stdbool.h>

/* Registers the VFS as the default one. Call before any store is opened. */
void failing_files_install(void);

/* Lets count writes, syncs and truncations pass, then fails with the SQLite result code code:
 * once, or from then on. */
void failing_files_arm(long count, int code, bool keep_failing);
/* Back to normal; tells whether anything failed. */
bool failing_files_disarm(void);

#endif
