/* What the host has on an interface, its addresses and routes, and how it moves to another one. */
#ifndef TAPESTRY_RELOCATE_H
#define TAPESTRY_RELOCATE_H

#include "netlink.h"
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>

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

/* At most this many of each: more is refused before anything is changed. */
struct host_net {
    int from;
    bool too_many;
    int address_count, route_count;
    struct saved_address addresses[MAX_ADDRESSES];
    struct saved_route routes[MAX_ROUTES];
};

/* Reads what the interface has, or the helper fails. */
void host_net_save(struct host_net *net, int ifindex);
/* Takes it from one interface and gives it to another. Goes on after a failure, so that as much as possible is where it should be; returns the
   first error. Doing it again changes nothing. */
int host_net_transfer(const struct host_net *net, int from, int to);

#endif
