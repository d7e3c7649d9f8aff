/* The attack corpus: each script of tests/policy/attacks is refused or contained within its budget,
 * on a stack of 256 KiB, the host lives on, and the next call is right. A script says in its first
 * lines what it comes to: "-- expect: STATUS" and "-- message: PART". (Those that are no text are
 * refused.) */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/support.h"

static const char folder[] = SECRETSTORE_SOURCE_DIR "/tests/policy/attacks";
static const char harmless[] = "return { authorize = function(r) return r.name == 'A' end }";

/* In CPU time of the thread, so that other work on the machine decides nothing. A call has 50 ms;
 * sanitizers slow everything down by an order of magnitude. */
enum { LONGEST_MS = 1000, LEAST_ATTACKS = 190, STACK_BYTES = 256 << 10 };

typedef struct attack {
  char name[256];
  char *text;
  size_t length;
  char expected[64];
  char message[128];
} attack;

static int64_t cpu_ms(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void read_header(attack *read, const char *label, char *into, size_t capacity) {
  const char *line =
      memmem(read->text, read->length < 512 ? read->length : 512, label, strlen(label));
  into[0] = '\0';
  if (line == NULL) return;
  line += strlen(label);
  size_t length = strcspn(line, "\n");
  if (length >= capacity) length = capacity - 1;
  memcpy(into, line, length);
  into[length] = '\0';
}

static attack attack_read(const char *file) {
  attack read = {0};
  char path[1024];
  (void)snprintf(read.name, sizeof read.name, "%s", file);
  (void)snprintf(path, sizeof path, "%s/%s", folder, file);
  FILE *opened = fopen(path, "rb");
  assert_non_null(opened);
  (void)fseek(opened, 0, SEEK_END);
  read.length = (size_t)ftell(opened);
  rewind(opened);
  read.text = calloc(1, read.length + 1);
  assert_non_null(read.text);
  assert_int_equal(fread(read.text, 1, read.length, opened), read.length);
  (void)fclose(opened);
  read_header(&read, "-- expect: ", read.expected, sizeof read.expected);
  read_header(&read, "-- message: ", read.message, sizeof read.message);
  if (read.expected[0] == '\0')
    (void)snprintf(read.expected, sizeof read.expected, "policy_invalid");
  return read;
}

static ss_status reload(ss_store *store, const char *text, size_t length, ss_error *error) {
  const ss_policy_source source = {"attack.lua", text, length};
  return ss_policy_reload(store, &source, error);
}

static ss_status put(ss_store *store, ss_error *error) {
  const ss_caller caller = {"eve", "{\"host\":\"h\"}"};
  ss_put_request request;
  ss_put_request_init(&request);
  request.namespace_name = "n";
  request.name = "A";
  request.value = "the value";
  request.value_length = 9;
  request.metadata = SS_SET;
  request.metadata_json = "{\"owner\":\"ana\",\"tags\":[1,2]}";
  request.caller = &caller;
  return ss_put(store, &request, NULL, error);
}

static int faults = 0;

static void expect_ok(const attack *after, ss_status status, const ss_error *error) {
  if (status == SS_OK) return;
  print_error("%s: afterwards: %s\n", after->name, error->message);
  faults++;
}

static void judge(const attack *tried, ss_status status, const ss_error *error, int64_t took_ms) {
  if (strcmp(ss_status_name(status), tried->expected) != 0) {
    print_error("%s: expected %s, got %s: %s\n", tried->name, tried->expected,
                ss_status_name(status), error->message);
    faults++;
  }
  if (tried->message[0] != '\0' && strstr(error->message, tried->message) == NULL) {
    print_error("%s: expected \"%s\" in: %s\n", tried->name, tried->message, error->message);
    faults++;
  }
  for (const char *c = error->message; *c != '\0'; c++) {
    if ((unsigned char)*c < 0x20) fail_msg("%s: a control character in the message", tried->name);
  }
  if (took_ms <= LONGEST_MS) return;
  print_error("%s: took %lld ms\n", tried->name, (long long)took_ms);
  faults++;
}

/* Twice: the second call meets a fresh state or the same one, and comes to the same. */
static void carry_out(ss_store *store, const attack *tried) {
  if (getenv("ATTACK_VERBOSE") != NULL) print_message("%s\n", tried->name); /* to see which hangs */
  ss_error error;
  int64_t begin = cpu_ms();
  ss_status status = reload(store, tried->text, tried->length, &error);
  if (status == SS_POLICY_INVALID) {
    judge(tried, status, &error, cpu_ms() - begin);
  } else {
    expect_ok(tried, status, &error);
    for (int i = 0; i < 2; i++) {
      begin = cpu_ms();
      status = put(store, &error);
      judge(tried, status, &error, cpu_ms() - begin);
    }
  }
  expect_ok(tried, reload(store, harmless, sizeof harmless - 1, &error), &error);
  expect_ok(tried, put(store, &error), &error);
}

static int is_attack(const struct dirent *entry) { return strstr(entry->d_name, ".lua") != NULL; }

static int attacks = 0;

static void *carry_out_all(void *store) {
  struct dirent **entries = NULL;
  attacks = scandir(folder, &entries, is_attack, alphasort);
  for (int i = 0; i < attacks; i++) {
    attack tried = attack_read(entries[i]->d_name);
    carry_out(store, &tried);
    free(tried.text);
    free(entries[i]);
  }
  free((void *)entries);
  return NULL;
}

static void every_attack_is_contained(void **state) {
  test_store self = test_store_prepare();
  (void)snprintf(self.path, sizeof self.path, ":memory:");
  test_store_open(&self);
  pthread_attr_t small;
  pthread_t thread;
  assert_int_equal(pthread_attr_init(&small), 0);
  assert_int_equal(pthread_attr_setstacksize(&small, STACK_BYTES), 0);
  assert_int_equal(pthread_create(&thread, &small, carry_out_all, self.store), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  (void)pthread_attr_destroy(&small);
  assert_true(attacks >= LEAST_ATTACKS);
  assert_int_equal(faults, 0);
  print_message("%d attacks contained\n", attacks);
  test_store_remove(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_attack_is_contained)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
