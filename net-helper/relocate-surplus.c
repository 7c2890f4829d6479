/* Routes that the kernel made anew for addresses that were moved, and that weren't there before. */
#include "relocate-parts.h"
#include <string.h>
#include <sys/socket.h>

/* Where a route leads, as far as the kernel tells its own ones apart by it. */
struct place {
    int family, length, tos;
    uint32_t table, metric;
    unsigned char bytes[16];
};

static struct place place_of(const struct nlmsghdr *header) {
    const struct rtmsg *body = NLMSG_DATA(header);
    const struct rtattr *dst = attribute_find(header, sizeof *body, RTA_DST), *table = attribute_find(header, sizeof *body, RTA_TABLE);
    const struct rtattr *metric = attribute_find(header, sizeof *body, RTA_PRIORITY);
    struct place place = {.family = body->rtm_family, .length = body->rtm_dst_len, .tos = body->rtm_tos};
    place.table = table ? u32_of(table) : body->rtm_table;
    place.metric = metric ? u32_of(metric) : 0;
    if (dst && RTA_PAYLOAD(dst) <= sizeof place.bytes)
        memcpy(place.bytes, RTA_DATA(dst), RTA_PAYLOAD(dst));
    return place;
}

static bool same_network(const unsigned char *one, const unsigned char *other, int bits) {
    if (memcmp(one, other, (size_t)bits / 8))
        return false;
    return bits % 8 == 0 || !((one[bits / 8] ^ other[bits / 8]) >> (8 - bits % 8));
}

static bool comes_with_address(const struct host_net *net, const struct place *place) {
    for (int i = 0; i < net->address_count; i++) {
        const struct nlmsghdr *header = header_of(&net->addresses[i]);
        const struct ifaddrmsg *body = NLMSG_DATA(header);
        const struct rtattr *address = attribute_find(header, sizeof *body, IFA_ADDRESS),
                            *flags = attribute_find(header, sizeof *body, IFA_FLAGS);
        if (body->ifa_family != place->family || body->ifa_prefixlen != place->length || !address ||
            (flags && (u32_of(flags) & IFA_F_NOPREFIXROUTE)) || RTA_PAYLOAD(address) > sizeof place->bytes)
            continue;
        if (same_network(RTA_DATA(address), place->bytes, place->length))
            return true;
    }
    return false;
}

struct surplus {
    const struct host_net *net;
    int ifindex, count;
    struct saved *found;
};

static int note_surplus(const struct nlmsghdr *header, void *context) {
    struct surplus *surplus = context;
    if (!is_route(header) || own_route(header) || ((const struct rtmsg *)NLMSG_DATA(header))->rtm_protocol != RTPROT_KERNEL ||
        !goes_over(header, surplus->ifindex))
        return 0;
    struct place place = place_of(header);
    if (!comes_with_address(surplus->net, &place))
        return 0;
    for (int i = 0; i < surplus->net->route_count; i++) {
        struct place known = place_of(header_of(&surplus->net->routes[i]));
        if (!memcmp(&known, &place, sizeof place))
            return 0;
    }
    (void)keep(surplus->found, &surplus->count, MAX_ADDRESSES, header);
    return 0;
}

int remove_surplus(const struct host_net *net, int ifindex) {
    static struct saved found[MAX_ADDRESSES];
    struct surplus surplus = {.net = net, .ifindex = ifindex, .found = found};
    int first = 0;
    for (int six = 0; six < 2; six++) {
        int error = dump_routes(six ? AF_INET6 : AF_INET, note_surplus, &surplus);
        first = first ? first : error;
    }
    for (int i = 0; i < surplus.count; i++) {
        int error = route_do(net, &found[i], false, net->from);
        first = first ? first : error;
    }
    return first;
}
