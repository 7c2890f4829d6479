/*
 * A hostile caller: starts the helper with /dev/net/tun as descriptor 3 and kills it when the kernel tells the Nth news of links. What the
 * descriptor has by then is made persistent, which needs no privilege; with an owner (not 0) it is given to that uid, which needs none either.
 * Usage: killer NTH OWNER PROGRAM ARGUMENT…; says "killed" or "late".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count < 4)
        return 2;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    int nth = atoi(arguments[1]), owner = atoi(arguments[2]), tun = open("/dev/net/tun", O_RDWR);
    if (tun < 0 || dup2(tun, 3) < 0)
        return 3;
    int news = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (news < 0 || bind(news, (struct sockaddr *)&address, sizeof address))
        return 3;
    pid_t child = fork();
    if (!child) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 1);
        execv(arguments[3], arguments + 3);
        _exit(127);
    }
    int status = 0, killed = 0;
    for (int seen = 0; waitpid(child, &status, WNOHANG) == 0;) {
        static char buffer[65536];
        struct pollfd wait = {.fd = news, .events = POLLIN};
        if (poll(&wait, 1, 1) > 0 && recv(news, buffer, sizeof buffer, 0) > 0 && ++seen == nth) {
            kill(child, SIGKILL);
            killed = waitpid(child, &status, 0) == child && WIFSIGNALED(status);
            break;
        }
    }
    if (killed) {
        if (owner)
            (void)ioctl(3, TUNSETOWNER, (unsigned long)owner);
        (void)ioctl(3, TUNSETPERSIST, 1UL);
    }
    puts(killed ? "killed" : "late");
    return 0;
}
