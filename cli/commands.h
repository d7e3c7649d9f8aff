/* The commands' functions; each returns the exit code. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "options.h"

int run_keygen(const arguments *args);       /* keygen.c */
int run_put(const arguments *args);          /* write.c */
int run_update(const arguments *args);       /* write.c */
int run_rm(const arguments *args);           /* write.c */
int run_get(const arguments *args);          /* read.c */
int run_has(const arguments *args);          /* read.c */
int run_rotate(const arguments *args);       /* rotation.c */
int run_keys(const arguments *args);         /* rotation.c */
int run_verify(const arguments *args);       /* verify.c */
int run_cleanup(const arguments *args);      /* cleanup.c */
int run_backup(const arguments *args);       /* backup.c */
int run_restore(const arguments *args);      /* backup.c */
int run_ls(const arguments *args);           /* listings.c */
int run_namespaces(const arguments *args);   /* listings.c */
int run_events(const arguments *args);       /* listings.c */
int run_audit_head(const arguments *args);   /* verify.c */
int run_import(const arguments *args);       /* import.c */
int run_export(const arguments *args);       /* export.c */
int run_exec(const arguments *args);         /* exec.c */
int run_stats(const arguments *args);        /* stats.c */
int run_maintain(const arguments *args);     /* stats.c */
int run_policy_check(const arguments *args); /* policy.c */
int run_policy_types(const arguments *args); /* policy.c */
int run_policy_test(const arguments *args);  /* policy.c */
int run_policy_try(const arguments *args);   /* policy.c */
int run_completion(const arguments *args);   /* completion.c */
int run_man(const arguments *args);          /* manual.c */

#endif
