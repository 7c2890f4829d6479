/* Interfaces as the kernel tells of them. */
#ifndef TAPESTRY_LINK_H
#define TAPESTRY_LINK_H

#include "netlink.h"
#include "request.h"
#include <stdbool.h>
#include <sys/types.h>

struct link {
    int ifindex, master;
    uint32_t mtu, group;
    int queues; /* active and disabled queues of a TAP, -1 when not told */
    bool up, persistent, multi_queue, vnet_header;
    bool carrier;  /* of a TAP: somebody has it open */
    bool isolated; /* as a bridge port */
    int tun_type;  /* IFF_TUN or IFF_TAP, 0 when it isn't one */
    int64_t owner; /* uid that may attach, -1 none */
    bool has_mac;
    unsigned char mac[6];
    char kind[16], name[NAME_BYTES], alias[128];
};

/* Reads one RTM_NEWLINK message. False when it isn't one or is cut short. Pure. */
bool link_read(const struct nlmsghdr *header, struct link *link);
/* The uid in an alias that this helper wrote, or -1. Pure. */
int64_t alias_uid(const char *alias);
/* Does the label say that the MAC was asked for? Then it stays as it is. Pure. */
bool chosen_mac(const struct link *link);

/* By name or, with NULL, by index. 0 or -errno. */
int link_find(const char *name, int ifindex, struct link *link);
/* Calls `each` with every link. 0 or -errno. */
int links_each(void (*each)(const struct link *link, void *context), void *context);
int link_delete(int ifindex);
int link_set_up(int ifindex, bool up);
int link_set_master(int ifindex, int master);
int link_set_mtu(int ifindex, uint32_t mtu);
int link_set_mac(int ifindex, const unsigned char *mac);
/* Labels a link. 0 or -errno. */
int link_set_alias(int ifindex, const char *alias);
/* Isolation flag of a bridge port. 0 or -errno. */
int port_set_isolated(int ifindex, bool isolated);

/* The bridge of this name, or the helper fails. */
void bridge_find(const char *name, struct link *bridge);

#endif
