/* What the host has on an interface (addresses, routes, static neighbours), and how it moves to another one and back. */
#ifndef TAPESTRY_RELOCATE_H
#define TAPESTRY_RELOCATE_H

#include "link.h"
#include "netlink.h"
#include <stdint.h>

#define MAX_ADDRESSES 32
/* Routes that somebody made; those that the kernel made for addresses come on top, at most two for each. */
#define MAX_ROUTES 128
#define MAX_KEPT_ROUTES (MAX_ROUTES + 2 * MAX_ADDRESSES)
#define MAX_NEIGHBOURS 64
#define SAVED_BYTES 1024

/* One message of the kernel's, whole: it is replayed with another interface index, so that nothing of it is forgotten. */
struct saved {
    char bytes[SAVED_BYTES] __attribute__((aligned(8)));
};

/* At most this many of each, and nothing that can't be given back: more is refused before anything is changed. */
struct host_net {
    int from;
    char from_name[NAME_BYTES];
    int64_t at; /* when it was looked at, ms: lifetimes run on from there */
    int made_routes;
    const char *refusal; /* a word: what can't be moved */
    int address_count, route_count, neighbour_count;
    struct saved addresses[MAX_ADDRESSES], routes[MAX_KEPT_ROUTES], neighbours[MAX_NEIGHBOURS];
};

/* Reads what the interface has, or the helper fails: also when some of it could not be given back as it is. */
void host_net_save(struct host_net *net, const struct link *from);
/*
 * Takes it from one interface and gives it to another. Goes on after a failure, so that as much as possible is where it should be; returns the
 * first error. Doing it again changes nothing, also after a part of it was done. Every address is on one of the two at any moment: the kernel
 * throws routes of any interface away whose source address is gone.
 */
int host_net_transfer(const struct host_net *net, const struct link *from, const struct link *to);

#endif
