/* Who may own and write a database's file, and the links that lead to it. Owners are changed where
 * the tests run as root; else the rules are asked on behalf of another user, which is the same. */
#include "storage/sqlite/ownership.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/support.h"

/* Nobody has this id. */
static const uid_t stranger = 4000000000U;

static ownership_rules mine(void) { return (ownership_rules){.user = geteuid()}; }

static ownership_rules of_stranger(void) { return (ownership_rules){.user = stranger}; }

static const char *make(test_folder *folder, const char *name, mode_t mode) {
  const char *path = test_path(folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fclose(file), 0);
  assert_int_equal(chmod(path, mode), 0);
  return path;
}

static void assert_refused(ss_status status, const ss_error *error, const char *why) {
  assert_int_equal(status, SS_STORAGE_FAILED);
  if (strstr(error->message, why) == NULL) fail_msg("expected %s, got %s", why, error->message);
}

static void a_file_that_only_its_owner_writes_is_fine(void **state) {
  static const mode_t modes[] = {0600, 0640, 0644, 0400, 0444};
  const ownership_rules rules = mine();
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
    ss_error error;
    assert_ok(ownership_check_file(&rules, make(*state, "a.db", modes[i]), &error), &error);
  }
}

static void a_file_that_is_not_there_is_nobodys(void **state) {
  const ownership_rules rules = of_stranger();
  ss_error error;
  assert_ok(ownership_check_file(&rules, test_path(*state, "none.db"), &error), &error);
}

static void a_file_that_everybody_writes_is_refused(void **state) {
  ownership_rules rules = mine();
  ss_error error;
  const char *path = make(*state, "a.db", 0666);
  assert_refused(ownership_check_file(&rules, path, &error), &error,
                 "may be written by everybody (mode 0666): take that away with chmod o-w");
  rules.allow_group = true;
  assert_refused(ownership_check_file(&rules, path, &error), &error, "by everybody");
}

static void a_file_that_its_group_writes_is_refused_unless_allowed(void **state) {
  ownership_rules rules = mine();
  ss_error error;
  const char *path = make(*state, "a.db", 0660);
  assert_refused(ownership_check_file(&rules, path, &error), &error,
                 "by its group (mode 0660): take that away with chmod g-w, or allow its "
                 "group to write when opening it");
  rules.allow_group = true;
  assert_ok(ownership_check_file(&rules, path, &error), &error);
}

static void another_users_file_is_refused(void **state) {
  const char *path = make(*state, "a.db", 0600);
  if (geteuid() == 0) assert_int_equal(chown(path, 77, 77), 0);
  const ownership_rules rules = of_stranger();
  ss_error error;
  assert_refused(ownership_check_file(&rules, path, &error), &error, "belongs to another user, id");
  assert_null(strstr(error.message, "chmod")); /* it is not his to change */
}

static void roots_file_is_fine_for_anybody(void **state) {
  if (geteuid() != 0) skip();
  const ownership_rules rules = of_stranger();
  ss_error error;
  assert_ok(ownership_check_file(&rules, make(*state, "a.db", 0644), &error), &error);
}

static void root_opens_anybodys_file_but_not_one_that_others_write(void **state) {
  const ownership_rules root = {.user = 0};
  ss_error error;
  const char *path = make(*state, "a.db", 0600);
  if (geteuid() == 0) assert_int_equal(chown(path, 77, 77), 0);
  assert_ok(ownership_check_file(&root, path, &error), &error);
  assert_int_equal(chmod(path, 0666), 0);
  assert_refused(ownership_check_file(&root, path, &error), &error,
                 geteuid() == 0 ? "have its owner, user id 77" : "have its owner, user id");
}

static void what_is_no_regular_file_is_refused(void **state) {
  const ownership_rules rules = mine();
  ss_error error;
  const char *link = test_path(*state, "link.db");
  assert_int_equal(symlink(make(*state, "a.db", 0600), link), 0);
  assert_refused(ownership_check_file(&rules, link, &error), &error, "expected a regular file");
}

/* ---- Links ------------------------------------------------------------------------------------ */

static void own_links_are_followed(void **state) {
  const ownership_rules rules = mine();
  ss_error error;
  const char *link = test_path(*state, "link.db");
  (void)make(*state, "a.db", 0600);
  assert_int_equal(symlink("a.db", link), 0); /* relative to its folder */
  assert_ok(ownership_check_links(&rules, link, &error), &error);
  const char *second = test_path(*state, "second.db");
  assert_int_equal(symlink(link, second), 0);
  assert_ok(ownership_check_links(&rules, second, &error), &error);
}

