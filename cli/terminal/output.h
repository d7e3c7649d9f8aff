/* What commands print: aligned tables for people, one JSON document for programs. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <jansson.h>

#include "secretstore/secretstore.h"

/* ---- JSON ---------------------------------------------------------------------------------- */

/* Prints and releases document; gives an exit code. */
int print_json(json_t *document);
/* Adds a field unless the text or time is absent. Metadata goes in as JSON. */
void json_add_text(json_t *object, const char *name, const char *text);
void json_add_time(json_t *object, const char *name, int64_t time);
void json_add_metadata(json_t *object, const char *metadata_json);

/* ---- Tables -------------------------------------------------------------------------------- */

enum { TABLE_COLUMNS_MAX = 8 };

typedef struct table table;
/* headings ends with NULL. NULL when out of memory. */
table *table_new(const char *const *headings);
/* Copies the cells. Control characters come out as ?: nobody steers the terminal from a store. */
void table_add(table *self, const char *const *cells);
/* The rows that end in this colour: dim for what has passed. */
void table_dim_last_row(table *self);
/* Gives an exit code. Nothing but the headings if there are no rows. */
int table_print(const table *self);
void table_free(table *self);

#endif
