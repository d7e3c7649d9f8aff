/* Memory that is handed out piece by piece and freed as a whole: the texts of a result page. What
 * was handed out never moves. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/guard.h"
#include "base/view.h"

typedef struct arena arena;

/* NULL when out of memory. */
arena *arena_new(void);
void arena_free(arena *self);

/* Zeroed and aligned for any type; NULL when out of memory. */
void *arena_allocate(arena *self, size_t length);
/* A NUL-terminated copy; NULL when out of memory. */
char *arena_copy_text(arena *self, text_view text);
/* The same as a view; one without data, which stands for none, stays that. */
ss_status arena_keep_text(arena *self, text_view text, text_view *kept, ss_error *error) MUST_CHECK;

#endif
