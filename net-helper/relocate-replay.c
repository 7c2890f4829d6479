/*
 * One message that was kept, sent again with another interface's index, and with what is left of its time. What is there already, or gone already,
 * is no error: it may be the second time.
 */
#include "relocate-parts.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Ticks of user space's clock, in which the kernel tells a route's remaining time (USER_HZ). */
#define TICKS 100
#define FOREVER 0xffffffffu
/* What a caller may say of a route or nexthop; the rest is the kernel's news of its state. */
#define ROUTE_FLAGS (RTNH_F_ONLINK | RTNH_F_PERVASIVE)

/* Seconds that are left of a lifetime, by now. */
static uint32_t remaining(const struct host_net *net, uint32_t lifetime) {
    int64_t passed = (lifetime_clock() - net->at) / 1000;
    return lifetime == FOREVER ? FOREVER : (int64_t)lifetime > passed ? (uint32_t)(lifetime - passed) : 0;
}

/* An address's name (`eth0:1`) begins with its interface's: so does it on the other one, where it fits. False: the kernel's own, the interface's name. */
static bool label_on(const struct host_net *net, const char *label, const struct link *on, char *name) {
    size_t own = strlen(net->from_name);
    bool begins = !strncmp(label, net->from_name, own);
    if (begins && !label[own])
        return false;
    int length = -1;
    if (begins && label[own] == ':')
        length = snprintf(name, NAME_BYTES, "%s%s", on->name, label + own);
    if (length < 0 || length >= NAME_BYTES)
        snprintf(name, NAME_BYTES, "%s", label);
    return true;
}

/* Of an address for ever the kernel tells no lifetimes, also of one that isn't to be used for new connections. */
static bool is_deprecated(const struct nlmsghdr *header) {
    const struct rtattr *flags = attribute_find(header, sizeof(struct ifaddrmsg), IFA_FLAGS);
    return (flags ? u32_of(flags) : ((const struct ifaddrmsg *)NLMSG_DATA(header))->ifa_flags) & IFA_F_DEPRECATED;
}

