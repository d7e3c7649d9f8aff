/* The failing VFS (sqlite.org/vfs.html): every method is passed on, three of them maybe not. */
#include "failing_files.h"

#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

typedef struct shim_file {
  sqlite3_file base;
  sqlite3_file *real; /* in the memory behind this struct */
} shim_file;

static sqlite3_vfs *system_vfs;
static sqlite3_vfs shim_vfs;
static long passing = -1; /* -1: not armed */
static int failure_code;
static bool lasting;
static bool has_failed;

void failing_files_arm(long count, int code, bool keep_failing) {
  passing = count;
  failure_code = code;
  lasting = keep_failing;
  has_failed = false;
}

bool failing_files_disarm(void) {
  passing = -1;
  return has_failed;
}

static bool fails_now(void) {
  if (passing < 0) return false;
  if (has_failed) return lasting;
  if (passing-- > 0) return false;
  passing = 0;
  has_failed = true;
  return true;
}

static sqlite3_file *real_of(sqlite3_file *file) { return ((shim_file *)file)->real; }

#define PASS_ON(file, method, ...) real_of(file)->pMethods->method(real_of(file), __VA_ARGS__)

static int shim_close(sqlite3_file *file) { return real_of(file)->pMethods->xClose(real_of(file)); }
static int shim_read(sqlite3_file *file, void *data, int length, sqlite3_int64 offset) {
  return PASS_ON(file, xRead, data, length, offset);
}
static int shim_write(sqlite3_file *file, const void *data, int length, sqlite3_int64 offset) {
  return fails_now() ? failure_code : PASS_ON(file, xWrite, data, length, offset);
}
static int shim_truncate(sqlite3_file *file, sqlite3_int64 size) {
  return fails_now() ? failure_code : PASS_ON(file, xTruncate, size);
}
static int shim_sync(sqlite3_file *file, int flags) {
  return fails_now() ? failure_code : PASS_ON(file, xSync, flags);
}
static int shim_size(sqlite3_file *file, sqlite3_int64 *size) {
  return PASS_ON(file, xFileSize, size);
}
static int shim_lock(sqlite3_file *file, int level) { return PASS_ON(file, xLock, level); }
static int shim_unlock(sqlite3_file *file, int level) { return PASS_ON(file, xUnlock, level); }
static int shim_reserved(sqlite3_file *file, int *result) {
  return PASS_ON(file, xCheckReservedLock, result);
}
static int shim_control(sqlite3_file *file, int operation, void *argument) {
  return PASS_ON(file, xFileControl, operation, argument);
}
static int shim_sector(sqlite3_file *file) {
  return real_of(file)->pMethods->xSectorSize(real_of(file));
}
static int shim_characteristics(sqlite3_file *file) {
  return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}
static int shim_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
  return PASS_ON(file, xShmMap, page, size, extend, memory);
}
static int shim_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  return PASS_ON(file, xShmLock, offset, count, flags);
}
static void shim_barrier(sqlite3_file *file) {
  real_of(file)->pMethods->xShmBarrier(real_of(file));
}
static int shim_unmap(sqlite3_file *file, int erase) { return PASS_ON(file, xShmUnmap, erase); }

static const sqlite3_io_methods shim_methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_characteristics,
    .xShmMap = shim_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_barrier,
    .xShmUnmap = shim_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                     int *out_flags) {
  shim_file *opened = (shim_file *)file;
  (void)vfs;
  opened->real = (sqlite3_file *)(opened + 1);
  const int code = system_vfs->xOpen(system_vfs, path, opened->real, flags, out_flags);
  opened->base.pMethods = opened->real->pMethods == NULL ? NULL : &shim_methods;
  return code;
}

void failing_files_install(void) {
  system_vfs = sqlite3_vfs_find(NULL);
  shim_vfs = *system_vfs;
  shim_vfs.zName = "failing";
  shim_vfs.szOsFile = (int)sizeof(shim_file) + system_vfs->szOsFile;
  shim_vfs.xOpen = shim_open;
  (void)sqlite3_vfs_register(&shim_vfs, 1);
}
