/*
 * Lends a host interface to a bridge as its uplink: the host's addresses and routes move from the port to the bridge, so that the host stays
 * reachable. It is undone unless somebody says yes within the time: this process keeps the time, so that a lost window, a lost
 * connection or a dead application can't lock the user out.
 */
#include "acl.h"
#include "helper.h"
#include "link.h"
#include "verbs.h"
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_ADDRESSES 32
#define MAX_ROUTES 128
#define ROUTE_BYTES 512

/* What the host has on an interface, as the kernel told it; replayed with another interface index. */
struct saved_address {
    struct ifaddrmsg body;
    unsigned char local[16], address[16], broadcast[4];
    bool has_local, has_address, has_broadcast;
};

struct saved_route {
    uint32_t oif_offset;
    uint32_t length;
    char bytes[ROUTE_BYTES] __attribute__((aligned(8)));
};

static struct {
    struct link bridge, port;
    int from;
    bool too_many;
    int address_count, route_count;
    struct saved_address addresses[MAX_ADDRESSES];
    struct saved_route routes[MAX_ROUTES];
} state;

static size_t bytes_of(int family) { return family == AF_INET ? 4 : 16; }

static void copy(const struct rtattr *attribute, unsigned char *to, size_t size, bool *has) {
    if (RTA_PAYLOAD(attribute) < size)
        return;
    memcpy(to, RTA_DATA(attribute), size);
    *has = true;
}

static int save_address(const struct nlmsghdr *header, void *context) {
    (void)context;
    const struct ifaddrmsg *body = NLMSG_DATA(header);
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof *body) || body->ifa_index != (uint32_t)state.from)
        return 0;
    /* Link-local addresses belong to the interface's own MAC: the kernel makes them where they are due. */
    if ((body->ifa_family != AF_INET && body->ifa_family != AF_INET6) || (body->ifa_family == AF_INET6 && body->ifa_scope == RT_SCOPE_LINK))
        return 0;
    if (state.address_count == MAX_ADDRESSES) {
        state.too_many = true;
        return 0;
    }
    struct saved_address *saved = &state.addresses[state.address_count++];
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
    (void)context;
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
        if (oif != (uint32_t)state.from)
            continue;
        if (state.route_count == MAX_ROUTES || header->nlmsg_len > ROUTE_BYTES) {
            state.too_many = true;
            return 0;
        }
        struct saved_route *saved = &state.routes[state.route_count++];
        memcpy(saved->bytes, header, header->nlmsg_len);
        saved->length = header->nlmsg_len;
        saved->oif_offset = (uint32_t)((const char *)RTA_DATA(a) - (const char *)header);
        return 0;
    }
    return 0;
}

static void save(int ifindex) {
    struct message m;
    state.from = ifindex;
    state.address_count = state.route_count = 0;
    (void)message_start(&m, RTM_GETADDR, 0, sizeof(struct ifaddrmsg));
    int error = netlink_dump(&m, RTM_NEWADDR, save_address, NULL);
    if (error)
        fail_system("addresses", -error);
    for (int family = 0; family < 2; family++) {
        struct rtmsg *body = message_start(&m, RTM_GETROUTE, 0, sizeof *body);
        body->rtm_family = family ? AF_INET6 : AF_INET;
        error = netlink_dump(&m, RTM_NEWROUTE, save_route, NULL);
        if (error && error != -EAFNOSUPPORT && error != -EOPNOTSUPP)
            fail_system("routes", -error);
    }
    if (state.too_many)
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

/* Returns the first error; goes on all the same, so that as much as possible is where it should be. */
static int transfer(int from, int to) {
    int first = 0, error;
    for (int i = 0; i < state.route_count; i++) {
        error = route_do(&state.routes[i], RTM_DELROUTE, from);
        if (error && error != -ESRCH && !first)
            first = error;
    }
    for (int i = 0; i < state.address_count; i++) {
        error = address_do(&state.addresses[i], RTM_DELADDR, from);
        if (error && error != -EADDRNOTAVAIL && !first)
            first = error;
    }
    for (int i = 0; i < state.address_count; i++) {
        error = address_do(&state.addresses[i], RTM_NEWADDR, to);
        if (error && error != -EEXIST && !first)
            first = error;
    }
    /* Twice: a gateway may be reached by a route that comes after it. */
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < state.route_count; i++) {
            error = route_do(&state.routes[i], RTM_NEWROUTE, to);
            if (error && error != -EEXIST && round && !first)
                first = error;
        }
    return first;
}