static void a_path_without_links_and_one_to_nothing_are_fine(void **state) {
  const ownership_rules rules = of_stranger();
  static const char *const paths[] = {"", "/", "x.db", "./x.db", "//x", "/nowhere/at/all"};
  ss_error error;
  (void)state;
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
    assert_ok(ownership_check_links(&rules, paths[i], &error), &error);
  }
}

/* The link is as strange to the stranger as a stranger's would be to us. */
static void another_users_link_is_refused_wherever_it_stands(void **state) {
  const ownership_rules rules = of_stranger();
  ss_error error;
  const char *folder = test_path(*state, "folder");
  const char *link = test_path(*state, "link");
  assert_int_equal(mkdir(folder, 0755), 0);
  assert_int_equal(symlink(folder, link), 0);
  if (geteuid() == 0) assert_int_equal(lchown(link, 77, 77), 0);
  char path[600];
  (void)snprintf(path, sizeof path, "%s/a.db", link);
  assert_refused(ownership_check_links(&rules, path, &error), &error, "it is another user's");
  const ownership_rules root = {.user = 0};
  assert_refused(ownership_check_links(&root, path, &error), &error, "it is another user's");
}

static void a_link_behind_a_link_is_checked_too(void **state) {
  if (geteuid() != 0) skip();
  const ownership_rules rules = mine();
  ss_error error;
  const char *inner = test_path(*state, "inner");
  const char *outer = test_path(*state, "outer");
  assert_int_equal(symlink("a.db", inner), 0);
  assert_int_equal(lchown(inner, 77, 77), 0);
  assert_int_equal(symlink("inner", outer), 0);
  assert_refused(ownership_check_links(&rules, outer, &error), &error, "it is another user's");
}

static void a_link_in_a_folder_that_others_write_is_refused_unless_it_is_sticky(void **state) {
  ownership_rules rules = mine();
  ss_error error;
  const char *folder = test_path(*state, "open");
  assert_int_equal(mkdir(folder, 0700), 0);
  char link[600];
  (void)snprintf(link, sizeof link, "%s/link.db", folder);
  assert_int_equal(symlink("a.db", link), 0);
  assert_ok(ownership_check_links(&rules, link, &error), &error);
  assert_int_equal(chmod(folder, 0777), 0);
  assert_refused(ownership_check_links(&rules, link, &error), &error,
                 "others may write to its folder");
  assert_int_equal(chmod(folder, 01777), 0);
  assert_ok(ownership_check_links(&rules, link, &error), &error);
  assert_int_equal(chmod(folder, 0770), 0);
  assert_refused(ownership_check_links(&rules, link, &error), &error,
                 "others may write to its folder");
  rules.allow_group = true;
  assert_ok(ownership_check_links(&rules, link, &error), &error);
}

static void links_that_lead_to_each_other_end(void **state) {
  const ownership_rules rules = mine();
  ss_error error;
  const char *one = test_path(*state, "one");
  const char *other = test_path(*state, "other");
  assert_int_equal(symlink("other", one), 0);
  assert_int_equal(symlink("one", other), 0);
  assert_refused(ownership_check_links(&rules, one, &error), &error, "Too many levels");
}

#define IN_A_FOLDER(name) \
  cmocka_unit_test_setup_teardown(name, test_folder_set_up, test_folder_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_A_FOLDER(a_file_that_only_its_owner_writes_is_fine),
      IN_A_FOLDER(a_file_that_is_not_there_is_nobodys),
      IN_A_FOLDER(a_file_that_everybody_writes_is_refused),
      IN_A_FOLDER(a_file_that_its_group_writes_is_refused_unless_allowed),
      IN_A_FOLDER(another_users_file_is_refused),
      IN_A_FOLDER(roots_file_is_fine_for_anybody),
      IN_A_FOLDER(root_opens_anybodys_file_but_not_one_that_others_write),
      IN_A_FOLDER(what_is_no_regular_file_is_refused),
      IN_A_FOLDER(own_links_are_followed),
      IN_A_FOLDER(a_path_without_links_and_one_to_nothing_are_fine),
      IN_A_FOLDER(another_users_link_is_refused_wherever_it_stands),
      IN_A_FOLDER(a_link_behind_a_link_is_checked_too),
      IN_A_FOLDER(a_link_in_a_folder_that_others_write_is_refused_unless_it_is_sticky),
      IN_A_FOLDER(links_that_lead_to_each_other_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
