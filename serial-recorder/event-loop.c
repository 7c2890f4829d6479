#define _GNU_SOURCE
#include "event-loop.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "viewer.h"

int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* poll(2) until `wake` (INT64_MAX: for ever): its own timeout, whole ms, is too coarse for the rests of ports. */
static int poll_until(struct pollfd *polled, nfds_t count, int64_t wake, int64_t now) {
    int64_t left = wake > now ? wake - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(left / 1000000), .tv_nsec = (long)(left % 1000000) * 1000};
    return ppoll(polled, count, wake == INT64_MAX ? NULL : &timeout, NULL);
}

/* Tries the ports that are due; lowers `*wake` to the next time one is. */
static void connect_ports(struct event_loop *loop, int64_t now, int64_t *wake) {
    for (int i = 0; i < loop->port_count; i++) {
        struct port *port = &loop->ports[i];
        port_connect(port, now);
        if (port->fd < 0 && port->retry_at < *wake)
            *wake = port->retry_at;
    }
}

static bool all_connected(const struct event_loop *loop) {
    for (int i = 0; i < loop->port_count; i++) {
        if (loop->ports[i].state != PORT_CONNECTED)
            return false;
    }
    return true;
}

void event_loop_connect(struct event_loop *loop, int64_t deadline_ms) {
    int64_t end = now_us() + deadline_ms * 1000;
    for (int64_t now = now_us(); now < end; now = now_us()) {
        struct pollfd polled[PORTS_MAX + 1];
        int64_t wake = end;
        connect_ports(loop, now, &wake);
        if (all_connected(loop))
            return;
        for (int i = 0; i < loop->port_count; i++)
            polled[i] = (struct pollfd){.fd = loop->ports[i].deciding ? loop->ports[i].fd : -1, .events = POLLOUT};
        polled[loop->port_count] = (struct pollfd){.fd = loop->qemu, .events = POLLIN};
        if (poll_until(polled, (nfds_t)loop->port_count + 1, wake, now) < 0 && errno != EINTR)
            return;
        if (polled[loop->port_count].revents != 0)
            return;
        for (int i = 0; i < loop->port_count; i++) {
            if (polled[i].revents != 0)
                port_handle(&loop->ports[i], polled[i].revents, now_us());
        }
    }
}

/* Only the user the recorder runs as, and root. The directory keeps others out already; this doesn't rely on it. */
static bool is_allowed(int fd) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

static void accept_viewer(struct event_loop *loop, struct viewer **viewers, int *count) {
    int fd = accept4(loop->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct viewer *viewer = *count < VIEWERS_MAX && is_allowed(fd) ? viewer_new(fd, loop->since) : NULL;
    if (!viewer)
        close(fd);
    else
        viewers[(*count)++] = viewer;
}

/* Returns true when one of them asked the recorder to stop. */
static bool handle_viewers(struct event_loop *loop, struct viewer **viewers, int *count, const struct pollfd *polled, int polled_count,
                           int64_t now) {
    bool stop = false;
    int kept = 0;
    for (int i = 0; i < *count; i++) {
        /* Also without an event: a port may have printed, or have room for what was typed. */
        bool alive = viewer_handle(viewers[i], i < polled_count ? polled[i].revents : 0, loop->ports, loop->port_count, now);
        stop = stop || viewers[i]->stop;
        if (alive)
            viewers[kept++] = viewers[i];
        else
            viewer_free(viewers[i]);
    }
    *count = kept;
    return stop;
}

void event_loop_run(struct event_loop *loop) {
    enum { QEMU, SIGNALS, LISTENER, PORTS };
    static struct pollfd polled[PORTS + PORTS_MAX + VIEWERS_MAX];
    struct viewer *viewers[VIEWERS_MAX];
    int viewer_count = 0;
    bool over = false;
    while (!over) {
        int64_t now = now_us(), wake = INT64_MAX;
        connect_ports(loop, now, &wake);
        polled[QEMU] = (struct pollfd){.fd = loop->qemu, .events = POLLIN};
        polled[SIGNALS] = (struct pollfd){.fd = loop->signals, .events = POLLIN};
        polled[LISTENER] = (struct pollfd){.fd = loop->listener, .events = POLLIN};
        struct pollfd *of_ports = polled + PORTS, *of_viewers = of_ports + loop->port_count;
        for (int i = 0; i < loop->port_count; i++)
            of_ports[i] = (struct pollfd){.fd = loop->ports[i].fd, .events = port_events(&loop->ports[i], now, &wake)};
        for (int i = 0; i < viewer_count; i++)
            of_viewers[i] = (struct pollfd){.fd = viewers[i]->fd, .events = viewer_events(viewers[i], now, &wake)};
        nfds_t count = (nfds_t)(PORTS + loop->port_count + viewer_count);
        if (poll_until(polled, count, wake, now) < 0) {
            if (errno == EINTR)
                continue;
            perror("poll");
            break;
        }
        now = now_us();
        for (int i = 0; i < loop->port_count; i++) {
            if (of_ports[i].revents != 0)
                port_handle(&loop->ports[i], of_ports[i].revents, now);
        }
        if (polled[QEMU].revents != 0 || polled[SIGNALS].revents != 0) {
            for (int i = 0; i < loop->port_count; i++)
                port_drain(&loop->ports[i], now);
            over = true;
        }
        over = handle_viewers(loop, viewers, &viewer_count, of_viewers, viewer_count, now) || over;
        if (polled[LISTENER].revents != 0)
            accept_viewer(loop, viewers, &viewer_count);
    }
    for (int i = 0; i < viewer_count; i++)
        viewer_free(viewers[i]);
}
