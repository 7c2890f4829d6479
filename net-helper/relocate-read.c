/* Reading what the kernel tells of a host's addresses and routes, and which of them it makes by itself. */
#include "relocate-parts.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

int64_t lifetime_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const struct nlmsghdr *header_of(const struct saved *saved) { return (const struct nlmsghdr *)(const void *)saved->bytes; }

bool keep(struct saved *list, int *count, int maximum, const struct nlmsghdr *header) {
    if (*count == maximum || header->nlmsg_len > SAVED_BYTES)
        return false;
    memcpy(list[(*count)++].bytes, header, header->nlmsg_len);
    return true;
}

bool own_address(const struct ifaddrmsg *body) { return body->ifa_family == AF_INET6 && body->ifa_scope == RT_SCOPE_LINK; }

bool is_address(const struct nlmsghdr *header) {
    const struct ifaddrmsg *body = NLMSG_DATA(header);
    return header->nlmsg_len >= NLMSG_LENGTH(sizeof *body) && (body->ifa_family == AF_INET || body->ifa_family == AF_INET6);
}

bool goes_over(const struct nlmsghdr *header, int ifindex) {
    const struct rtattr *oif = attribute_find(header, sizeof(struct rtmsg), RTA_OIF),
                        *paths = attribute_find(header, sizeof(struct rtmsg), RTA_MULTIPATH);
    if (oif && u32_of(oif) == (uint32_t)ifindex)
        return true;
    if (!paths)
        return false;
    int left = (int)RTA_PAYLOAD(paths);
    for (const struct rtnexthop *hop = RTA_DATA(paths);
         left >= (int)sizeof *hop && hop->rtnh_len >= sizeof *hop && hop->rtnh_len <= left;) {
        if (hop->rtnh_ifindex == ifindex)
            return true;
        left -= (int)RTNH_ALIGN(hop->rtnh_len);
        hop = (const struct rtnexthop *)((const char *)hop + RTNH_ALIGN(hop->rtnh_len));
    }
    return false;
}

bool own_route(const struct nlmsghdr *header) {
    const struct rtmsg *body = NLMSG_DATA(header);
    const struct rtattr *dst = attribute_find(header, sizeof *body, RTA_DST);
    if ((body->rtm_flags & RTM_F_CLONED) || body->rtm_protocol == RTPROT_REDIRECT)
        return true;
    if (body->rtm_protocol != RTPROT_KERNEL)
        return false;
    if (body->rtm_type != RTN_UNICAST || body->rtm_table == RT_TABLE_LOCAL)
        return true;
    const unsigned char *bytes = dst && RTA_PAYLOAD(dst) == 16 ? RTA_DATA(dst) : NULL;
    return body->rtm_family == AF_INET6 && bytes && ((bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) || bytes[0] == 0xff);
}

bool is_route(const struct nlmsghdr *header) {
    const struct rtmsg *body = NLMSG_DATA(header);
    return header->nlmsg_len >= NLMSG_LENGTH(sizeof *body) && (body->rtm_family == AF_INET || body->rtm_family == AF_INET6);
}

int dump_known(struct message *m, int type, int (*each)(const struct nlmsghdr *, void *), void *context) {
    int error = netlink_dump(m, type, each, context);
    return error == -EAFNOSUPPORT || error == -EOPNOTSUPP ? 0 : error;
}

int dump_addresses(int (*each)(const struct nlmsghdr *, void *), void *context) {
    struct message m;
    (void)message_start(&m, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
    return netlink_dump(&m, RTM_NEWADDR, each, context);
}

int dump_routes(int family, int (*each)(const struct nlmsghdr *, void *), void *context) {
    struct message m;
    struct rtmsg *route = message_start(&m, RTM_GETROUTE, 0, sizeof *route);
    route->rtm_family = (unsigned char)family;
    return dump_known(&m, RTM_NEWROUTE, each, context);
}
