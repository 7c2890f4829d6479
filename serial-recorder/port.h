/* The recorder's end of one serial port: QEMU is at the other. */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "options.h"
#include "protocol.h"
#include "recording.h"

/* Typed bytes that wait for the guest to take them, per port. When it is full, viewers are not read from. */
#define PORT_INPUT_MAX PAYLOAD_MAX

struct port {
    const struct port_options *options;
    struct recording recording;
    enum port_state state;
    /* -1 while there is nothing to poll. */
    int fd;
    /* The other side of a terminal, held (pty-master.h); -1 when it isn't. */
    int master;
    /* The QEMU process, and a pidfd of it. */
    pid_t qemu_pid;
    int qemu;
    /* A TCP connection on its way: becomes writable when it is decided. */
    bool deciding;
    /* When to try again to connect, on the monotonic clock; and how long to wait after the next failure. µs. */
    int64_t retry_at;
    int64_t retry_delay;
    /* How long the port is left alone after a small read, µs; and until when, on the monotonic clock. */
    int64_t rest;
    int64_t rest_until;
    /* Subscribed viewers. */
    uint32_t viewers;
    /* Counts changes of state, viewers and start, so that watchers notice. */
    uint64_t revision;
    char message[160];
    size_t input_length;
    unsigned char input[PORT_INPUT_MAX];
};

/* Prepares a port of the options, and its recording. `qemu`: pidfd of QEMU. Returns 0, or -1 with errno. */
int port_open(struct port *port, const struct options *options, int index, int directory, int qemu);

/* Tries to reach QEMU if it is time to. `now`: the monotonic clock, µs. */
void port_connect(struct port *port, int64_t now);

/* The events to poll for. `*wake` is lowered to the time (monotonic clock, µs) at which there are more. */
short port_events(const struct port *port, int64_t now, int64_t *wake);

/* Does what poll found: records what the guest printed, hands it what was typed. */
void port_handle(struct port *port, short events, int64_t now);

/* Reads until there is no more, once QEMU has ended. */
void port_drain(struct port *port, int64_t now);

/* Takes typed bytes; returns how many fit. Without a connection they are discarded, as a line without a peer does. */
size_t port_type(struct port *port, const unsigned char *bytes, size_t length);

static inline bool port_interactive(const struct port *port) { return port->options->kind != PORT_FIFO; }

/* Makes a FIFO for a port's log; 0, or -1 with errno. One that is there already is kept. */
int port_make_fifo(const char *path);

#endif
