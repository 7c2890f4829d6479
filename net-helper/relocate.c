/* Moving the host's addresses and routes from one interface to another, as the kernel told them. */
#include "relocate.h"
#include "helper.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static size_t bytes_of(int family) { return family == AF_INET ? 4 : 16; }

static void copy(const struct rtattr *attribute, unsigned char *to, size_t size, bool *has) {
    if (RTA_PAYLOAD(attribute) < size)
        return;
    memcpy(to, RTA_DATA(attribute), size);
    *has = true;
}

static int save_address(const struct nlmsghdr *header, void *context) {
    struct host_net *net = context;
    const struct ifaddrmsg *body = NLMSG_DATA(header);
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof *body) || body->ifa_index != (uint32_t)net->from)
        return 0;
    /* Link-local addresses belong to the interface's own MAC: the kernel makes them where they are due. */
    if ((body->ifa_family != AF_INET && body->ifa_family != AF_INET6) || (body->ifa_family == AF_INET6 && body->ifa_scope == RT_SCOPE_LINK))
        return 0;
    if (net->address_count == MAX_ADDRESSES) {
        net->too_many = true;
        return 0;
    }
    struct saved_address *saved = &net->addresses[net->address_count++];
    memset(saved, 0, sizeof *saved);
    saved->body = *body;
    size_t size = bytes_of(body->ifa_family);
    int left = (int)(header->nlmsg_len - NLMSG_SPACE(sizeof *body));
    for (const struct rtattr *a = (const struct rtattr *)((const char *)body + NLMSG_ALIGN(sizeof *body)); RTA_OK(a, left); a = RTA_NEXT(a, left))
        switch (a->rta_type & NLA_TYPE_MASK) {
        case IFA_LOCAL: copy(a, saved->local, size, &saved->has_local); break;
        case IFA_ADDRESS: copy(a, saved->address, size, &saved->has_address); break;
        case IFA_BROADCAST: copy(a, saved->broadcast, 4, &saved->has_broadcast); break;
        }
    return 0;
}

static int save_route(const struct nlmsghdr *header, void *context) {
    struct host_net *net = context;
    const struct rtmsg *body = NLMSG_DATA(header);
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof *body) || body->rtm_table != RT_TABLE_MAIN || body->rtm_type != RTN_UNICAST ||
        body->rtm_protocol == RTPROT_KERNEL || (body->rtm_flags & RTM_F_CLONED))
        return 0;
    int left = (int)(header->nlmsg_len - NLMSG_SPACE(sizeof *body));
    for (const struct rtattr *a = RTM_RTA(body); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        uint32_t oif = 0;
        if ((a->rta_type & NLA_TYPE_MASK) != RTA_OIF || RTA_PAYLOAD(a) < sizeof oif)
            continue;
        memcpy(&oif, RTA_DATA(a), sizeof oif);
        if (oif != (uint32_t)net->from)
            continue;
        if (net->route_count == MAX_ROUTES || header->nlmsg_len > ROUTE_BYTES) {
            net->too_many = true;
            return 0;
        }
        struct saved_route *saved = &net->routes[net->route_count++];
        memcpy(saved->bytes, header, header->nlmsg_len);
        saved->length = header->nlmsg_len;
        saved->oif_offset = (uint32_t)((const char *)RTA_DATA(a) - (const char *)header);
        return 0;
    }
    return 0;
}

void host_net_save(struct host_net *net, int ifindex) {
    struct message m;
    net->from = ifindex;
    net->address_count = net->route_count = 0;
    (void)message_start(&m, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
    int error = netlink_dump(&m, RTM_NEWADDR, save_address, net);
    if (error)
        fail_system("addresses", -error);
    for (int family = 0; family < 2; family++) {
        struct rtmsg *body = message_start(&m, RTM_GETROUTE, 0, sizeof *body);
        body->rtm_family = family ? AF_INET6 : AF_INET;
        error = netlink_dump(&m, RTM_NEWROUTE, save_route, net);
        if (error && error != -EAFNOSUPPORT && error != -EOPNOTSUPP)
            fail_system("routes", -error);
    }
    if (net->too_many)
        fail(QUOTA, "quota", "addresses", 0);
}

static int address_do(const struct saved_address *saved, int type, int ifindex) {
    struct message m;
    size_t size = bytes_of(saved->body.ifa_family);
    struct ifaddrmsg *body = message_start(&m, type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_REPLACE : 0, sizeof *body);
    body->ifa_family = saved->body.ifa_family;
    body->ifa_prefixlen = saved->body.ifa_prefixlen;
    body->ifa_scope = saved->body.ifa_scope;
    body->ifa_index = (uint32_t)ifindex;
    if (saved->has_local)
        message_put(&m, IFA_LOCAL, saved->local, size);
    if (saved->has_address)
        message_put(&m, IFA_ADDRESS, saved->address, size);
    if (saved->has_broadcast && type == RTM_NEWADDR)
        message_put(&m, IFA_BROADCAST, saved->broadcast, 4);
    return netlink_do(&m);
}

static int route_do(const struct saved_route *saved, int type, int ifindex) {
    struct message m;
    uint32_t oif = (uint32_t)ifindex;
    memset(&m, 0, sizeof m);
    memcpy(m.bytes, saved->bytes, saved->length);
    memcpy(m.bytes + saved->oif_offset, &oif, sizeof oif);
    m.header.nlmsg_type = (uint16_t)type;
    m.header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_REPLACE : 0));
    m.header.nlmsg_pid = 0;
    struct rtmsg *body = NLMSG_DATA(&m.header);
    body->rtm_flags = 0;
    return netlink_do(&m);
}

int host_net_transfer(const struct host_net *net, int from, int to) {
    int first = 0, error;
    for (int i = 0; i < net->route_count; i++) {
        error = route_do(&net->routes[i], RTM_DELROUTE, from);
        if (error && error != -ESRCH && !first)
            first = error;
    }
    for (int i = 0; i < net->address_count; i++) {
        error = address_do(&net->addresses[i], RTM_DELADDR, from);
        if (error && error != -EADDRNOTAVAIL && !first)
            first = error;
    }
    for (int i = 0; i < net->address_count; i++) {
        error = address_do(&net->addresses[i], RTM_NEWADDR, to);
        if (error && error != -EEXIST && !first)
            first = error;
    }
    /* Twice: a gateway may be reached by a route that comes after it. */
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < net->route_count; i++) {
            error = route_do(&net->routes[i], RTM_NEWROUTE, to);
            if (error && error != -EEXIST && round && !first)
                first = error;
        }
    return first;
}
