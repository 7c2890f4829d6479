/* Interfaces as the kernel tells of them, and which of them are ours. */
#ifndef TAPESTRY_LINK_H
#define TAPESTRY_LINK_H

#include "netlink.h"
#include "request.h"
#include <stdbool.h>
#include <sys/types.h>

struct link {
    int ifindex, master;
    uint32_t mtu, group;
    int queues;          /* active and disabled queues of a TAP, -1 when not told */
    bool up, persistent, multi_queue, vnet_header;
    bool carrier;        /* of a TAP: somebody has it open */
    bool isolated;       /* as a bridge port */
    int tun_type;        /* IFF_TUN or IFF_TAP, 0 when it isn't one */
    int64_t owner;       /* uid that may attach, -1 none */
    bool has_mac;
    unsigned char mac[6];
    char kind[16], name[NAME_BYTES], alias[128];
};

/* Reads one RTM_NEWLINK message. False when it isn't one or is cut short. Pure. */
bool link_read(const struct nlmsghdr *header, struct link *link);
/* The uid in an alias that this helper wrote, or -1. Pure. */
int64_t alias_uid(const char *alias);

/* By name or, with NULL, by index. 0 or -errno. */
int link_find(const char *name, int ifindex, struct link *link);
int link_delete(int ifindex);
int link_set_up(int ifindex, bool up);
int link_set_master(int ifindex, int master);
int link_set_mtu(int ifindex, uint32_t mtu);
int link_set_mac(int ifindex, const unsigned char *mac);
/* Isolation flag of a bridge port. 0 or -errno. */
int port_set_isolated(int ifindex, bool isolated);

/* The bridge of this name, or the helper fails. */
void bridge_find(const char *name, struct link *bridge);
/* Made by this helper for the calling uid (root: for any), of one of the kinds TAP and macvtap, or the helper fails. */
void own_device_find(const char *name, struct link *link);
/* Our tag, and the alias names the caller (root: anybody). */
bool is_ours(const struct link *link);
/* Labels a link. 0 or -errno. */
int link_set_alias(int ifindex, const char *alias);
/* How many links of ours the caller has: kind "bridge", or TAPs and macvtaps. Fails the helper when it can't be told. */
unsigned count_own(bool bridges);
/*
 * Takes away what was made and never labelled: a caller may kill the helper between the two messages, and what has no label counts for nobody.
 * A few bridges and macvtaps are let alone, another caller's may be in the making. TAPs go when they have had no label for some time: whoever
 * holds their descriptors could make them persistent.
 */
void sweep_unlabelled(void);
/* Takes away the TAPs without a label, and returns how many those were. */
unsigned sweep_unlabelled_taps(void);
/*
 * An index for a TAP that is about to be made. It is of a range of its own, which only CAP_NET_ADMIN can choose, and it stays: so a TAP is known
 * as ours from the moment that it exists, before it can be labelled.
 */
int tap_index(void);
/* Fails the helper when the caller has as many TAPs and macvtaps as the list lets it. @param counted the one that is made is among them already */
void require_tap_quota(bool counted);
/* Puts "tapestry uid=… vm=… at=…" into `alias`; the time in ms since the epoch, as the kernel keeps none. " mac=chosen" follows for a bridge
   whose MAC was asked for. */
void make_alias(char *alias, size_t size, const struct request *request);
/* Does the label say that the MAC was asked for? Then it stays as it is. Pure. */
bool chosen_mac(const struct link *link);
/* A MAC for an interface of ours that nobody chose one for: 52:54:00 and random. */
void random_mac(unsigned char *mac);
/* The name of the request, or its prefix and 8 random hex digits: of those the access list denies none, or the helper fails. */
void final_name(const struct request *request, char *name);
void random_bytes(void *bytes, size_t size);

#endif