/* IPv6 addresses come without a new check for duplicates, which takes a second in which they can't be used: they passed it on this segment. */
static uint32_t flags_for(const struct ifaddrmsg *body, uint32_t flags, enum how how) {
    bool checked = body->ifa_family == AF_INET6 && !(flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
    return how == ADD && checked ? flags | IFA_F_NODAD : flags;
}

int address_do(const struct host_net *net, const struct saved *saved, enum how how, const struct link *on) {
    struct message m;
    const struct ifaddrmsg *body = NLMSG_DATA(header_of(saved));
    int left, type = how == DELETE ? RTM_DELADDR : RTM_NEWADDR;
    struct ifaddrmsg *copy = message_start(&m, type,
                                           how == ADD      ? NLM_F_CREATE | NLM_F_EXCL
                                           : how == SETTLE ? NLM_F_REPLACE
                                                           : 0,
                                           sizeof *copy);
    *copy = *body;
    copy->ifa_index = (uint32_t)on->ifindex;
    copy->ifa_flags = (unsigned char)flags_for(body, body->ifa_flags, how);
    for (const struct rtattr *a = attributes_of(header_of(saved), sizeof *body, &left); RTA_OK(a, left); a = RTA_NEXT(a, left))
        switch (a->rta_type & NLA_TYPE_MASK) {
        case IFA_LABEL: {
            char name[NAME_BYTES];
            if (label_on(net, RTA_DATA(a), on, name))
                message_put_text(&m, IFA_LABEL, name);
            break;
        }
        case IFA_FLAGS:
            message_put_u32(&m, IFA_FLAGS, flags_for(body, u32_of(a), how));
            break;
        case IFA_CACHEINFO: {
            struct ifa_cacheinfo times;
            if (RTA_PAYLOAD(a) < sizeof times)
                break;
            memcpy(&times, RTA_DATA(a), sizeof times);
            times.ifa_valid = remaining(net, times.ifa_valid);
            times.ifa_prefered = is_deprecated(header_of(saved)) ? 0 : remaining(net, times.ifa_prefered);
            /* It ran out meanwhile, as it would have where it was. */
            if (!times.ifa_valid && how != DELETE)
                return 0;
            message_put(&m, IFA_CACHEINFO, &times, sizeof times);
            break;
        }
        default:
            message_put(&m, a->rta_type, RTA_DATA(a), RTA_PAYLOAD(a));
        }
    int error = netlink_do(&m);
    return error == (how == ADD ? -EEXIST : -EADDRNOTAVAIL) ? 0 : error;
}

/* The other interface in the place of the one that it was read from, in a copy of the attribute's data. */
static void put_paths(struct message *m, const struct rtattr *paths, int from, int to) {
    char copy[SAVED_BYTES] __attribute__((aligned(8)));
    int left = (int)RTA_PAYLOAD(paths);
    memcpy(copy, RTA_DATA(paths), (size_t)left);
    for (struct rtnexthop *hop = (struct rtnexthop *)(void *)copy;
         left >= (int)sizeof *hop && hop->rtnh_len >= sizeof *hop && hop->rtnh_len <= left;) {
        if (hop->rtnh_ifindex == from)
            hop->rtnh_ifindex = to;
        hop->rtnh_flags &= ROUTE_FLAGS;
        left -= (int)RTNH_ALIGN(hop->rtnh_len);
        hop = (struct rtnexthop *)(void *)((char *)hop + RTNH_ALIGN(hop->rtnh_len));
    }
    message_put(m, RTA_MULTIPATH, copy, RTA_PAYLOAD(paths));
}

int route_do(const struct host_net *net, const struct saved *saved, bool present, int ifindex) {
    struct message m;
    const struct rtmsg *body = NLMSG_DATA(header_of(saved));
    int left, type = present ? RTM_NEWROUTE : RTM_DELROUTE;
    /* Appended: of IPv4's routes with one destination and metric the first one counts. */
    int flags = !present ? 0 : body->rtm_family == AF_INET ? NLM_F_CREATE | NLM_F_APPEND : NLM_F_CREATE;
    struct rtmsg *copy = message_start(&m, type, flags, sizeof *copy);
    *copy = *body;
    copy->rtm_flags &= ROUTE_FLAGS;
    for (const struct rtattr *a = attributes_of(header_of(saved), sizeof *body, &left); RTA_OK(a, left); a = RTA_NEXT(a, left))
        switch (a->rta_type & NLA_TYPE_MASK) {
        case RTA_OIF:
            message_put_u32(&m, RTA_OIF, u32_of(a) == (uint32_t)net->from ? (uint32_t)ifindex : u32_of(a));
            break;
        case RTA_MULTIPATH:
            put_paths(&m, a, net->from, ifindex);
            break;
        case RTA_CACHEINFO: {
            struct rta_cacheinfo times;
            if (RTA_PAYLOAD(a) < sizeof times)
                break;
            memcpy(&times, RTA_DATA(a), sizeof times);
            if (!times.rta_expires)
                break;
            uint32_t rest = times.rta_expires > 0 ? remaining(net, (uint32_t)times.rta_expires / TICKS) : 0;
            if (!rest && present)
                return 0;
            message_put_u32(&m, RTA_EXPIRES, rest);
            break;
        }
        default:
            message_put(&m, a->rta_type, RTA_DATA(a), RTA_PAYLOAD(a));
        }
    int error = netlink_do(&m);
    /* ENODEV: an interface of a nexthop that went meanwhile, and the route with it. */
    return error == (present ? -EEXIST : -ESRCH) || (!present && error == -ENODEV) ? 0 : error;
}

int neighbour_do(const struct saved *saved, bool present, int ifindex) {
    struct message m;
    const struct ndmsg *body = NLMSG_DATA(header_of(saved));
    int left;
    struct ndmsg *copy = message_start(&m, present ? RTM_NEWNEIGH : RTM_DELNEIGH, present ? NLM_F_CREATE | NLM_F_REPLACE : 0, sizeof *copy);
    *copy = *body;
    copy->ndm_ifindex = ifindex;
    for (const struct rtattr *a = attributes_of(header_of(saved), sizeof *body, &left); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        int type = a->rta_type & NLA_TYPE_MASK;
        if (type == NDA_DST || (present && (type == NDA_LLADDR || type == NDA_PROTOCOL || type == NDA_FLAGS_EXT)))
            message_put(&m, type, RTA_DATA(a), RTA_PAYLOAD(a));
    }
    int error = netlink_do(&m);
    return !present && error == -ENOENT ? 0 : error;
}
