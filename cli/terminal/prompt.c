/* The no-echo prompt. A signal that would end the process first gives the
 * terminal its echo back. */
#include "terminal/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "terminal/failure.h"

static volatile sig_atomic_t interrupted = 0;

static void note_signal(int number) { interrupted = number; }

static const int watched_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { WATCHED_COUNT = sizeof watched_signals / sizeof watched_signals[0] };

/* What was before the prompt. */
typedef struct signal_state {
  struct sigaction actions[WATCHED_COUNT];
  sigset_t mask;
} signal_state;

/* The signals are blocked except while ppoll waits: one that came between a check and a read would
 * otherwise be noted, and the read wait on. */
static void watch_signals(signal_state *before) {
  const struct sigaction watch = {.sa_handler = note_signal};
  sigset_t watched;
  interrupted = 0;
  (void)sigemptyset(&watched);
  for (int i = 0; i < WATCHED_COUNT; i++) (void)sigaddset(&watched, watched_signals[i]);
  (void)sigprocmask(SIG_BLOCK, &watched, &before->mask);
  for (int i = 0; i < WATCHED_COUNT; i++) {
    (void)sigaction(watched_signals[i], &watch, &before->actions[i]);
  }
}

static void unwatch_signals(const signal_state *before) {
  for (int i = 0; i < WATCHED_COUNT; i++) {
    (void)sigaction(watched_signals[i], &before->actions[i], NULL);
  }
  (void)sigprocmask(SIG_SETMASK, &before->mask, NULL);
  if (interrupted != 0) (void)raise(interrupted);
}

static int read_line(int terminal, const signal_state *before, secret_bytes *line) {
  struct pollfd input = {.fd = terminal, .events = POLLIN};
  for (;;) {
    char byte = 0;
    const bool ready = ppoll(&input, 1, NULL, &before->mask) == 1;
    const ssize_t count = ready ? read(terminal, &byte, 1) : -1;
    if (count == 1 && byte == '\n') return EXIT_OK;
    if (count <= 0) return fail(SS_INVALID_ARGUMENT, "the prompt was ended without a value");
    const int code = secret_bytes_append(line, &byte, 1);
    ss_wipe(&byte, 1);
    if (code != EXIT_OK) return code;
  }
}

static int ask(int terminal, const signal_state *before, const char *question, secret_bytes *line) {
  int code = write_all(terminal, question, strlen(question), "the terminal");
  if (code == EXIT_OK) code = read_line(terminal, before, line);
  (void)write_all(terminal, "\n", 1, "the terminal");
  return code;
}

static int ask_twice(int terminal, const signal_state *before, secret_bytes *value) {
  secret_bytes again = {0};
  int code = ask(terminal, before, "Value: ", value);
  if (code == EXIT_OK) code = ask(terminal, before, "Again: ", &again);
  const bool same = value->length == again.length &&
                    (value->length == 0 || memcmp(value->data, again.data, value->length) == 0);
  if (code == EXIT_OK && !same) {
    code = fail(SS_INVALID_ARGUMENT, "expected the same value twice, got two that differ");
  }
  secret_bytes_clear(&again);
  return code;
}

int prompt_for_value(secret_bytes *value) {
  signal_state before;
  struct termios usual;
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0 || tcgetattr(terminal, &usual) != 0) {
    if (terminal >= 0) (void)close(terminal);
    return fail(SS_INVALID_ARGUMENT, "expected a terminal to ask for the value: %s",
                strerror(errno));
  }
  struct termios silent = usual;
  silent.c_lflag &= ~(tcflag_t)ECHO;
  watch_signals(&before);
  (void)tcsetattr(terminal, TCSAFLUSH, &silent);
  const int code = ask_twice(terminal, &before, value);
  (void)tcsetattr(terminal, TCSAFLUSH, &usual);
  unwatch_signals(&before);
  (void)close(terminal);
  return code;
}
