/*
 * Holding QEMU's side of a terminal. What a terminal still holds when its master closes is thrown away by the kernel, and
 * QEMU closes it within a moment of the guest's last word: a recorder that doesn't get to run meanwhile would miss it. A
 * second descriptor of the same master keeps the terminal until everything is read.
 */
#ifndef PTY_MASTER_H
#define PTY_MASTER_H

#include <sys/types.h>

/*
 * Finds the master of `slave` among the descriptors of the process `pid`, which `pidfd` stands for, and copies it.
 * Returns the copy, or -1 where that isn't to be had (before Linux 5.6, or Yama forbids it: see guard.c): then there is nothing to hold.
 */
int pty_master_hold(pid_t pid, int pidfd, int slave);

#endif
