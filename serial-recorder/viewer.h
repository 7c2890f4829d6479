/* One viewer's connection: what it asked for, and what waits to be sent to it. Never more than two frames in memory. */
#ifndef VIEWER_H
#define VIEWER_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"
#include "protocol.h"

struct viewer {
    int fd;
    /* The port it subscribed to or watches; NULL before that. */
    struct port *port;
    bool subscribed;
    bool watching;
    /* After an error: sends what is left, then ends. */
    bool ending;
    /* Asked the recorder to stop. */
    bool stop;
    /* Next byte to send, for a subscription; and before when a little more isn't worth a frame (monotonic clock, µs). */
    uint64_t offset;
    int64_t rest_until;
    struct recording_cursor cursor;
    /* For a watch: what was told last, and when (monotonic clock, µs). */
    uint64_t told_revision;
    uint64_t told_end;
    int64_t told_at;
    uint64_t since;
    size_t in_length;
    size_t out_length;
    size_t out_sent;
    unsigned char in[FRAME_HEADER + PAYLOAD_MAX];
    unsigned char out[FRAME_HEADER + PAYLOAD_MAX];
};

/* Takes over a connected socket. `since`: power-on, ms since the epoch. Returns NULL when there is no memory. */
struct viewer *viewer_new(int fd, uint64_t since);

void viewer_free(struct viewer *viewer);

/* The events to poll for. `*wake` is lowered to the time (monotonic clock, µs) at which there is more to tell. */
short viewer_events(const struct viewer *viewer, int64_t now, int64_t *wake);

/* Does what poll found. Returns false when the connection is over. */
bool viewer_handle(struct viewer *viewer, short events, struct port *ports, int port_count, int64_t now);

#endif
