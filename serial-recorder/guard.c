#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* QEMU's descriptors must end with QEMU (its TAPs live as long as they do), so the guard keeps none but these two. */
static int keep_only(int *control, int *process) {
    /* Above both targets first: either may stand where the other goes. */
    int control_aside = fcntl(*control, F_DUPFD_CLOEXEC, 2), process_aside = fcntl(*process, F_DUPFD_CLOEXEC, 2);
    if (control_aside < 0 || process_aside < 0 || dup2(control_aside, 0) < 0 || dup2(process_aside, 1) < 0)
        return -1;
    *control = 0;
    *process = 1;
    if (syscall(SYS_close_range, 2u, ~0u, 0u) == 0)
        return 0;
    for (int fd = 2; fd < (int)sysconf(_SC_OPEN_MAX); fd++)
        close(fd);
    return 0;
}

static _Noreturn void guard(int control, int process) {
    if (keep_only(&control, &process) != 0)
        _exit(1);
    prctl(PR_SET_NAME, "tapestry-guard");
    signal(SIGHUP, SIG_IGN);
    for (;;) {
        struct pollfd polled[] = {{.fd = control, .events = POLLIN}, {.fd = process, .events = POLLIN}};
        if (poll(polled, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            _exit(1);
        }
        if (polled[0].revents != 0) {
            char word;
            ssize_t got = read(control, &word, 1);
            if (got < 0 && errno == EINTR)
                continue;
            if (got != 1)
                syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0u);
            _exit(0);
        }
        if (polled[1].revents != 0)
            _exit(0);
    }
}

/* Grandchild, not child: QEMU would have to reap a child that it knows nothing of. */
static int leave_guard(int control, int process) {
    pid_t between = fork();
    if (between < 0)
        return -1;
    if (between == 0) {
        pid_t pid = fork();
        if (pid == 0)
            guard(control, process);
        _exit(pid < 0 ? 1 : 0);
    }
    int status;
    while (waitpid(between, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    errno = EAGAIN;
    return -1;
}

/*
 * The recorder copies QEMU's side of a terminal (pty-master.h), which Yama allows an ancestor or whom the process itself
 * names, with its descendants (Documentation/admin-guide/LSM/Yama.rst). The recorder isn't there yet, but the app that
 * starts it is: our parent, which Yama lets in anyhow. What is named stays so over exec, and ends with the app. Not init, which took
 * the app's place if it died: that would name everybody, and the guard is about to kill. Without Yama it fails, and isn't needed.
 */
static void allow_recorder(void) {
    pid_t app = getppid();
    if (app > 1)
        prctl(PR_SET_PTRACER, (unsigned long)app, 0ul, 0ul, 0ul);
}

void guard_exec(int control, char **argv) {
    int process = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (process < 0 || fcntl(control, F_SETFD, FD_CLOEXEC) != 0 || leave_guard(control, process) != 0)
        return;
    allow_recorder();
    execvp(argv[0], argv);
}