static void take_back(void) {
    int error = transfer(state.bridge.ifindex, state.port.ifindex), released = link_set_master(state.port.ifindex, 0);
    /* Again, now that the port is its own: as a port it could not always be given everything. */
    if (error)
        error = transfer(state.bridge.ifindex, state.port.ifindex);
    if (!state.port.up)
        (void)link_set_up(state.port.ifindex, false);
    if (error || released)
        log_act(false, "uplink %s could not be given back whole", state.port.name);
}

static void find_port(const struct request *request) {
    acl_require(ACL_MANAGE, request->bridge);
    acl_require(ACL_UPLINK, request->lower);
    bridge_find(request->bridge, &state.bridge);
    if (state.bridge.group != OUR_GROUP)
        fail(DENIED, "not-ours", "bridge", 0);
    int error = link_find(request->lower, 0, &state.port);
    if (error == -ENODEV)
        fail(NO_LINK, "no-interface", "lower", ENODEV);
    if (error)
        fail_system("lookup", -error);
    const char *kind = state.port.kind;
    /* Ends of machines and other bridges are no uplinks. */
    if (strcmp(state.port.name, request->lower) || !strcmp(kind, "bridge") || !strcmp(kind, "tun") || !strcmp(kind, "macvtap") || !strcmp(kind, "macvlan"))
        fail(BAD_REQUEST, "bad-port", "lower", 0);
}

static bool wait_for_yes(int fd, unsigned seconds) {
    struct timespec end, now;
    clock_gettime(CLOCK_BOOTTIME, &end);
    end.tv_sec += seconds;
    for (;;) {
        clock_gettime(CLOCK_BOOTTIME, &now);
        long left = (long)(end.tv_sec - now.tv_sec) * 1000 + (end.tv_nsec - now.tv_nsec) / 1000000;
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (left <= 0)
            return false;
        int ready = poll(&wait, 1, (int)left);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready < 0)
            return false;
        if (ready == 0)
            continue;
        char answer;
        ssize_t got = read(fd, &answer, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        /* The end of the pipe: whoever could say yes is gone. */
        return got == 1 && answer == 'y';
    }
}

void uplink_add(const struct request *request) {
    sigset_t blocked;
    find_port(request);
    if (state.port.master)
        fail(NAME_IN_USE, "has-master", "lower", 0);
    save(state.port.ifindex);
    /* A terminal that closes, an interrupt and a polite kill must not leave the host without its network. */
    (void)setsid();
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGHUP);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGQUIT);
    sigaddset(&blocked, SIGTSTP);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    call_on_failure(take_back);
    int error = link_set_master(state.port.ifindex, state.bridge.ifindex);
    if (!error && !state.port.up)
        error = link_set_up(state.port.ifindex, true);
    if (error)
        fail_system("uplink", -error);
    if ((error = transfer(state.port.ifindex, state.bridge.ifindex)))
        fail_system("addresses", -error);
    log_act(true, "uplink %s to %s, waiting %u s", request->lower, request->bridge, request->within);
    reply(",\"pending\":true,\"within\":%u,\"addresses\":%d,\"routes\":%d", request->within, state.address_count, state.route_count);
    deadline(0);
    if (!wait_for_yes(request->confirm, request->within)) {
        deadline(10);
        fail(ROLLED_BACK, "rolled-back", "confirm", 0);
    }
    call_on_failure(NULL);
    log_act(true, "uplink %s to %s confirmed", request->lower, request->bridge);
    reply(",\"confirmed\":true");
}

void uplink_delete(const struct request *request) {
    find_port(request);
    if (state.port.master != state.bridge.ifindex)
        fail(BAD_REQUEST, "not-a-port", "lower", 0);
    save(state.bridge.ifindex);
    int error = link_set_master(state.port.ifindex, 0);
    if (error)
        fail_system("release", -error);
    /* The bridge's addresses came with the uplink and go with it. */
    if ((error = transfer(state.bridge.ifindex, state.port.ifindex)))
        fail_system("addresses", -error);
    log_act(true, "uplink %s off %s", request->lower, request->bridge);
    reply(",\"ifname\":\"%s\"", request->lower);
}
