/*
 * Moving the host's addresses, routes and static neighbours from one interface to another, as the kernel told them: each of its messages is kept
 * whole and replayed with the other interface's index. What only the kernel itself can make (link-local addresses, entries of the local table,
 * routes that come with an address) is left to it.
 */
#include "relocate.h"
#include "helper.h"
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Of this kernel's headers on; older kernels ignore them. */
#ifndef NDA_FLAGS_EXT
#define NDA_FLAGS_EXT 15
#endif
#define EXT_MANAGED 1u
/* Ticks of user space's clock, in which the kernel tells a route's remaining time (USER_HZ). */
#define TICKS 100
#define FOREVER 0xffffffffu
/* What a caller may say of a route or nexthop; the rest is the kernel's news of its state. */
#define ROUTE_FLAGS (RTNH_F_ONLINK | RTNH_F_PERVASIVE)

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint32_t u32_at(const struct rtattr *a) {
    uint32_t value = 0;
    if (RTA_PAYLOAD(a) >= sizeof value)
        memcpy(&value, RTA_DATA(a), sizeof value);
    return value;
}

/* The attributes after a body of this size. */
static const struct rtattr *attributes(const struct nlmsghdr *header, size_t body, int *left) {
    *left = (int)header->nlmsg_len - (int)NLMSG_SPACE(body);
    return (const struct rtattr *)((const char *)header + NLMSG_SPACE(body));
}

static const struct rtattr *find(const struct nlmsghdr *header, size_t body, int type) {
    int left;
    for (const struct rtattr *a = attributes(header, body, &left); RTA_OK(a, left); a = RTA_NEXT(a, left))
        if ((a->rta_type & NLA_TYPE_MASK) == type)
            return a;
    return NULL;
}

static const struct nlmsghdr *header_of(const struct saved *saved) { return (const struct nlmsghdr *)(const void *)saved->bytes; }

/* Keeps a message. The word of the refusal where there is no room. */
static void keep(struct host_net *net, struct saved *list, int *count, int maximum, const struct nlmsghdr *header, const char *refusal) {
    if (*count == maximum || header->nlmsg_len > SAVED_BYTES) {
        net->refusal = refusal;
        return;
    }
    struct saved *saved = &list[(*count)++];
    memcpy(saved->bytes, header, header->nlmsg_len);
    saved->length = header->nlmsg_len;
}

/* Link-local addresses belong to the interface's own MAC: the kernel makes them where they are due. */
static bool own_address(const struct ifaddrmsg *body) { return body->ifa_family == AF_INET6 && body->ifa_scope == RT_SCOPE_LINK; }

static bool is_address(const struct nlmsghdr *header) {
    const struct ifaddrmsg *body = NLMSG_DATA(header);
    return header->nlmsg_len >= NLMSG_LENGTH(sizeof *body) && (body->ifa_family == AF_INET || body->ifa_family == AF_INET6);
}

static int save_address(const struct nlmsghdr *header, void *context) {
    struct host_net *net = context;
    const struct ifaddrmsg *body = NLMSG_DATA(header);
    if (is_address(header) && body->ifa_index == (uint32_t)net->from && !own_address(body))
        keep(net, net->addresses, &net->address_count, MAX_ADDRESSES, header, "addresses");
    return 0;
}

/* Does the route go over this interface, also as one of several? */
static bool goes_over(const struct nlmsghdr *header, int ifindex) {
    const struct rtattr *oif = find(header, sizeof(struct rtmsg), RTA_OIF), *paths = find(header, sizeof(struct rtmsg), RTA_MULTIPATH);
    if (oif && u32_at(oif) == (uint32_t)ifindex)
        return true;
    if (!paths)
        return false;
    int left = (int)RTA_PAYLOAD(paths);
    for (const struct rtnexthop *hop = RTA_DATA(paths); left >= (int)sizeof *hop && hop->rtnh_len >= sizeof *hop && hop->rtnh_len <= left;) {
        if (hop->rtnh_ifindex == ifindex)
            return true;
        left -= (int)RTNH_ALIGN(hop->rtnh_len);
        hop = (const struct rtnexthop *)((const char *)hop + RTNH_ALIGN(hop->rtnh_len));
    }
    return false;
}

