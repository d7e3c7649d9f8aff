/* The tables: every option and every command of the program. A new one is a row here. */
#include "commands.h"

#include "options.h"

const option_description option_descriptions[OPTION_COUNT] = {
    [OPTION_STORE] = {"store", "FILE", "the store (default: environment SECRET_STORE_PATH)"},
    [OPTION_NAMESPACE] = {"namespace", "NS", "the namespace; without it, the default one"},
    [OPTION_KEYS_FILE] = {"keys-file", "FILE",
                          "lines of VERSION:BASE64, the first is active; only its owner may have "
                          "access (default: environment SECRET_STORE_KEYS)"},
    [OPTION_ACTOR] = {"actor", "NAME", "on whose behalf; stands in the audit log"},
    [OPTION_JSON] = {"json", NULL, "print JSON, failures too"},
    [OPTION_VERBOSE] = {"verbose", NULL, "print the library's debug log on standard error"},
    [OPTION_HELP] = {"help", NULL, "print this help"},
    [OPTION_FILE] = {"file", "FILE", "read the value from FILE; - is standard input"},
    [OPTION_OUTPUT] = {"output", "FILE",
                       "write to FILE, which only its owner may read; into it if it is a pipe or a "
                       "device; - is standard output"},
    [OPTION_FORCE] = {"force", NULL, "replace a file that is there already"},
    [OPTION_ALLOW_EMPTY] = {"allow-empty", NULL, "store a value of no bytes"},
    [OPTION_ALLOW_UNSAFE_NAMES] = {"allow-unsafe-names", NULL,
                                   "hand on names that a loader, shell or interpreter obeys"},
    [OPTION_TRIM_NEWLINE] = {"trim-newline", NULL, "drop one newline at the value's end"},
    [OPTION_METADATA] = {"metadata", "JSON",
                         "a JSON object, stored as plain text: never put a secret there"},
    [OPTION_NO_METADATA] = {"no-metadata", NULL, "remove the metadata"},
    [OPTION_TTL] = {"ttl", "DURATION", "expire after, as in 90s, 15m, 12h, 30d, 500ms"},
    [OPTION_NO_EXPIRY] = {"no-expiry", NULL, "never expire"},
    [OPTION_EXPIRES_AT] = {"expires-at", "TIME", "expire at, as in 2027-01-31T12:00:00Z"},
    [OPTION_IF_REVISION] = {"if-revision", "N", "only if the secret is at revision N (0: absent)"},
    [OPTION_CREATE_ONLY] = {"create-only", NULL, "only if there is no such secret yet"},
    [OPTION_LIMIT] = {"limit", "N", "how many to print, 1 to 1000 (default 100)"},
    [OPTION_CURSOR] = {"cursor", "CURSOR", "go on where an earlier call ended"},
    [OPTION_ALL] = {"all", NULL, "print all, page after page"},
    [OPTION_ORDER] = {"order", "asc|desc", "oldest or newest first (default desc)"},
    [OPTION_NAME] = {"name", "NAME", "only events of secrets of that name"},
    [OPTION_TYPE] = {"type", "TYPE", "only created, updated, deleted or rotated events"},
    [OPTION_SECRET_ID] = {"secret-id", "ID", "only events of that secret"},
    [OPTION_FROM] = {"from", "N", "only from this key version (default: every older one)"},
    [OPTION_SECRETS_RETENTION] = {"secrets", "DURATION",
                                  "delete secrets that expired longer ago, as in 30d"},
    [OPTION_EVENTS_RETENTION] = {"events", "DURATION",
                                 "prune audit events that are older, as in 180d"},
    [OPTION_EXPECT_HEAD] = {"expect-head", "FILE",
                            "a head that audit head printed; every chain must still contain it"},
    [OPTION_FORMAT] = {"format", "FORMAT",
                       "portable (default), component, dotenv; for export shell and json too"},
    [OPTION_TRANSFER_KEYS] = {"transfer-keys-file", "FILE",
                              "the keys that wrap the rows, where they are not the store's own"},
    [OPTION_EXISTING] = {"existing", "WHAT",
                         "what becomes of a secret that is there: refuse (default), skip, replace"},
    [OPTION_DRY_RUN] = {"dry-run", NULL, "store nothing, only tell what would be"},
    [OPTION_PARTIAL] = {"partial", NULL,
                        "go on without the rows that fail (default: all of them, or none)"},
    [OPTION_ONLY] = {"only", "A,B", "only the secrets of these names"},
    [OPTION_PREFIX] = {"prefix", "TEXT", "put TEXT before every name"},
    [OPTION_MAP] = {"map", "NAME=ENV,...", "call the secret NAME by another name, without prefix"},
    [OPTION_POLICY] = {"policy", "FILE", "the policy that judges this call (default: none)"},
    [OPTION_CONTEXT] = {"context", "KEY=VALUE",
                        "what the policy sees as context.KEY; may be given more than once"},
    [OPTION_LANGUAGE] = {"language", "LANGUAGE", "typescript, python or json-schema"},
    [OPTION_CASES] = {"cases", "FILE", "the test file (default: FILE_test.lua of FILE.lua)"},
    [OPTION_VERSION_NUMBER] = {"version", "N", "the version to write before the key (default 1)"},
};

