/* rtnetlink by hand: by index, one message for all settings, no rename race. */
#include "netlink.h"
#include "helper.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int netlink_socket = -1;
static uint32_t sequence;

int netlink_descriptor(void) { return netlink_socket; }

void netlink_open(void) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    netlink_socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink_socket < 0)
        fail(SYSTEM, "system", "netlink", errno);
    if (bind(netlink_socket, (struct sockaddr *)&address, sizeof address))
        fail(SYSTEM, "system", "netlink-bind", errno);
}

void *message_start(struct message *message, int type, int flags, size_t body_size) {
    memset(message, 0, sizeof *message);
    message->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(body_size);
    message->header.nlmsg_type = (uint16_t)type;
    message->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    return NLMSG_DATA(&message->header);
}

void message_put(struct message *message, int type, const void *data, size_t size) {
    size_t offset = NLMSG_ALIGN(message->header.nlmsg_len);
    if (size > MESSAGE_BYTES || offset + RTA_SPACE(size) > MESSAGE_BYTES) {
        message->bad = true;
        return;
    }
    struct rtattr *attribute = (struct rtattr *)(message->bytes + offset);
    attribute->rta_type = (uint16_t)type;
    attribute->rta_len = (uint16_t)RTA_LENGTH(size);
    if (size)
        memcpy(RTA_DATA(attribute), data, size);
    message->header.nlmsg_len = (uint32_t)(offset + RTA_SPACE(size));
}

void message_put_u8(struct message *message, int type, uint8_t value) { message_put(message, type, &value, sizeof value); }
void message_put_u32(struct message *message, int type, uint32_t value) { message_put(message, type, &value, sizeof value); }
void message_put_text(struct message *message, int type, const char *text) { message_put(message, type, text, strlen(text) + 1); }

size_t nest_start(struct message *message, int type) {
    size_t start = NLMSG_ALIGN(message->header.nlmsg_len);
    message_put(message, type | NLA_F_NESTED, NULL, 0);
    return start;
}

void nest_end(struct message *message, size_t start) {
    if (message->bad)
        return;
    ((struct rtattr *)(message->bytes + start))->rta_len = (uint16_t)(message->header.nlmsg_len - start);
}

uint32_t u32_of(const struct rtattr *attribute) {
    uint32_t value = 0;
    if (RTA_PAYLOAD(attribute) >= sizeof value)
        memcpy(&value, RTA_DATA(attribute), sizeof value);
    return value;
}

const struct rtattr *attributes_of(const struct nlmsghdr *header, size_t body_size, int *left) {
    *left = (int)header->nlmsg_len - (int)NLMSG_SPACE(body_size);
    return (const struct rtattr *)((const char *)header + NLMSG_SPACE(body_size));
}

const struct rtattr *attribute_find(const struct nlmsghdr *header, size_t body_size, int type) {
    int left;
    for (const struct rtattr *a = attributes_of(header, body_size, &left); RTA_OK(a, left); a = RTA_NEXT(a, left))
        if ((a->rta_type & NLA_TYPE_MASK) == type)
            return a;
    return NULL;
}

static int send_message(struct message *message) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (message->bad)
        return -EMSGSIZE;
    message->header.nlmsg_seq = ++sequence;
    for (;;) {
        ssize_t sent = sendto(netlink_socket, message->bytes, message->header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel);
        if (sent >= 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

/* One datagram from the kernel (anybody may send to a netlink socket), whole. */
static int receive(void *buffer, size_t size) {
    for (;;) {
        struct sockaddr_nl from = {0};
        socklen_t length = sizeof from;
        ssize_t got = recvfrom(netlink_socket, buffer, size, MSG_TRUNC, (struct sockaddr *)&from, &length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (length < sizeof from || from.nl_pid != 0)
            continue;
        return (size_t)got > size ? -EMSGSIZE : (int)got;
    }
}

static int error_of(const struct nlmsghdr *header) {
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
        return -EPROTO;
    return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
}

int netlink_get(struct message *message, void *answer, size_t size) {
    int result = send_message(message);
    while (result == 0) {
        int got = receive(answer, size);
        if (got < 0)
            return got;
        const struct nlmsghdr *header = answer;
        if (!NLMSG_OK(header, (unsigned)got) || header->nlmsg_seq != sequence)
            continue;
        if (header->nlmsg_type == NLMSG_ERROR)
            return error_of(header);
        return got;
    }
    return result;
}

int netlink_do(struct message *message) {
    static char answer[MESSAGE_BYTES * 2] __attribute__((aligned(8)));
    message->header.nlmsg_flags |= NLM_F_ACK;
    int result = netlink_get(message, answer, sizeof answer);
    return result > 0 ? -EPROTO : result;
}

int netlink_dump(struct message *message, int type, int (*each)(const struct nlmsghdr *, void *), void *context) {
    static char buffer[65536] __attribute__((aligned(8)));
    message->header.nlmsg_flags |= NLM_F_DUMP;
    int result = send_message(message), noted = 0;
    while (result == 0) {
        int got = receive(buffer, sizeof buffer);
        if (got < 0)
            return got;
        unsigned left = (unsigned)got;
        for (const struct nlmsghdr *header = (const void *)buffer; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
            if (header->nlmsg_seq != sequence)
                continue;
            if (header->nlmsg_type == NLMSG_DONE)
                return noted;
            if (header->nlmsg_type == NLMSG_ERROR)
                return error_of(header);
            if (header->nlmsg_type == type && !noted)
                noted = each(header, context);
        }
    }
    return result;
}