/* What the kernel makes for every interface and address by itself, and what it learned: it comes and goes with them. */
static bool own_route(const struct nlmsghdr *header) {
    const struct rtmsg *body = NLMSG_DATA(header);
    const struct rtattr *dst = find(header, sizeof *body, RTA_DST);
    if ((body->rtm_flags & RTM_F_CLONED) || body->rtm_protocol == RTPROT_REDIRECT)
        return true;
    if (body->rtm_protocol != RTPROT_KERNEL)
        return false;
    if (body->rtm_type != RTN_UNICAST || body->rtm_table == RT_TABLE_LOCAL)
        return true;
    const unsigned char *bytes = dst && RTA_PAYLOAD(dst) == 16 ? RTA_DATA(dst) : NULL;
    return body->rtm_family == AF_INET6 && bytes && ((bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) || bytes[0] == 0xff);
}

static bool is_route(const struct nlmsghdr *header) {
    const struct rtmsg *body = NLMSG_DATA(header);
    return header->nlmsg_len >= NLMSG_LENGTH(sizeof *body) && (body->rtm_family == AF_INET || body->rtm_family == AF_INET6);
}

static int save_route(const struct nlmsghdr *header, void *context) {
    struct host_net *net = context;
    if (!is_route(header) || !goes_over(header, net->from) || own_route(header))
        return 0;
    /* The nexthop is an object of its own, which the kernel takes away with the interface's last address. */
    if (find(header, sizeof(struct rtmsg), RTA_NH_ID))
        net->refusal = "nexthops";
    else if (((const struct rtmsg *)NLMSG_DATA(header))->rtm_protocol != RTPROT_KERNEL && ++net->made_routes > MAX_ROUTES)
        net->refusal = "addresses";
    else
        keep(net, net->routes, &net->route_count, MAX_ROUTES + 2 * MAX_ADDRESSES, header, "addresses");
    return 0;
}

static int save_neighbour(const struct nlmsghdr *header, void *context) {
    struct host_net *net = context;
    const struct ndmsg *body = NLMSG_DATA(header);
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof *body) || body->ndm_ifindex != net->from || (body->ndm_family != AF_INET && body->ndm_family != AF_INET6))
        return 0;
    const struct rtattr *more = find(header, sizeof *body, NDA_FLAGS_EXT);
    if ((body->ndm_state & NUD_PERMANENT) || (body->ndm_flags & NTF_PROXY) || (more && (u32_at(more) & EXT_MANAGED)))
        keep(net, net->neighbours, &net->neighbour_count, MAX_NEIGHBOURS, header, "neighbours");
    return 0;
}

/* A family that this kernel hasn't got has nothing. */
static int dump(struct message *m, int type, int (*each)(const struct nlmsghdr *, void *), void *context) {
    int error = netlink_dump(m, type, each, context);
    return error == -EAFNOSUPPORT || error == -EOPNOTSUPP ? 0 : error;
}

