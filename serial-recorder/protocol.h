/*
 * The frames between the recorder and its viewers, over a unix stream socket. Every frame is a u32 length (of what
 * follows it), a u8 type and the payload; all integers are little-endian. The TypeScript side is
 * electron/consoles/recorder-protocol.ts: keep the two equal.
 */
#ifndef PROTOCOL_H
#define PROTOCOL_H

/* Longest payload of a frame, in either direction, bytes. A viewer that announces more is cut off. */
#define PAYLOAD_MAX 65536u
/* u32 length, u8 type. */
#define FRAME_HEADER 5u

/* What a viewer sends. */
enum request {
    /* u64 offset (all ones: the present end), alias: data from there on, then live. Once per connection. */
    REQUEST_SUBSCRIBE = 1,
    /* alias: the port's state now and at each change. Once per connection. */
    REQUEST_WATCH = 2,
    /* bytes for the guest; only after SUBSCRIBE. */
    REQUEST_INPUT = 3,
    /* alias: forgets what was recorded; answered by DONE. */
    REQUEST_CLEAR = 4,
    /* ends the recorder; answered by DONE. */
    REQUEST_STOP = 5,
};

/* What the recorder sends. */
enum reply {
    /* u64 offset of the first byte, bytes. An offset beyond the expected one means that the viewer was overtaken. */
    REPLY_DATA = 1,
    /* u8 state, u8 interactive, u32 viewers, u64 start, u64 end, u64 limit, u64 since (ms since the epoch), message. */
    REPLY_STATE = 2,
    REPLY_DONE = 3,
    /* message; the connection ends after it. */
    REPLY_ERROR = 4,
};

/* State of a port, as REPLY_STATE tells it. */
enum port_state {
    PORT_CONNECTING = 0,
    PORT_CONNECTED = 1,
};

#endif
