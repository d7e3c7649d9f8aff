/* Looking at owners and modes. */
#include "storage/sqlite/ownership.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"
#include "storage/sqlite/place.h"

enum { LINKS_MAX = 40, TARGET_CAPACITY = 4096, PERMISSIONS = 07777 };

static void free_text(char **text) { memory_free(*text); }

static bool is_trusted(const ownership_rules *rules, uid_t owner) {
  return owner == 0 || owner == rules->user;
}

static ss_status unreadable(const char *path, ss_error *error) {
  return error_set(error, SS_STORAGE_FAILED, "looking at \"%s\": %s", path, strerror(errno));
}

/* ---- Files --------------------------------------------------------------------------------- */

/* Whoever does not own a file is never told to change it. */
static ss_status others_may_write(const ownership_rules *rules, const char *path,
                                  const struct stat *file, bool everybody, ss_error *error) {
  const unsigned int mode = file->st_mode & PERMISSIONS;
  const char *who = everybody ? "everybody" : "its group";
  const char *except = everybody ? "" : ", or allow its group to write when opening it";
  if (file->st_uid == rules->user) {
    return error_set(error, SS_STORAGE_FAILED,
                     "the file at \"%s\" may be written by %s (mode %04o): take that away with "
                     "chmod %c-w%s",
                     path, who, mode, everybody ? 'o' : 'g', except);
  }
  return error_set(error, SS_STORAGE_FAILED,
                   "the file at \"%s\" may be written by %s (mode %04o): have its owner, user id "
                   "%lld, take that away%s",
                   path, who, mode, (long long)file->st_uid, except);
}

ss_status ownership_check_file(const ownership_rules *rules, const char *path, ss_error *error) {
  struct stat file;
  if (lstat(path, &file) != 0) return errno == ENOENT ? SS_OK : unreadable(path, error);
  if (!S_ISREG(file.st_mode)) {
    return error_set(error, SS_STORAGE_FAILED, "expected a regular file at \"%s\"", path);
  }
  if (rules->user != 0 && !is_trusted(rules, file.st_uid)) {
    return error_set(error, SS_STORAGE_FAILED,
                     "the file at \"%s\" belongs to another user, id %lld, who can change what it "
                     "holds: open it as that user, or open a backup that you own",
                     path, (long long)file.st_uid);
  }
  if ((file.st_mode & S_IWOTH) != 0) return others_may_write(rules, path, &file, true, error);
  if ((file.st_mode & S_IWGRP) != 0 && !rules->allow_group) {
    return others_may_write(rules, path, &file, false, error);
  }
  return SS_OK;
}

/* ---- Links --------------------------------------------------------------------------------- */

static ss_status link_is_not_trusted(const char *path, const char *why, ss_error *error) {
  return error_set(error, SS_STORAGE_FAILED,
                   "expected no link at \"%s\" that others can turn, but %s: name the file itself",
                   path, why);
}

static ss_status check_link(const ownership_rules *rules, const char *path, const char *folder,
                            const struct stat *link, ss_error *error) {
  struct stat around;
  if (!is_trusted(rules, link->st_uid)) {
    return link_is_not_trusted(path, "it is another user's", error);
  }
  if (stat(folder, &around) != 0) return unreadable(folder, error);
  if ((around.st_mode & S_ISVTX) != 0) return SS_OK;
  if (!is_trusted(rules, around.st_uid)) {
    return link_is_not_trusted(path, "its folder is another user's", error);
  }
  const bool group_may = (around.st_mode & S_IWGRP) != 0 && !rules->allow_group;
  if (group_may || (around.st_mode & S_IWOTH) != 0) {
    return link_is_not_trusted(path, "others may write to its folder", error);
  }
  return SS_OK;
}

static ss_status read_link(const char *path, char target[TARGET_CAPACITY], ss_error *error) {
  const ssize_t length = readlink(path, target, TARGET_CAPACITY);
  if (length < 0) return unreadable(path, error);
  if (length == TARGET_CAPACITY) {
    errno = ENAMETOOLONG;
    return unreadable(path, error);
  }
  target[length] = '\0';
  return SS_OK;
}

static ss_status check_way(const ownership_rules *rules, const char *path, int links_left,
                           ss_error *error);

/* start is the way to one part of a path; what it leads to, if it is a link, has a way of its own. */
static ss_status check_part(const ownership_rules *rules, const char *start, int links_left,
                            ss_error *error) {
  struct stat part;
  char target[TARGET_CAPACITY];
  if (lstat(start, &part) != 0 || !S_ISLNK(part.st_mode)) return SS_OK; /* realpath says the rest */
  if (links_left == 0) {
    errno = ELOOP;
    return unreadable(start, error);
  }
  char *folder ON_SCOPE_EXIT(free_text) = place_folder(start);
  if (folder == NULL) return error_out_of_memory(error);
  GUARD(check_link(rules, start, folder, &part, error));
  GUARD(read_link(start, target, error));
  if (target[0] == '/') return check_way(rules, target, links_left - 1, error);
  char *whole ON_SCOPE_EXIT(free_text) = place_join(folder, strlen(folder), "/", target);
  if (whole == NULL) return error_out_of_memory(error);
  return check_way(rules, whole, links_left - 1, error);
}

static ss_status check_way(const ownership_rules *rules, const char *path, int links_left,
                           ss_error *error) {
  for (const char *end = path[0] == '\0' ? NULL : path; end != NULL;) {
    end = strchr(end + 1, '/');
    const size_t length = end == NULL ? strlen(path) : (size_t)(end - path);
    char *start ON_SCOPE_EXIT(free_text) = place_join(path, length, "", "");
    if (start == NULL) return error_out_of_memory(error);
    GUARD(check_part(rules, start, links_left, error));
  }
  return SS_OK;
}

ss_status ownership_check_links(const ownership_rules *rules, const char *path, ss_error *error) {
  return check_way(rules, path, LINKS_MAX, error);
}
