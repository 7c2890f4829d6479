/*
 * The guard of a start: QEMU runs with stopped vCPUs until the app lets it go, and an app that is killed in between and
 * never opened again would leave it, and its TAPs, for ever. So QEMU is executed through this program, which leaves a
 * guard behind before there is any QEMU.
 */
#ifndef GUARD_H
#define GUARD_H

/*
 * Leaves a guard behind and becomes `argv[0]` (a path; `argv` ends with NULL) with every descriptor but `control`, a
 * stream from the app. The guard holds this very process by a pidfd made before the guard was: no pid is ever looked
 * for. A byte on `control` says that the start is over, and the guard ends; its end without one says that the app died,
 * and the guard kills. It ends with the process in any case. Returns only on failure, with errno.
 */
void guard_exec(int control, char **argv);

#endif
