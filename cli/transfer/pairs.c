/* Pairs, and reading a namespace into them. */
#include "transfer/pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/failure.h"
#include "transfer/unsafe_names.h"

enum { FIRST_CAPACITY = 16, NAME_CAPACITY = SS_MAX_NAME_BYTES + 1 };

/* ---- Pairs --------------------------------------------------------------------------------- */

int pairs_add(pairs *self, const char *name, size_t name_length, const void *value,
              size_t value_length) {
  if (self->count == self->capacity) {
    const size_t capacity = self->capacity == 0 ? FIRST_CAPACITY : 2 * self->capacity;
    pair *grown = realloc(self->items, capacity * sizeof *grown); /* pointers only: no secrets */
    if (grown == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
    self->items = grown;
    self->capacity = capacity;
  }
  pair *added = &self->items[self->count];
  *added = (pair){.name = strndup(name, name_length)};
  if (added->name == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  self->count++;
  return secret_bytes_append(&added->value, value, value_length);
}

const pair *pairs_find(const pairs *self, const char *name) {
  for (size_t i = 0; i < self->count; i++) {
    if (strcmp(self->items[i].name, name) == 0) return &self->items[i];
  }
  return NULL;
}

void pairs_clear(pairs *self) {
  for (size_t i = 0; i < self->count; i++) {
    free(self->items[i].name);
    free(self->items[i].secret);
    secret_bytes_clear(&self->items[i].value);
  }
  free(self->items);
  *self = (pairs){0};
}

bool is_environment_name(const char *name) {
  static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  static const char other[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  return name[0] != '\0' && strchr(first, name[0]) != NULL && name[strspn(name, other)] == '\0';
}

/* ---- Names --------------------------------------------------------------------------------- */

/* The next of the words that commas part. */
static size_t next_word(const char **rest, const char **word) {
  *word = *rest;
  const size_t length = strcspn(*rest, ",");
  *rest += length + ((*rest)[length] == ',');
  return length;
}

/* A blank at an end is most likely that behind a comma, and no part of the name. */
static bool is_name(const char *word, size_t length) {
  return length > 0 && word[0] != ' ' && word[length - 1] != ' ';
}

/* Each word of --only a name, of --map NAME=ENV. */
static bool check_words(const char *command_name, option_id option, const char *text,
                        const char *expected) {
  const char *rest = text;
  const char *word = NULL;
  for (;;) {
    const bool goes_on = rest[strcspn(rest, ",")] == ',';
    const size_t length = next_word(&rest, &word);
    const char *equals = memchr(word, '=', length);
    const bool whole = option == OPTION_ONLY
                           ? is_name(word, length)
                           : equals != NULL && equals > word && equals < word + length - 1;
    if (!whole) {
      return fail_usage(command_name, "--%s: expected %s, got \"%s\"",
                        option_descriptions[option].name, expected, text);
    }
    if (!goes_on) return true;
  }
}

bool pairs_check_options(const char *command_name, const arguments *args) {
  return (!given(args, OPTION_ONLY) ||
          check_words(command_name, OPTION_ONLY, args->text[OPTION_ONLY],
                      "names with only commas between them")) &&
         (!given(args, OPTION_MAP) || check_words(command_name, OPTION_MAP, args->text[OPTION_MAP],
                                                  "NAME=ENV words with commas between them"));
}

/* What --map calls the secret; 0 if it does not. */
static size_t find_mapping(const char *mappings, const char *name, const char **mapped) {
  const size_t name_length = strlen(name);
  const char *word = NULL;
  while (mappings != NULL && *mappings != '\0') {
    const size_t length = next_word(&mappings, &word);
    if (length > name_length + 1 && strncmp(word, name, name_length) == 0 &&
        word[name_length] == '=') {
      *mapped = word + name_length + 1;
      return length - name_length - 1;
    }
  }
  return 0;
}

static int check_name(const arguments *args, const char *name, const char *chosen) {
  if (!is_environment_name(chosen)) {
    return fail(SS_INVALID_ARGUMENT,
                "secret \"%s\": expected letters, digits and underscores for the environment, got "
                "\"%s\"; rename it with --map '%s=NAME', or choose others with --only",
                name, chosen, name);
  }
  if (!is_unsafe_name(chosen) || given(args, OPTION_ALLOW_UNSAFE_NAMES)) return EXIT_OK;
  return fail(SS_INVALID_ARGUMENT,
              "secret \"%s\": expected a name that no loader, shell or interpreter obeys, got "
              "\"%s\"; rename it with --map '%s=NAME', or pass --allow-unsafe-names",
              name, chosen, name);
}

static int choose_name(const arguments *args, const char *name, bool for_environment,
                       char chosen[2 * NAME_CAPACITY]) {
  const char *prefix = given(args, OPTION_PREFIX) ? args->text[OPTION_PREFIX] : "";
  const char *mapped = NULL;
  const size_t mapped_length = find_mapping(args->text[OPTION_MAP], name, &mapped);
  const int written =
      mapped_length > 0
          ? snprintf(chosen, (size_t)2 * NAME_CAPACITY, "%.*s", (int)mapped_length, mapped)
          : snprintf(chosen, (size_t)2 * NAME_CAPACITY, "%s%s", prefix, name);
  if (written < 0 || written >= 2 * NAME_CAPACITY) {
    return fail(SS_INVALID_ARGUMENT, "secret \"%s\": its name here would be too long", name);
  }
  return for_environment ? check_name(args, name, chosen) : EXIT_OK;
}

/* ---- Reading ------------------------------------------------------------------------------- */

static int add_secret(session *opened, const arguments *args, const char *name,
                      bool for_environment, pairs *found) {
  char chosen[2 * NAME_CAPACITY];
  ss_get_request request;
  ss_get_result result;
  ss_error error;
  int code = choose_name(args, name, for_environment, chosen);
  if (code != EXIT_OK) return code;
  if (pairs_find(found, chosen) != NULL) {
    return fail(SS_INVALID_ARGUMENT, "two secrets would be called \"%s\"; see --map", chosen);
  }
  ss_get_request_init(&request);
  request.namespace_name = opened->namespace_name;
  request.name = name;
  request.caller = &opened->caller;
  if (ss_get_or_throw(opened->store, &request, &result, &error) != SS_OK) return fail_with(&error);
  code = for_environment && memchr(result.value, '\0', result.value_length) != NULL
             ? fail(SS_INVALID_ARGUMENT,
                    "secret \"%s\": its value has a NUL byte, which no environment can hold", name)
             : pairs_add(found, chosen, strlen(chosen), result.value, result.value_length);
  ss_get_result_clear(&result);
  if (code != EXIT_OK) return code;
  char *secret = strdup(name);
  found->items[found->count - 1].secret = secret;
  return secret == NULL ? fail(SS_OUT_OF_MEMORY, "out of memory") : EXIT_OK;
}

static int read_chosen(session *opened, const arguments *args, bool for_environment, pairs *found) {
  const char *rest = args->text[OPTION_ONLY];
  const char *word = NULL;
  int code = EXIT_OK;
  while (code == EXIT_OK && *rest != '\0') {
    const size_t length = next_word(&rest, &word);
    char *name = strndup(word, length);
    if (name == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
    code = add_secret(opened, args, name, for_environment, found);
    free(name);
  }
  return code;
}

static int read_page(session *opened, const arguments *args, bool for_environment,
                     const ss_secret_page *page, pairs *found) {
  int code = EXIT_OK;
  for (size_t i = 0; code == EXIT_OK && i < page->count; i++) {
    const ss_secret_info *secret = &page->items[i];
    if (!secret->is_expired) code = add_secret(opened, args, secret->name, for_environment, found);
  }
  return code;
}

/* Newest first, so that a secret which is written meanwhile moves out of the
 * way, and not into it. */
static int read_all(session *opened, const arguments *args, bool for_environment, pairs *found) {
  ss_list_request request;
  ss_secret_page page;
  ss_error error;
  char *cursor = NULL;
  int code = EXIT_OK;
  bool is_done = false;
  while (code == EXIT_OK && !is_done) {
    ss_list_request_init(&request);
    request.namespace_name = opened->namespace_name;
    request.num_items = SS_MAX_PAGE_ITEMS;
    request.cursor = cursor;
    request.caller = &opened->caller;
    const ss_status status = ss_list(opened->store, &request, &page, &error);
    free(cursor);
    cursor = NULL;
    if (status != SS_OK) return fail_with(&error);
    code = read_page(opened, args, for_environment, &page, found);
    is_done = page.is_done;
    if (!is_done) cursor = strdup(page.continue_cursor);
    ss_secret_page_clear(&page);
    if (!is_done && cursor == NULL) return fail(SS_OUT_OF_MEMORY, "out of memory");
  }
  free(cursor);
  return code;
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const pair *)a)->name, ((const pair *)b)->name);
}

/* Whether word is what mapped the secret: NAME=ENV. */
static bool is_mapping_of(const char *word, size_t length, const pair *found) {
  const size_t secret_length = strlen(found->secret);
  return length == secret_length + 1 + strlen(found->name) &&
         strncmp(word, found->secret, secret_length) == 0 && word[secret_length] == '=' &&
         strncmp(word + secret_length + 1, found->name, length - secret_length - 1) == 0;
}

/* Every word of --map must have done something: a mistyped one would otherwise pass unseen. */
static int check_mappings(const arguments *args, const pairs *found) {
  const char *rest = args->text[OPTION_MAP];
  const char *word = NULL;
  while (rest != NULL && *rest != '\0') {
    const size_t length = next_word(&rest, &word);
    bool is_met = false;
    for (size_t i = 0; i < found->count && !is_met; i++) {
      is_met = is_mapping_of(word, length, &found->items[i]);
    }
    if (!is_met) {
      return fail(SS_NOT_FOUND,
                  "--map \"%.*s\": expected an unexpired secret of that name to hand on, got none",
                  (int)length, word);
    }
  }
  return EXIT_OK;
}

/* A mistyped namespace would otherwise pass for one that has nothing. */
static int check_found(const session *opened, const pairs *found) {
  if (found->count > 0) return EXIT_OK;
  const char *name = opened->namespace_name;
  return fail(SS_NOT_FOUND,
              "namespace \"%s\": expected at least one unexpired secret to hand on, got none",
              name == NULL ? "(default)" : name);
}

int pairs_read(session *opened, const arguments *args, bool for_environment, pairs *found) {
  int code = given(args, OPTION_ONLY) ? read_chosen(opened, args, for_environment, found)
                                      : read_all(opened, args, for_environment, found);
  if (code == EXIT_OK) code = check_found(opened, found);
  if (code == EXIT_OK) code = check_mappings(args, found);
  if (found->count > 1) qsort(found->items, found->count, sizeof *found->items, by_name);
  return code;
}
