/* The one address of an interface that the kernel makes of its MAC, and whether it has any other. */
#include "link-local.h"
#include "relocate-parts.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

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
    const struct rtattr *address = attribute_find(header, sizeof *body, IFA_ADDRESS);
    if (!look->address || (address && RTA_PAYLOAD(address) == 16 && !memcmp(RTA_DATA(address), look->address, 16)))
        look->found = true;
    return 0;
}

int link_local_replace(int ifindex, const unsigned char *from, const unsigned char *to) {
    struct look look = {.ifindex = ifindex, .address = from};
    int error = dump_addresses(look_at_address, &look);
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
    return dump_addresses(look_at_address, &look) || look.found;
}
