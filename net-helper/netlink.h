/* rtnetlink: building a message and reading one, one exchange, walking a dump. */
#ifndef TAPESTRY_NETLINK_H
#define TAPESTRY_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_BYTES 4096

/* A request under construction. `bad` is set when something didn't fit: sending fails then. */
struct message {
    union {
        struct nlmsghdr header;
        char bytes[MESSAGE_BYTES];
    };
    bool bad;
};

void netlink_open(void);
int netlink_descriptor(void);

/* Starts a message; returns the zeroed body of `body_size` bytes after the header. */
void *message_start(struct message *message, int type, int flags, size_t body_size);
void message_put(struct message *message, int type, const void *data, size_t size);
void message_put_u8(struct message *message, int type, uint8_t value);
void message_put_u32(struct message *message, int type, uint32_t value);
void message_put_text(struct message *message, int type, const char *text);
/* Nested attributes: start gives the offset that end takes. */
size_t nest_start(struct message *message, int type);
void nest_end(struct message *message, size_t start);

/* Reading what came: a value (0 when it is cut short), the first attribute after a body of this size, and the one of a type, or NULL. Pure. */
uint32_t u32_of(const struct rtattr *attribute);
const struct rtattr *attributes_of(const struct nlmsghdr *header, size_t body_size, int *left);
const struct rtattr *attribute_find(const struct nlmsghdr *header, size_t body_size, int type);

/* Sends with an acknowledgement asked for. 0 or -errno. */
int netlink_do(struct message *message);
/* Sends a query and copies the single answer. Length, or -errno. */
int netlink_get(struct message *message, void *answer, size_t size);
/* Sends a dump and calls `each` with every message of `type`; `each` returns non-zero to note an error that is returned at the end. */
int netlink_dump(struct message *message, int type, int (*each)(const struct nlmsghdr *, void *), void *context);

#endif
