/* One making at a time for each user, so that a limit holds also when several of the user's callers come at once, each about to be killed. */
#include "helper.h"
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How long another making is waited for, ms, and how often. Whoever squats the name gains this delay and nothing else. */
#define PATIENCE 5000
#define TURNS 200

/*
 * The lock is a name of this network namespace that is bound for as long as the process lives: a kill lets go of it, nobody can take it away, and
 * nothing is left. Who finds it taken hangs on the holder's socket until the kernel closes it. A name that somebody else holds counts for nothing:
 * another user's waiting would be theirs to prolong.
 */
void lock_making(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "tapestry-net-helper/making/%u", getuid());
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    for (int turn = 0; turn < TURNS; turn++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
            fail_system("lock", errno);
        if (!bind(fd, (struct sockaddr *)&address, size)) {
            if (listen(fd, 4096))
                fail_system("lock", errno);
            return; /* open until the end */
        }
        if (errno != EADDRINUSE)
            fail_system("lock", errno);
        if (!connect(fd, (struct sockaddr *)&address, size)) {
            struct ucred holder;
            socklen_t holder_size = sizeof holder;
            struct pollfd end = {.fd = fd, .events = POLLIN};
            bool known = !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &holder, &holder_size);
            if (known && holder.uid != getuid()) {
                log_act(false, "uid %u holds the name of the lock", holder.uid);
                close(fd);
                return;
            }
            if (poll(&end, 1, PATIENCE) == 0) {
                close(fd);
                return;
            }
        } else
            pause_ms(1); /* it isn't listening yet, or has ended just now */
        close(fd);
    }
}
