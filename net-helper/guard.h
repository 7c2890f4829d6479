/*
 * A second process with the same privilege, for what takes more than one message to the kernel: when the first one is killed, ends by its own
 * alarm or is stopped, the guard does what is due, undoing or finishing.
 */
#ifndef TAPESTRY_GUARD_H
#define TAPESTRY_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory that both processes see. For before guard_start(). */
void *guard_memory(size_t size);
/*
 * Before the system call filter: starts the guard, which waits. From guard_begin() on it calls `act` when the first process is gone without a
 * word, or has said none for `seconds` and three more. `act` may be in the middle already, or done: it must bear to be done again.
 * @param spare a descriptor of the caller's that the guard must not hold, or -1
 * @param quiet the guard lets go of the standard output; else whoever waits for its end waits for the guard's work, too
 */
void guard_start(unsigned seconds, void (*act)(void), int spare, bool quiet);
void guard_begin(void);
/* The work is done or undone: the guard ends, stopped or not. */
void guard_done(void);
/* As guard_done(), where the guard may have acted meanwhile: false when it has, then its work is over. */
bool guard_release(void);
/* After guard_wait() gave 1: waits for the guard's end when it acts. False when it is gone and hasn't acted. */
bool guard_acted(void);
/* Waits until `fd` has something (0), the guard acts or is gone (1), or `seconds` are over (-1). */
int guard_wait(int fd, unsigned seconds);

#endif