void host_net_save(struct host_net *net, const struct link *from) {
    struct message m;
    int error;
    net->from = from->ifindex;
    strcpy(net->from_name, from->name);
    net->at = milliseconds();
    net->refusal = NULL;
    net->address_count = net->route_count = net->neighbour_count = net->made_routes = 0;
    (void)message_start(&m, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
    if ((error = netlink_dump(&m, RTM_NEWADDR, save_address, net)))
        fail_system("addresses", -error);
    for (int family = 0; family < 2; family++) {
        struct rtmsg *route = message_start(&m, RTM_GETROUTE, 0, sizeof *route);
        route->rtm_family = family ? AF_INET6 : AF_INET;
        if ((error = dump(&m, RTM_NEWROUTE, save_route, net)))
            fail_system("routes", -error);
        for (int proxy = 0; proxy < 2; proxy++) {
            struct ndmsg *neighbour = message_start(&m, RTM_GETNEIGH, 0, sizeof *neighbour);
            neighbour->ndm_family = family ? AF_INET6 : AF_INET;
            neighbour->ndm_flags = proxy ? NTF_PROXY : 0;
            if ((error = dump(&m, RTM_NEWNEIGH, save_neighbour, net)))
                fail_system("neighbours", -error);
        }
    }
    if (net->refusal)
        fail(QUOTA, strcmp(net->refusal, "nexthops") ? "quota" : "cannot-give-back", net->refusal, 0);
}

/* Seconds that are left of a lifetime, by now. */
static uint32_t remaining(const struct host_net *net, uint32_t lifetime) {
    int64_t passed = (milliseconds() - net->at) / 1000;
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
    const struct rtattr *flags = find(header, sizeof(struct ifaddrmsg), IFA_FLAGS);
    return (flags ? u32_at(flags) : ((const struct ifaddrmsg *)NLMSG_DATA(header))->ifa_flags) & IFA_F_DEPRECATED;
}

enum how { ADD, SETTLE, DELETE };

/* IPv6 addresses come without a new check for duplicates, which takes a second in which they can't be used: they passed it on this segment. */
static uint32_t flags_for(const struct ifaddrmsg *body, uint32_t flags, enum how how) {
    bool checked = body->ifa_family == AF_INET6 && !(flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
    return how == ADD && checked ? flags | IFA_F_NODAD : flags;
}

static int address_do(const struct host_net *net, const struct saved *saved, enum how how, const struct link *on) {
    struct message m;
    const struct ifaddrmsg *body = NLMSG_DATA(header_of(saved));
    int left, type = how == DELETE ? RTM_DELADDR : RTM_NEWADDR;
    struct ifaddrmsg *copy = message_start(&m, type, how == ADD ? NLM_F_CREATE | NLM_F_EXCL : how == SETTLE ? NLM_F_REPLACE : 0, sizeof *copy);
    *copy = *body;
    copy->ifa_index = (uint32_t)on->ifindex;
    copy->ifa_flags = (unsigned char)flags_for(body, body->ifa_flags, how);
    for (const struct rtattr *a = attributes(header_of(saved), sizeof *body, &left); RTA_OK(a, left); a = RTA_NEXT(a, left))
        switch (a->rta_type & NLA_TYPE_MASK) {
        case IFA_LABEL: {
            char name[NAME_BYTES];
            if (label_on(net, RTA_DATA(a), on, name))
                message_put_text(&m, IFA_LABEL, name);
            break;
        }
        case IFA_FLAGS: message_put_u32(&m, IFA_FLAGS, flags_for(body, u32_at(a), how)); break;
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
        default: message_put(&m, a->rta_type, RTA_DATA(a), RTA_PAYLOAD(a));
        }
    int error = netlink_do(&m);
    return error == (how == ADD ? -EEXIST : -EADDRNOTAVAIL) ? 0 : error;
}

/* The other interface in the place of the one that it was read from, in a copy of the attribute's data. */
static void put_paths(struct message *m, const struct rtattr *paths, int from, int to) {
    char copy[SAVED_BYTES] __attribute__((aligned(8)));
    int left = (int)RTA_PAYLOAD(paths);
    memcpy(copy, RTA_DATA(paths), (size_t)left);
    for (struct rtnexthop *hop = (struct rtnexthop *)(void *)copy; left >= (int)sizeof *hop && hop->rtnh_len >= sizeof *hop && hop->rtnh_len <= left;) {
        if (hop->rtnh_ifindex == from)
            hop->rtnh_ifindex = to;
        hop->rtnh_flags &= ROUTE_FLAGS;
        left -= (int)RTNH_ALIGN(hop->rtnh_len);
        hop = (struct rtnexthop *)(void *)((char *)hop + RTNH_ALIGN(hop->rtnh_len));
    }
    message_put(m, RTA_MULTIPATH, copy, RTA_PAYLOAD(paths));
}

static int route_do(const struct host_net *net, const struct saved *saved, bool present, int ifindex) {
    struct message m;
    const struct rtmsg *body = NLMSG_DATA(header_of(saved));
    int left, type = present ? RTM_NEWROUTE : RTM_DELROUTE;
    /* Appended: of IPv4's routes with one destination and metric the first one counts. */
    int flags = !present ? 0 : body->rtm_family == AF_INET ? NLM_F_CREATE | NLM_F_APPEND : NLM_F_CREATE;
    struct rtmsg *copy = message_start(&m, type, flags, sizeof *copy);
    *copy = *body;
    copy->rtm_flags &= ROUTE_FLAGS;
    for (const struct rtattr *a = attributes(header_of(saved), sizeof *body, &left); RTA_OK(a, left); a = RTA_NEXT(a, left))
        switch (a->rta_type & NLA_TYPE_MASK) {
        case RTA_OIF: message_put_u32(&m, RTA_OIF, u32_at(a) == (uint32_t)net->from ? (uint32_t)ifindex : u32_at(a)); break;
        case RTA_MULTIPATH: put_paths(&m, a, net->from, ifindex); break;
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
        default: message_put(&m, a->rta_type, RTA_DATA(a), RTA_PAYLOAD(a));
        }
    int error = netlink_do(&m);
    /* ENODEV: an interface of a nexthop that went meanwhile, and the route with it. */
    return error == (present ? -EEXIST : -ESRCH) || (!present && error == -ENODEV) ? 0 : error;
}

static int neighbour_do(const struct saved *saved, bool present, int ifindex) {
    struct message m;
    const struct ndmsg *body = NLMSG_DATA(header_of(saved));
    int left;
    struct ndmsg *copy = message_start(&m, present ? RTM_NEWNEIGH : RTM_DELNEIGH, present ? NLM_F_CREATE | NLM_F_REPLACE : 0, sizeof *copy);
    *copy = *body;
    copy->ndm_ifindex = ifindex;
    for (const struct rtattr *a = attributes(header_of(saved), sizeof *body, &left); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        int type = a->rta_type & NLA_TYPE_MASK;
        if (type == NDA_DST || (present && (type == NDA_LLADDR || type == NDA_PROTOCOL || type == NDA_FLAGS_EXT)))
            message_put(&m, type, RTA_DATA(a), RTA_PAYLOAD(a));
    }
    int error = netlink_do(&m);
    return !present && error == -ENOENT ? 0 : error;
}

/* Where a route leads, as far as the kernel tells its own ones apart by it. */
struct place {
    int family, length, tos;
    uint32_t table, metric;
    unsigned char bytes[16];
};

static struct place place_of(const struct nlmsghdr *header) {
    const struct rtmsg *body = NLMSG_DATA(header);
    const struct rtattr *dst = find(header, sizeof *body, RTA_DST), *table = find(header, sizeof *body, RTA_TABLE);
    const struct rtattr *metric = find(header, sizeof *body, RTA_PRIORITY);
    struct place place = {.family = body->rtm_family, .length = body->rtm_dst_len, .tos = body->rtm_tos};
    place.table = table ? u32_at(table) : body->rtm_table;
    place.metric = metric ? u32_at(metric) : 0;
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
        const struct rtattr *address = find(header, sizeof *body, IFA_ADDRESS), *flags = find(header, sizeof *body, IFA_FLAGS);
        if (body->ifa_family != place->family || body->ifa_prefixlen != place->length || !address || (flags && (u32_at(flags) & IFA_F_NOPREFIXROUTE)) ||
            RTA_PAYLOAD(address) > sizeof place->bytes)
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
        !goes_over(header, surplus->ifindex) || header->nlmsg_len > SAVED_BYTES || surplus->count == MAX_ADDRESSES)
        return 0;
    struct place place = place_of(header);
    if (!comes_with_address(surplus->net, &place))
        return 0;
    for (int i = 0; i < surplus->net->route_count; i++) {
        struct place known = place_of(header_of(&surplus->net->routes[i]));
        if (!memcmp(&known, &place, sizeof place))
            return 0;
    }
    struct saved *saved = &surplus->found[surplus->count++];
    memcpy(saved->bytes, header, header->nlmsg_len);
    saved->length = header->nlmsg_len;
    return 0;
}

/* With an address the kernel makes the route to its network: not where somebody had taken that away. */
static int remove_surplus(const struct host_net *net, int ifindex) {
    static struct saved found[MAX_ADDRESSES];
    struct surplus surplus = {.net = net, .ifindex = ifindex, .found = found};
    struct message m;
    int first = 0;
    for (int family = 0; family < 2; family++) {
        struct rtmsg *route = message_start(&m, RTM_GETROUTE, 0, sizeof *route);
        route->rtm_family = family ? AF_INET6 : AF_INET;
        int error = dump(&m, RTM_NEWROUTE, note_surplus, &surplus);
        first = first ? first : error;
    }
    for (int i = 0; i < surplus.count; i++) {
        int error = route_do(net, &found[i], false, net->from);
        first = first ? first : error;
    }
    return first;
}

static int put_addresses(const struct host_net *net, enum how how, const struct link *on) {
    int first = 0;
    /* IPv4's first one stays the first if it comes first; of IPv6 the last one that comes becomes the first. */
    for (int family = 0; family < 2; family++)
        for (int i = 0; i < net->address_count; i++) {
            bool backwards = family == 1 || how == DELETE;
            const struct saved *saved = &net->addresses[backwards ? net->address_count - 1 - i : i];
            const struct ifaddrmsg *body = NLMSG_DATA(header_of(saved));
            if (body->ifa_family != (family ? AF_INET6 : AF_INET) || (how == SETTLE && family == 0))
                continue;
            int error = address_do(net, saved, how, on);
            first = first ? first : error;
        }
    return first;
}

/* A gateway may be reached by a route that comes after it: as often as there is one more that could be made. */
static int put_routes(const struct host_net *net, int ifindex) {
    bool done[MAX_ROUTES + 2 * MAX_ADDRESSES] = {false};
    for (;;) {
        int first = 0, made = 0;
        for (int i = 0; i < net->route_count; i++) {
            if (done[i])
                continue;
            int error = route_do(net, &net->routes[i], true, ifindex);
            first = first ? first : error;
            done[i] = !error;
            made += !error;
        }
        if (!first || !made)
            return first;
    }
}

int host_net_transfer(const struct host_net *net, const struct link *from, const struct link *to) {
    int first = put_addresses(net, ADD, to), error;
    for (int i = 0; i < net->route_count; i++) {
        error = route_do(net, &net->routes[i], false, from->ifindex);
        first = first ? first : error;
    }
    error = put_routes(net, to->ifindex);
    first = first ? first : error;
    /* Before the addresses go: with the last one of IPv4 the kernel clears the interface. */
    for (int i = 0; i < net->neighbour_count; i++) {
        error = neighbour_do(&net->neighbours[i], true, to->ifindex);
        first = first ? first : error;
        error = neighbour_do(&net->neighbours[i], false, from->ifindex);
        first = first ? first : error;
    }
    error = put_addresses(net, DELETE, from);
    first = first ? first : error;
    error = put_addresses(net, SETTLE, to);
    first = first ? first : error;
    error = remove_surplus(net, to->ifindex);
    return first ? first : error;
}

void link_local_of(const unsigned char *mac, unsigned char *address) {
    memset(address, 0, 16);
    address[0] = 0xfe, address[1] = 0x80;
    memcpy(address + 8, mac, 3);
    address[8] ^= 2;
    address[11] = 0xff, address[12] = 0xfe;
    memcpy(address + 13, mac + 3, 3);
}

static int link_local_set(int ifindex, const unsigned char *address, bool present) {
    struct message m;
    struct ifaddrmsg *body = message_start(&m, present ? RTM_NEWADDR : RTM_DELADDR, present ? NLM_F_CREATE | NLM_F_EXCL : 0, sizeof *body);
    body->ifa_family = AF_INET6;
    body->ifa_prefixlen = 64;
    body->ifa_scope = RT_SCOPE_LINK;
    body->ifa_index = (uint32_t)ifindex;
    message_put(&m, IFA_LOCAL, address, 16);
    return netlink_do(&m);
}

struct look {
    int ifindex;
    const unsigned char *address; /* NULL: any that isn't link-local */
    bool found;
};

static int look_at_address(const struct nlmsghdr *header, void *context) {
    struct look *look = context;
    const struct ifaddrmsg *body = NLMSG_DATA(header);
    if (!is_address(header) || body->ifa_index != (uint32_t)look->ifindex || own_address(body) != (look->address != NULL))
        return 0;
    const struct rtattr *address = find(header, sizeof *body, IFA_ADDRESS);
    if (!look->address || (address && RTA_PAYLOAD(address) == 16 && !memcmp(RTA_DATA(address), look->address, 16)))
        look->found = true;
    return 0;
}

int link_local_replace(int ifindex, const unsigned char *from, const unsigned char *to) {
    struct look look = {.ifindex = ifindex, .address = from};
    struct message m;
    (void)message_start(&m, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
    int error = netlink_dump(&m, RTM_NEWADDR, look_at_address, &look);
    if (error || !look.found)
        return error;
    /* The new one first: whoever is killed between the two does it again. */
    error = link_local_set(ifindex, to, true);
    if (error && error != -EEXIST)
        return error;
    error = link_local_set(ifindex, from, false);
    return error == -EADDRNOTAVAIL ? 0 : error;
}

bool host_addresses_on(int ifindex) {
    struct look look = {.ifindex = ifindex};
    struct message m;
    (void)message_start(&m, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
    return netlink_dump(&m, RTM_NEWADDR, look_at_address, &look) || look.found;
}
