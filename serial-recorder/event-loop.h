/* The recorder's one loop: ports, viewers, QEMU's end and signals, all by poll(2). */
#ifndef EVENT_LOOP_H
#define EVENT_LOOP_H

#include <stdint.h>

#include "port.h"

/* Connections at once; further ones are turned away. */
#define VIEWERS_MAX 64

struct event_loop {
    struct port *ports;
    int port_count;
    /* Listening socket for viewers. */
    int listener;
    /* Readable when QEMU has ended. */
    int qemu;
    /* signalfd of the signals that end the recorder. */
    int signals;
    /* Power-on, ms since the epoch. */
    uint64_t since;
};

/* The monotonic clock, µs. */
int64_t now_us(void);

/* Connects the ports, for at most `deadline_ms`. What isn't connected by then is tried again in the loop. */
void event_loop_connect(struct event_loop *loop, int64_t deadline_ms);

/* Runs until QEMU has ended, a viewer says stop, or a signal does. Everything read is written when it returns. */
void event_loop_run(struct event_loop *loop);

#endif