#define EVERY_COMMAND (OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_HELP))
#define ON_A_STORE                                                                     \
  (EVERY_COMMAND | OPTION_BIT(OPTION_STORE) | OPTION_BIT(OPTION_KEYS_FILE) |           \
   OPTION_BIT(OPTION_ACTOR) | OPTION_BIT(OPTION_CONTEXT) | OPTION_BIT(OPTION_POLICY) | \
   OPTION_BIT(OPTION_VERBOSE))
#define IN_A_NAMESPACE (ON_A_STORE | OPTION_BIT(OPTION_NAMESPACE))
#define METADATA_AND_EXPIRY                                                                \
  (OPTION_BIT(OPTION_METADATA) | OPTION_BIT(OPTION_NO_METADATA) | OPTION_BIT(OPTION_TTL) | \
   OPTION_BIT(OPTION_NO_EXPIRY) | OPTION_BIT(OPTION_IF_REVISION))
#define PAGES (OPTION_BIT(OPTION_LIMIT) | OPTION_BIT(OPTION_CURSOR) | OPTION_BIT(OPTION_ALL))

const command commands[] = {
    {
        .name = "keygen",
        .summary = "make a new key",
        .details = "Prints a fresh random key as VERSION:BASE64, a line for a keys file or for\n"
                   "SECRET_STORE_KEYS. With --output it goes to a new file that only its owner\n"
                   "may read, and nothing is printed.",
        .examples = "secretstore keygen --output keys\n"
                    "secretstore keygen --version 2 --output new-key\n",
        .options = EVERY_COMMAND | OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FORCE) |
                   OPTION_BIT(OPTION_VERSION_NUMBER),
        .run = run_keygen,
    },
    {
        .name = "put",
        .positional = "NAME",
        .summary = "store a secret",
        .details =
            "The value is read from standard input, from --file, or, on a terminal, from a\n"
            "prompt that does not show it; never from the command line. Its bytes are kept\n"
            "as they are: `echo` adds a newline, `printf %s` does not, --trim-newline drops\n"
            "it. No bytes at all are refused unless --allow-empty is given. Makes the store\n"
            "if there is none. On overwriting, metadata and expiry stay unless options say\n"
            "otherwise.",
        .examples = "printf %s \"$TOKEN\" | secretstore put GITHUB_TOKEN --namespace acme:ci\n"
                    "secretstore put TLS_KEY --file server.key --ttl 90d\n"
                    "secretstore put DB_URL --metadata '{\"owner\":\"payments\"}' --create-only\n",
        .options = IN_A_NAMESPACE | METADATA_AND_EXPIRY | OPTION_BIT(OPTION_FILE) |
                   OPTION_BIT(OPTION_TRIM_NEWLINE) | OPTION_BIT(OPTION_CREATE_ONLY) |
                   OPTION_BIT(OPTION_ALLOW_EMPTY),
        .run = run_put,
    },
    {
        .name = "get",
        .positional = "NAME",
        .summary = "print a secret's value",
        .details = "Prints the value's bytes and nothing else; on a terminal, a newline after it.\n"
                   "With --json, an object with \"value\", or \"valueBase64\" if the value is not\n"
                   "UTF-8 text. Exit code 1: not there, or expired.",
        .examples = "secretstore get GITHUB_TOKEN --namespace acme:ci\n"
                    "secretstore get TLS_KEY --output server.key\n"
                    "secretstore get DB_URL --json | jq .revision\n",
        .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_OUTPUT),
        .run = run_get,
    },
    {
        .name = "has",
        .positional = "NAME",
        .summary = "tell whether a secret is there and not expired",
        .details = "Prints true or false; exit code 0 or 1.",
        .examples = "secretstore has DB_URL || echo missing\n",
        .options = IN_A_NAMESPACE,
        .run = run_has,
    },
    {
        .name = "update",
        .positional = "NAME",
        .summary = "change a secret's metadata or expiry",
        .details = "The value stays as it is. Exit code 1: not there.",
        .examples = "secretstore update DB_URL --ttl 30d\n"
                    "secretstore update DB_URL --metadata '{\"owner\":\"billing\"}' --no-expiry\n",
        .options = IN_A_NAMESPACE | METADATA_AND_EXPIRY | OPTION_BIT(OPTION_EXPIRES_AT),
        .run = run_update,
    },
    {
        .name = "rm",
        .positional = "NAME",
        .summary = "remove a secret",
        .details = "The secret is deleted for good; its audit events stay. Exit code 1: not there.",
        .examples = "secretstore rm OLD_TOKEN --namespace acme:ci\n",
        .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_IF_REVISION),
        .run = run_rm,
    },
    {
        .name = "ls",
        .summary = "list the secrets of a namespace",
        .details = "Names, revisions and times; never a value. Expired secrets are listed as such.",
        .examples = "secretstore ls --namespace acme:ci\n"
                    "secretstore ls --all --json | jq -r '.items[].name'\n",
        .options = IN_A_NAMESPACE | PAGES | OPTION_BIT(OPTION_ORDER),
        .run = run_ls,
    },
    {
        .name = "namespaces",
        .summary = "list the namespaces",
        .details = "Each with how many secrets it holds. The default namespace comes first.",
        .examples = "secretstore namespaces\n",
        .options = ON_A_STORE | PAGES,
        .run = run_namespaces,
    },
    {
        .name = "events",
        .summary = "print the audit log",
        .details =
            "The events of a namespace, or those of one name or type in it, or those of one\n"
            "secret by its id.",
        .examples = "secretstore events --namespace acme:ci\n"
                    "secretstore events --name DB_URL --order asc\n"
                    "secretstore events --type deleted --all --json\n",
        .options = IN_A_NAMESPACE | PAGES | OPTION_BIT(OPTION_ORDER) | OPTION_BIT(OPTION_NAME) |
                   OPTION_BIT(OPTION_TYPE) | OPTION_BIT(OPTION_SECRET_ID),
        .run = run_events,
    },
    {
        .name = "verify",
        .summary = "check the audit log and every secret",
        .details =
            "Checks each namespace's chain of events, its head and checkpoint, and that every\n"
            "secret authenticates and is as its last event left it. Others may read and\n"
            "write meanwhile. Exit code 5: something was tampered with; each fault is printed.",
        .examples = "secretstore verify --keys-file keys\n"
                    "secretstore verify --keys-file keys --json | jq .faults\n"
                    "secretstore verify --keys-file keys --expect-head head-2027-01-31\n",
        .options = ON_A_STORE | OPTION_BIT(OPTION_EXPECT_HEAD),
        .run = run_verify,
    },
    {
        .name = "audit head",
        .summary = "print the heads of all audit chains under one MAC",
        .details =
            "One line of JSON, without secrets. Kept where an intruder cannot reach it, it lets\n"
            "verify --expect-head prove that nothing it covers was cut off or rewritten.\n"
            "Nothing is written to the store. Exit code 5: a chain does not fit, and no head\n"
            "was made.",
        .examples = "secretstore audit head --keys-file keys --output /mnt/worm/head-2027-01-31\n",
        .options = ON_A_STORE | OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FORCE),
        .run = run_audit_head,
    },
    {
        .name = "cleanup",
        .summary = "delete what expired long ago, prune old audit events",
        .details =
            "With --secrets, deletes for good the secrets that expired longer ago; each\n"
            "leaves an event. With --events, prunes older audit events; each chain keeps its\n"
            "newest one, and stays verifiable. At least one of the two must be given.",
        .examples = "secretstore cleanup --secrets 30d --events 180d --keys-file keys\n",
        .options =
            ON_A_STORE | OPTION_BIT(OPTION_SECRETS_RETENTION) | OPTION_BIT(OPTION_EVENTS_RETENTION),
        .run = run_cleanup,
    },
    {
        .name = "backup",
        .positional = "FILE",
        .summary = "copy the store to a file",
        .details = "The copy is consistent, though others may read and write meanwhile. It is a\n"
                   "store that opens with the same keys. Whenever it is interrupted, nothing less\n"
                   "than a whole copy stands under FILE. A file that is there is replaced with\n"
                   "--force only, and never a store that is open.",
        .examples = "secretstore backup secrets-2027-01-31.db --keys-file keys\n",
        .options = ON_A_STORE | OPTION_BIT(OPTION_FORCE),
        .run = run_backup,
    },
    {
        .name = "restore",
        .positional = "FILE",
        .summary = "verify a backup and make it the store",
        .details =
            "Verifies the backup in FILE whole, as verify does, and copies it to the store's\n"
            "place, where no file may be unless --force is given. Exit code 5: the backup was\n"
            "tampered with, and nothing was restored.",
        .examples =
            "secretstore restore secrets-2027-01-31.db --store secrets.db --keys-file keys\n",
        .options = ON_A_STORE | OPTION_BIT(OPTION_FORCE),
        .run = run_restore,
    },
    {
        .name = "keys",
        .summary = "show the key versions and what is under each",
        .details =
            "For each version: whether it is active and configured, how many secrets it\n"
            "wraps, how much of its budget of 2^32 wraps is used, when it was first active,\n"
            "and whether it is safe to remove from the configuration.",
        .examples = "secretstore keys --keys-file keys\n",
        .options = ON_A_STORE,
        .run = run_keys,
    },
    {
        .name = "rotate",
        .summary = "move all secrets to the active key",
        .details =
            "Rewraps the data keys of every secret that is under an older, configured key\n"
            "version; values are not rewritten. Others may read and write meanwhile. May be\n"
            "interrupted at any point and called again. Exit code 5: some secrets do not\n"
            "authenticate and were left as they are.",
        .examples = "secretstore keygen --version 2 --output new\n"
                    "(umask 077 && cat new keys > both)\n"
                    "secretstore rotate --keys-file both\n"
                    "secretstore keys --keys-file both\n",
        .options = ON_A_STORE | OPTION_BIT(OPTION_FROM),
        .run = run_rotate,
    },
    {
        .name = "import",
        .positional = "FILE",
        .summary = "read rows of another store, or a .env file",
        .details =
            "FILE (- is standard input) holds JSON lines: a portable export, or rows of the\n"
            "Convex component (its documents.jsonl). Values stay encrypted as they are; each\n"
            "row is authenticated first. Keys other than the store's own are given with\n"
            "--transfer-keys-file. All rows are stored or none, unless --partial is given. With\n"
            "--format dotenv, FILE holds NAME=value lines for --namespace.",
        .examples =
            "secretstore import documents.jsonl --transfer-keys-file convex-keys --dry-run\n"
            "secretstore import all.jsonl --existing skip --partial\n"
            "secretstore import .env --format dotenv --namespace acme:development\n",
        .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_TRANSFER_KEYS) |
                   OPTION_BIT(OPTION_EXISTING) | OPTION_BIT(OPTION_DRY_RUN) |
                   OPTION_BIT(OPTION_PARTIAL),
        .run = run_import,
    },
    {
        .name = "export",
        .summary = "write secrets as rows, still encrypted, or as plain text",
        .details =
            "portable and component write JSON lines, encrypted under the active key or the\n"
            "first of --transfer-keys-file, of the whole store or of --namespace. dotenv, shell\n"
            "and json write the values of one namespace in plain text, and refuse a namespace\n"
            "without secrets.",
        .examples = "secretstore export --output all.jsonl --transfer-keys-file transfer-key\n"
                    "secretstore export --format dotenv --namespace acme:ci --output .env\n"
                    "eval \"$(secretstore export --format shell --only DB_URL)\"\n",
        .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_TRANSFER_KEYS) |
                   OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_PARTIAL) |
                   OPTION_BIT(OPTION_ONLY) | OPTION_BIT(OPTION_PREFIX) | OPTION_BIT(OPTION_MAP) |
                   OPTION_BIT(OPTION_ALLOW_UNSAFE_NAMES),
        .run = run_export,
    },
    {
        .name = "exec",
        .takes_command = true,
        .summary = "run a command with a namespace's secrets in its environment",
        .details =
            "Becomes the command behind --, with the unexpired secrets of the namespace added\n"
            "to its environment; nothing is written anywhere. A name that no environment can\n"
            "hold is refused unless --map renames it, and so is one that a loader, shell or\n"
            "interpreter obeys (LD_*, PATH, NODE_OPTIONS). Variables that hold this program's\n"
            "own keys are taken out. Nothing is run if there is no secret to hand on. Exit code:\n"
            "the command's own; 127 and 126 if it is not there or cannot be run.",
        .examples = "secretstore exec --namespace acme:production -- ./server --port 8080\n"
                    "secretstore exec --only DB_URL --map 'db/url=DB_URL' -- psql\n",
        .options = IN_A_NAMESPACE | OPTION_BIT(OPTION_ONLY) | OPTION_BIT(OPTION_PREFIX) |
                   OPTION_BIT(OPTION_MAP) | OPTION_BIT(OPTION_ALLOW_UNSAFE_NAMES),
        .run = run_exec,
    },
    {
        .name = "stats",
        .summary = "count namespaces, secrets, events and bytes",
        .details = "What the store holds, and how large its files are.",
        .examples = "secretstore stats --json\n",
        .options = ON_A_STORE,
        .run = run_stats,
    },
    {
        .name = "maintain",
        .summary = "do all maintenance that is due",
        .details =
            "Deletes secrets that expired over 30 days ago, prunes events older than 180 days,\n"
            "moves secrets to the active key, and keeps the audit log's head in the store, for\n"
            "verify: what a host's background maintenance does. For a timer; see cleanup for other "
            "retentions.",
        .examples = "secretstore maintain --keys-file keys\n",
        .options = ON_A_STORE,
        .run = run_maintain,
    },
    {
        .name = "policy check",
        .positional = "FILE",
        .summary = "compile a policy and print what it allows",
        .details = "Exit code 6: it is not well formed; the message says where.",
        .examples = "secretstore policy check policy.lua\n",
        .options = EVERY_COMMAND,
        .run = run_policy_check,
    },
    {
        .name = "policy types",
        .positional = "FILE",
        .summary = "print a policy's namespaces, names and metadata as types",
        .details = "For TypeScript, Python or as JSON Schema, with the policy's hash in it.",
        .examples = "secretstore policy types policy.lua --language typescript > secrets.ts\n"
                    "secretstore policy types policy.lua --language python > secret_types.py\n",
        .options = EVERY_COMMAND | OPTION_BIT(OPTION_LANGUAGE) | OPTION_BIT(OPTION_OUTPUT),
        .run = run_policy_types,
    },
    {
        .name = "policy test",
        .positional = "FILE",
        .summary = "run a policy's test file",
        .details =
            "The test file names cases: expect_allowed{...}, expect_denied{..., \"reason\"}.\n"
            "Exit code 6: a case came out otherwise.",
        .examples = "secretstore policy test policy.lua\n",
        .options = EVERY_COMMAND | OPTION_BIT(OPTION_CASES),
        .run = run_policy_test,
    },
    {
        .name = "policy try",
        .positional = "FILE",
        .summary = "list what a policy would refuse of what a store holds",
        .details =
            "Tries each secret as if it were put as it stands, and each event as the operation\n"
            "that made it. Nothing is changed.",
        .examples = "secretstore policy try new-policy.lua --keys-file keys\n",
        .options = ON_A_STORE,
        .run = run_policy_try,
    },
    {
        .name = "completion",
        .positional = "SHELL",
        .summary = "print a completion script for bash, zsh or fish",
        .details = "Commands, options, file names; never names of secrets.",
        .examples = "secretstore completion bash > /etc/bash_completion.d/secretstore\n"
                    "secretstore completion zsh > \"${fpath[1]}/_secretstore\"\n"
                    "secretstore completion fish > ~/.config/fish/completions/secretstore.fish\n",
        .options = OPTION_BIT(OPTION_HELP),
        .run = run_completion,
    },
    {
        .name = "man",
        .summary = "print the manual page",
        .details = "In the roff language of man(7).",
        .examples = "secretstore man > secretstore.1 && man ./secretstore.1\n",
        .options = OPTION_BIT(OPTION_HELP),
        .run = run_man,
    },
};
const int command_count = sizeof commands / sizeof commands[0];
