/* Shared by all parts of the helper: how it ends, what it logs, how it gives up what it doesn't need. */
#ifndef TAPESTRY_HELPER_H
#define TAPESTRY_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Version of the command protocol: the client refuses another one. */
#define PROTOCOL 2

/* IFLA_GROUP of every interface that the helper makes ("TPST"): only CAP_NET_ADMIN can set it, so it is proof of origin. */
#define OUR_GROUP 0x54505354u

/* Exit codes; each error name below belongs to one. */
enum outcome {
    DONE = 0,
    BAD_REQUEST = 64,
    NO_LINK = 66,
    QUOTA = 69,
    INTERNAL = 70,
    SYSTEM = 71,
    NO_TUN = 72,
    NAME_IN_USE = 73,
    ROLLED_BACK = 74,
    INTRUDER = 75,
    QMP_FAILED = 76,
    NO_PRIVILEGE = 77,
    DENIED = 78,
};

/*
 * Ends the helper with one line of JSON: error (a word), what (a word: which argument or step), the errno or 0.
 * Deletes the interface that this run created, if there is one. Words hold only a-z and '-', so nothing needs escaping.
 */
_Noreturn void fail(enum outcome outcome, const char *error, const char *what, int error_number);

/* As fail(), for an error number that the kernel gave: EPERM becomes no-privilege, the rest system. */
_Noreturn void fail_system(const char *what, int error_number);

/* The interface to delete when this run fails; 0 for none. */
void undo_on_failure(int ifindex);
/* As undo_on_failure(), once more: called by fail() before it replies, e.g. to give back what a bridge port had. */
void call_on_failure(void (*function)(void));

/* Notes that this step is done now; the success line tells all of them in order (at most 6, names as words above). */
void step(const char *name);
/* Writes the success line, with the time and the steps (µs since the epoch): printf form of what follows `{"ok":true`. Exits INTERNAL if it can't be written whole. */
void reply(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Connects to the system log; without one, logging is silently nothing (there is nobody to tell). */
void log_open(void);
/* One line: `uid=… verb=…` is put in front. Bounded to 400 bytes. */
void log_act(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_verb(const char *verb);

/* Before anything is parsed: not dumpable, no core, a deadline of 10 s, no environment, safe descriptors 0-2. */
void confine_start(void);
/* Down to CAP_NET_ADMIN and nothing else. Returns false when the process hasn't got it. */
bool confine_to_net_admin(void);
/* No capability at all, and none to come. */
void confine_to_nothing(void);
/* No new privileges and the system call filter. Call with everything opened that is to be opened. */
void confine_system_calls(void);
/* Before anything is made, and before the system call filter: one making at a time for each user. */
void lock_making(void);
/* Sleeps, ms. */
void pause_ms(int milliseconds);
/* A new deadline for verbs that wait; 0 turns it off. */
void deadline(unsigned seconds);

#endif
