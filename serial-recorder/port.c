#define _GNU_SOURCE
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "pty-master.h"

#define RETRY_FIRST_US 50000
#define RETRY_MOST_US 2000000
/* Most bytes taken from one port before the others get their turn. */
#define READ_SIZE 65536
#define READS_PER_TURN 4
/*
 * An emulated serial port hands over single bytes. Taking each at once would cost the guest more CPU than printing it
 * does, so after a read of less than READ_SMALL bytes the next one waits a while. The first byte never waits.
 *
 * But QEMU must not find its way blocked meanwhile: it would stop printing until most of the queue is read, and a guest
 * that prints without end would get no further than a queue per rest. A socket charges a whole packet for each byte, so
 * its queue of 208 KiB (net.core.wmem_default) is full after some 270; a terminal or a FIFO holds thousands. So the rest
 * becomes shorter when a read finds more than READ_MANY bytes, and longer again when it finds few.
 *
 * Nor may a rest be long: what a terminal still holds when QEMU closes its end is gone, where that end isn't held.
 */
#define REST_LEAST_US 250
#define REST_MOST_US 1000
#define READ_FEW 40
#define READ_MANY 160
#define READ_SMALL 2048

static void set_state(struct port *port, enum port_state state, const char *message) {
    if (port->state == state && strcmp(port->message, message) == 0)
        return;
    port->state = state;
    snprintf(port->message, sizeof port->message, "%s", message);
    port->revision++;
}

int port_open(struct port *port, const struct options *options, int index, int directory, int qemu) {
    *port = (struct port){.options = &options->ports[index],
                          .fd = -1,
                          .master = -1,
                          .qemu_pid = options->qemu_pid,
                          .qemu = qemu,
                          .retry_delay = RETRY_FIRST_US,
                          .rest = REST_MOST_US};
    return recording_open(&port->recording, directory, port->options->alias, options->limit);
}

/* A terminal line changes bytes unless it is told not to. */
static int open_pty(const char *path) {
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    struct termios line;
    if (fd < 0)
        return -1;
    if (tcgetattr(fd, &line) == 0) {
        cfmakeraw(&line);
        if (tcsetattr(fd, TCSANOW, &line) == 0)
            return fd;
    }
    int error = errno;
    close(fd);
    return errno = error, -1;
}

static int open_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int error = errno;
    close(fd);
    return errno = error, -1;
}

static int open_tcp(const char *host, const char *service, bool *deciding) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return errno = EADDRNOTAVAIL, -1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int result = fd < 0 ? -1 : connect(fd, found->ai_addr, found->ai_addrlen);
    int error = errno;
    freeaddrinfo(found);
    if (result == 0)
        return fd;
    if (fd >= 0 && error == EINPROGRESS) {
        *deciding = true;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return errno = error, -1;
}

static void lost(struct port *port, int64_t now, const char *why) {
    if (port->fd >= 0)
        close(port->fd);
    if (port->master >= 0)
        close(port->master);
    port->fd = -1;
    port->master = -1;
    port->deciding = false;
    port->input_length = 0;
    port->retry_at = now + port->retry_delay;
    port->retry_delay = port->retry_delay * 2 > RETRY_MOST_US ? RETRY_MOST_US : port->retry_delay * 2;
    set_state(port, PORT_CONNECTING, why);
}

static void connected(struct port *port) {
    port->deciding = false;
    set_state(port, PORT_CONNECTED, "");
}

void port_connect(struct port *port, int64_t now) {
    if (port->fd >= 0 || now < port->retry_at)
        return;
    const struct port_options *options = port->options;
    switch (options->kind) {
    case PORT_PTY:
        port->fd = open_pty(options->address);
        if (port->fd >= 0)
            port->master = pty_master_hold(port->qemu_pid, port->qemu, port->fd);
        break;
    case PORT_UNIX:
        port->fd = open_unix(options->address);
        break;
    case PORT_TCP:
        port->fd = open_tcp(options->address, options->service, &port->deciding);
        break;
    /* Open for writing too, so that it never reads as ended: QEMU's end may be opened later. */
    case PORT_FIFO:
        port->fd = open(options->address, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        break;
    }
    if (port->fd < 0)
        lost(port, now, strerror(errno));
    else if (!port->deciding)
        connected(port);
}

short port_events(const struct port *port, int64_t now, int64_t *wake) {
    if (port->deciding)
        return POLLOUT;
    short events = port->input_length > 0 ? POLLOUT : 0;
    if (now >= port->rest_until)
        return (short)(events | POLLIN);
    if (port->rest_until < *wake)
        *wake = port->rest_until;
    return events;
}

/* Returns false when there is nothing more to read for now. */
static bool read_once(struct port *port, int64_t now) {
    static unsigned char bytes[READ_SIZE];
    ssize_t got = read(port->fd, bytes, sizeof bytes);
    if (got > 0) {
        uint64_t start = port->recording.start;
        recording_append(&port->recording, bytes, (size_t)got);
        if (port->recording.start != start)
            port->revision++;
        port->retry_delay = RETRY_FIRST_US;
        return true;
    }
    if (got < 0 && errno == EINTR)
        return true;
    if (got < 0 && errno == EAGAIN)
        return false;
    lost(port, now, got == 0 ? "the other end closed" : strerror(errno));
    return false;
}

/* Chooses how long the port rests after a read of `length` bytes. */
static void rest(struct port *port, uint64_t length, int64_t now) {
    if (length >= READ_SMALL)
        return;
    bool socket = port->options->kind == PORT_UNIX || port->options->kind == PORT_TCP;
    if (socket && length > READ_MANY && port->rest > REST_LEAST_US)
        port->rest /= 2;
    else if (length < READ_FEW && port->rest < REST_MOST_US)
        port->rest *= 2;
    port->rest_until = now + port->rest;
}

static void write_input(struct port *port, int64_t now) {
    ssize_t written = write(port->fd, port->input, port->input_length);
    if (written > 0) {
        port->input_length -= (size_t)written;
        memmove(port->input, port->input + written, port->input_length);
    } else if (written < 0 && errno != EAGAIN && errno != EINTR) {
        lost(port, now, strerror(errno));
    }
}

void port_handle(struct port *port, short events, int64_t now) {
    if (port->deciding) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(port->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0)
            lost(port, now, strerror(error));
        else
            connected(port);
        return;
    }
    if (events & (POLLIN | POLLHUP | POLLERR)) {
        uint64_t before = port->recording.end;
        for (int i = 0; i < READS_PER_TURN && read_once(port, now); i++)
            continue;
        rest(port, port->recording.end - before, now);
    }
    if (port->fd >= 0 && (events & POLLOUT) && port->input_length > 0)
        write_input(port, now);
}

void port_drain(struct port *port, int64_t now) {
    while (port->fd >= 0 && !port->deciding && read_once(port, now))
        continue;
}

size_t port_type(struct port *port, const unsigned char *bytes, size_t length) {
    if (port->fd < 0 || port->deciding || !port_interactive(port))
        return length;
    size_t room = PORT_INPUT_MAX - port->input_length;
    size_t taken = length < room ? length : room;
    memcpy(port->input + port->input_length, bytes, taken);
    port->input_length += taken;
    return taken;
}

int port_make_fifo(const char *path) {
    struct stat status;
    if (mkfifo(path, 0600) == 0)
        return 0;
    if (errno != EEXIST || lstat(path, &status) != 0)
        return -1;
    return S_ISFIFO(status.st_mode) ? 0 : (errno = EEXIST, -1);
}
