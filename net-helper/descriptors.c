/* The caller's descriptors: what they must be, and how they reach a running QEMU. */
#include "helper.h"
#include "link.h"
#include "verbs.h"
#include <errno.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/*
 * A caller can open /dev/net/tun in a network namespace of its own: TUNSETIFF would then make the TAP there, and a later lookup by name
 * would find somebody else's interface here.
 */
static void check_namespace(int fd) {
    struct stat theirs, ours;
    int their_fd = ioctl(fd, SIOCGSKNS), error = errno;
    if (their_fd < 0) {
        if (error == EPERM)
            fail(BAD_REQUEST, "bad-request", "foreign-netns", EPERM);
        fail_system("netns", error);
    }
    int our_fd = ioctl(netlink_descriptor(), SIOCGSKNS);
    if (our_fd < 0)
        fail_system("netns", errno);
    if (fstat(their_fd, &theirs) || fstat(our_fd, &ours))
        fail_system("netns", errno);
    close(their_fd);
    close(our_fd);
    if (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev)
        fail(BAD_REQUEST, "bad-request", "foreign-netns", 0);
}

void descriptor_check_tun(int fd, bool privileged, int ifindex) {
    struct stat facts;
    if (fstat(fd, &facts))
        fail(BAD_REQUEST, "bad-request", "fd", errno);
    if (!S_ISCHR(facts.st_mode) || facts.st_rdev != makedev(10, 200))
        fail(BAD_REQUEST, "bad-request", "not-tun-fd", 0);
    struct ifreq attached;
    memset(&attached, 0, sizeof attached);
    /* One that is attached already refuses an index, too. */
    if (ifindex ? ioctl(fd, TUNSETIFINDEX, &ifindex) : !ioctl(fd, TUNGETIFF, &attached) || errno != EBADFD)
        fail(BAD_REQUEST, "bad-request", "fd-attached", 0);
    /* Asking for the namespace takes CAP_NET_ADMIN; without it nothing can be done to a foreign one either. */
    if (privileged)
        check_namespace(fd);
}

void descriptor_check_qmp(int fd) {
    int value = 0;
    socklen_t length = sizeof value;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &length) || value != AF_UNIX)
        fail(BAD_REQUEST, "bad-request", "not-unix-socket", 0);
    length = sizeof value;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length) || value != SOCK_STREAM)
        fail(BAD_REQUEST, "bad-request", "not-unix-socket", 0);
}

static void send_one(int qmp, const char *text, size_t size, int fd) {
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct iovec vector = {.iov_base = (char *)(uintptr_t)text, .iov_len = size};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    for (;;) {
        ssize_t sent = sendmsg(qmp, &message, MSG_NOSIGNAL);
        if (sent == (ssize_t)size)
            return;
        if (sent < 0 && errno == EINTR)
            continue;
        fail(QMP_FAILED, "qmp", "send", sent < 0 ? errno : EIO);
    }
}

void descriptor_send(int qmp, const char *id, const int *fds, int count) {
    for (int i = 0; i < count; i++) {
        char text[256];
        int size = snprintf(text, sizeof text, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"%s%d\"},\"id\":\"getfd:%s%d\"}\n", id, i,
                            id, i);
        if (size < 0 || (size_t)size >= sizeof text)
            fail(INTERNAL, "internal", "qmp", 0);
        send_one(qmp, text, (size_t)size, fds[i]);
    }
}
