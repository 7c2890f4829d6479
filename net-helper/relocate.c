/*
 * Moving the host's addresses, routes and static neighbours from one interface to another, as the kernel told them: each of its messages is kept
 * whole and replayed with the other interface's index. What only the kernel itself can make (link-local addresses, entries of the local table,
 * routes that come with an address) is left to it.
 */
#include "relocate-parts.h"
#include <string.h>
#include <sys/socket.h>

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
    bool done[MAX_KEPT_ROUTES] = {false};
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
