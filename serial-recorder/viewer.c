#include "viewer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A growing recording is told at most this often, µs. */
#define TELL_INTERVAL_US 250000
/*
 * What comes after a pause is sent at once. What follows it on its heels is sent this much later, µs, or when there is
 * enough of it: a frame costs host and viewer far more than the bytes in it, on processors that the guest needs too.
 */
#define SEND_REST_US 4000
#define SEND_ENOUGH 32768

struct viewer *viewer_new(int fd, uint64_t since) {
    struct viewer *viewer = calloc(1, sizeof *viewer);
    if (!viewer)
        return NULL;
    viewer->fd = fd;
    viewer->since = since;
    viewer->cursor = RECORDING_CURSOR;
    return viewer;
}

void viewer_free(struct viewer *viewer) {
    if (viewer->subscribed) {
        viewer->port->viewers--;
        viewer->port->revision++;
    }
    recording_cursor_close(&viewer->cursor);
    close(viewer->fd);
    free(viewer);
}

static uint64_t get(const unsigned char *bytes, size_t size) {
    uint64_t value = 0;
    for (size_t i = size; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static unsigned char *put(unsigned char *bytes, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    return bytes + size;
}

/* Finishes the frame whose payload was laid down behind the header. Only when nothing else waits to be sent. */
static void frame(struct viewer *viewer, enum reply type, size_t length) {
    put(viewer->out, length + 1, 4);
    viewer->out[4] = (unsigned char)type;
    viewer->out_length = FRAME_HEADER + length;
    viewer->out_sent = 0;
}

static void fail(struct viewer *viewer, const char *message) {
    size_t length = strlen(message);
    memcpy(viewer->out + FRAME_HEADER, message, length);
    frame(viewer, REPLY_ERROR, length);
    viewer->ending = true;
}

static void tell_state(struct viewer *viewer, int64_t now) {
    const struct port *port = viewer->port;
    unsigned char *at = viewer->out + FRAME_HEADER;
    size_t message = strlen(port->message);
    *at++ = (unsigned char)port->state;
    *at++ = port_interactive(port);
    at = put(at, port->viewers, 4);
    at = put(at, port->recording.start, 8);
    at = put(at, port->recording.end, 8);
    at = put(at, port->recording.limit, 8);
    at = put(at, viewer->since, 8);
    memcpy(at, port->message, message);
    frame(viewer, REPLY_STATE, (size_t)(at - viewer->out) - FRAME_HEADER + message);
    viewer->told_revision = port->revision;
    viewer->told_end = port->recording.end;
    viewer->told_at = now;
}

/* Is there something to send that need not wait for more? */
static bool data_due(const struct viewer *viewer, int64_t now) {
    const struct recording *recording = &viewer->port->recording;
    return viewer->offset != recording->end && (now >= viewer->rest_until || recording->end - viewer->offset >= SEND_ENOUGH);
}

static void send_data(struct viewer *viewer, int64_t now) {
    struct recording *recording = &viewer->port->recording;
    if (viewer->offset < recording->start || viewer->offset > recording->end)
        viewer->offset = recording->start;
    unsigned char *at = put(viewer->out + FRAME_HEADER, viewer->offset, 8);
    ssize_t got = recording_read(recording, &viewer->cursor, viewer->offset, at, PAYLOAD_MAX - 8);
    if (got < 0) {
        fail(viewer, "the recording can't be read any more");
        return;
    }
    if (got == 0)
        return;
    viewer->offset += (uint64_t)got;
    viewer->rest_until = now + SEND_REST_US;
    frame(viewer, REPLY_DATA, 8 + (size_t)got);
}

/* Lays down the next frame when there is something to tell. */
static void prepare(struct viewer *viewer, int64_t now) {
    if (viewer->out_length > 0 || !viewer->port || viewer->ending)
        return;
    if (viewer->subscribed) {
        if (data_due(viewer, now))
            send_data(viewer, now);
    } else if (viewer->told_revision != viewer->port->revision)
        tell_state(viewer, now);
    else if (viewer->told_end != viewer->port->recording.end && now >= viewer->told_at + TELL_INTERVAL_US)
        tell_state(viewer, now);
}

/* Returns false when the connection is over. */
static bool send_out(struct viewer *viewer) {
    ssize_t sent = send(viewer->fd, viewer->out + viewer->out_sent, viewer->out_length - viewer->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    viewer->out_sent += (size_t)sent;
    if (viewer->out_sent == viewer->out_length) {
        viewer->out_length = 0;
        if (viewer->ending)
            return false;
    }
    return true;
}

static struct port *find_port(struct port *ports, int count, const unsigned char *alias, size_t length) {
    for (int i = 0; i < count; i++) {
        const char *name = ports[i].options->alias;
        if (strlen(name) == length && memcmp(name, alias, length) == 0)
            return &ports[i];
    }
    return NULL;
}

static void subscribe(struct viewer *viewer, uint64_t from) {
    const struct recording *recording = &viewer->port->recording;
    viewer->subscribed = true;
    viewer->offset = from > recording->end ? recording->end : from;
    viewer->port->viewers++;
    viewer->port->revision++;
}

/* Acts on one request. Returns false when it must wait: for the guest to take what was typed, or for a reply to leave. */
static bool request(struct viewer *viewer, unsigned type, const unsigned char *payload, size_t length, struct port *ports, int port_count,
                    size_t *used) {
    *used = length;
    if (type == REQUEST_INPUT && viewer->subscribed) {
        *used = port_type(viewer->port, payload, length);
        return *used == length;
    }
    /* The others answer, so there must be room for the answer. */
    if (viewer->out_length > 0)
        return *used = 0, false;
    bool from = type == REQUEST_SUBSCRIBE;
    if (from && length < 8) {
        fail(viewer, "a subscription without an offset");
        return true;
    }
    size_t skip = from ? 8 : 0;
    struct port *port = type == REQUEST_STOP ? NULL : find_port(ports, port_count, payload + skip, length - skip);
    if (type == REQUEST_INPUT)
        fail(viewer, "input before a subscription");
    else if (type < REQUEST_SUBSCRIBE || type > REQUEST_STOP)
        fail(viewer, "unknown request");
    else if (type != REQUEST_STOP && !port)
        fail(viewer, "no such port");
    else if ((type == REQUEST_SUBSCRIBE || type == REQUEST_WATCH) && viewer->port)
        fail(viewer, "one subscription or watch per connection");
    else if (type == REQUEST_SUBSCRIBE) {
        viewer->port = port;
        subscribe(viewer, get(payload, 8));
    } else if (type == REQUEST_WATCH) {
        viewer->port = port;
        viewer->watching = true;
        viewer->told_revision = port->revision - 1;
    } else if (type == REQUEST_CLEAR) {
        recording_clear(&port->recording);
        port->revision++;
        frame(viewer, REPLY_DONE, 0);
    } else {
        viewer->stop = true;
        frame(viewer, REPLY_DONE, 0);
    }
    return true;
}

/* Acts on the whole frames that have arrived. Returns false when the viewer sent nonsense. */
static bool take_requests(struct viewer *viewer, struct port *ports, int port_count) {
    size_t at = 0;
    bool sane = true;
    while (!viewer->ending && viewer->in_length - at >= FRAME_HEADER) {
        unsigned char *header = viewer->in + at;
        size_t length = (size_t)get(header, 4);
        if (length < 1 || length > PAYLOAD_MAX + 1) {
            sane = false;
            break;
        }
        if (viewer->in_length - at < 4 + length)
            break;
        size_t payload = length - 1, used;
        unsigned type = header[4];
        bool done = request(viewer, type, header + FRAME_HEADER, payload, ports, port_count, &used);
        if (!done) {
            /* The rest of the payload stays, as a shorter frame behind what was used up. */
            if (used > 0) {
                at += used;
                put(viewer->in + at, payload - used + 1, 4);
                viewer->in[at + 4] = (unsigned char)type;
            }
            break;
        }
        at += 4 + length;
    }
    viewer->in_length -= at;
    memmove(viewer->in, viewer->in + at, viewer->in_length);
    return sane;
}

/* Requests wait here until the guest has taken what was typed before, so the kernel's buffer holds the sender back. */
static bool can_read(const struct viewer *viewer) { return !viewer->ending && viewer->in_length < sizeof viewer->in; }

static bool has_waiting_input(const struct viewer *viewer) {
    return viewer->in_length >= FRAME_HEADER && viewer->in[4] == REQUEST_INPUT && viewer->in_length >= 4 + get(viewer->in, 4);
}

short viewer_events(const struct viewer *viewer, int64_t now, int64_t *wake) {
    short events = 0;
    const struct port *port = viewer->port;
    if (can_read(viewer) && !(has_waiting_input(viewer) && port && port->input_length == PORT_INPUT_MAX))
        events |= POLLIN;
    if (viewer->out_length > 0)
        return (short)(events | POLLOUT);
    if (!port || viewer->ending)
        return events;
    if (viewer->subscribed && data_due(viewer, now))
        events |= POLLOUT;
    else if (viewer->subscribed && viewer->offset != port->recording.end && viewer->rest_until < *wake)
        *wake = viewer->rest_until;
    if (viewer->watching && viewer->told_revision != port->revision)
        events |= POLLOUT;
    else if (viewer->watching && viewer->told_end != port->recording.end) {
        int64_t due = viewer->told_at + TELL_INTERVAL_US;
        if (due <= now)
            events |= POLLOUT;
        else if (due < *wake)
            *wake = due;
    }
    return events;
}

bool viewer_handle(struct viewer *viewer, short events, struct port *ports, int port_count, int64_t now) {
    if (events & (POLLIN | POLLHUP | POLLERR)) {
        if (can_read(viewer)) {
            ssize_t got = recv(viewer->fd, viewer->in + viewer->in_length, sizeof viewer->in - viewer->in_length, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
                return false;
            if (got > 0)
                viewer->in_length += (size_t)got;
        } else if (events & (POLLHUP | POLLERR)) {
            return false;
        }
    }
    if (!take_requests(viewer, ports, port_count))
        return false;
    prepare(viewer, now);
    while (viewer->out_length > 0) {
        if (!send_out(viewer))
            return false;
        if (viewer->out_length > 0)
            break;
        /* A reply of one frame at a time for watchers and requests; data goes on until the socket is full, within reason. */
        if (!viewer->subscribed || !(events & POLLOUT))
            break;
        events = 0;
        prepare(viewer, now);
    }
    return true;
}
