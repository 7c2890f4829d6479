/* What the files of a relocation share: reading the kernel's messages, keeping them, and sending them again. */
#ifndef TAPESTRY_RELOCATE_PARTS_H
#define TAPESTRY_RELOCATE_PARTS_H

#include "relocate.h"
#include <linux/if_addr.h>
#include <linux/neighbour.h>

/* Of this kernel's headers on; older kernels ignore them. */
#ifndef NDA_FLAGS_EXT
#define NDA_FLAGS_EXT 15
#endif

/* By which lifetimes run, ms. */
int64_t lifetime_clock(void);

/* Keeps a message, whole. False: there is no room. */
bool keep(struct saved *list, int *count, int maximum, const struct nlmsghdr *header);
const struct nlmsghdr *header_of(const struct saved *saved);

bool is_address(const struct nlmsghdr *header);
bool is_route(const struct nlmsghdr *header);
/* Link-local addresses belong to the interface's own MAC: the kernel makes them where they are due. */
bool own_address(const struct ifaddrmsg *body);
/* What the kernel makes for every interface and address by itself, and what it learned: it comes and goes with them. */
bool own_route(const struct nlmsghdr *header);
/* Does the route go over this interface, also as one of several? */
bool goes_over(const struct nlmsghdr *header, int ifindex);

/* As netlink_dump(): a family that this kernel hasn't got has nothing. */
int dump_known(struct message *m, int type, int (*each)(const struct nlmsghdr *, void *), void *context);
int dump_addresses(int (*each)(const struct nlmsghdr *, void *), void *context);
int dump_routes(int family, int (*each)(const struct nlmsghdr *, void *), void *context);

enum how { ADD, SETTLE, DELETE };

/* Each 0 or -errno. */
int address_do(const struct host_net *net, const struct saved *saved, enum how how, const struct link *on);
int route_do(const struct host_net *net, const struct saved *saved, bool present, int ifindex);
int neighbour_do(const struct saved *saved, bool present, int ifindex);

/* With an address the kernel makes the route to its network: not where somebody had taken that away. 0 or the first -errno. */
int remove_surplus(const struct host_net *net, int ifindex);

#endif
