/* What an interface has, as the kernel tells it: looked at as a whole, or refused. */
#include "helper.h"
#include "relocate-parts.h"
#include <string.h>
#include <sys/socket.h>

#define EXT_MANAGED 1u

/* Keeps a message. The word of the refusal where there is no room. */
static void keep_or_refuse(struct host_net *net, struct saved *list, int *count, int maximum, const struct nlmsghdr *header,
                           const char *refusal) {
    if (!keep(list, count, maximum, header))
        net->refusal = refusal;
}

static int save_address(const struct nlmsghdr *header, void *context) {
    struct host_net *net = context;
    const struct ifaddrmsg *body = NLMSG_DATA(header);
    if (is_address(header) && body->ifa_index == (uint32_t)net->from && !own_address(body))
        keep_or_refuse(net, net->addresses, &net->address_count, MAX_ADDRESSES, header, "addresses");
    return 0;
}

static int save_route(const struct nlmsghdr *header, void *context) {
    struct host_net *net = context;
    if (!is_route(header) || !goes_over(header, net->from) || own_route(header))
        return 0;
    /* The nexthop is an object of its own, which the kernel takes away with the interface's last address. */
    if (attribute_find(header, sizeof(struct rtmsg), RTA_NH_ID))
        net->refusal = "nexthops";
    else if (((const struct rtmsg *)NLMSG_DATA(header))->rtm_protocol != RTPROT_KERNEL && ++net->made_routes > MAX_ROUTES)
        net->refusal = "addresses";
    else
        keep_or_refuse(net, net->routes, &net->route_count, MAX_KEPT_ROUTES, header, "addresses");
    return 0;
}

static int save_neighbour(const struct nlmsghdr *header, void *context) {
    struct host_net *net = context;
    const struct ndmsg *body = NLMSG_DATA(header);
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof *body) || body->ndm_ifindex != net->from ||
        (body->ndm_family != AF_INET && body->ndm_family != AF_INET6))
        return 0;
    const struct rtattr *more = attribute_find(header, sizeof *body, NDA_FLAGS_EXT);
    if ((body->ndm_state & NUD_PERMANENT) || (body->ndm_flags & NTF_PROXY) || (more && (u32_of(more) & EXT_MANAGED)))
        keep_or_refuse(net, net->neighbours, &net->neighbour_count, MAX_NEIGHBOURS, header, "neighbours");
    return 0;
}

void host_net_save(struct host_net *net, const struct link *from) {
    struct message m;
    int error;
    net->from = from->ifindex;
    strcpy(net->from_name, from->name);
    net->at = lifetime_clock();
    net->refusal = NULL;
    net->address_count = net->route_count = net->neighbour_count = net->made_routes = 0;
    if ((error = dump_addresses(save_address, net)))
        fail_system("addresses", -error);
    for (int six = 0; six < 2; six++) {
        int family = six ? AF_INET6 : AF_INET;
        if ((error = dump_routes(family, save_route, net)))
            fail_system("routes", -error);
        for (int proxy = 0; proxy < 2; proxy++) {
            struct ndmsg *neighbour = message_start(&m, RTM_GETNEIGH, 0, sizeof *neighbour);
            neighbour->ndm_family = (unsigned char)family;
            neighbour->ndm_flags = proxy ? NTF_PROXY : 0;
            if ((error = dump_known(&m, RTM_NEWNEIGH, save_neighbour, net)))
                fail_system("neighbours", -error);
        }
    }
    if (net->refusal)
        fail(QUOTA, strcmp(net->refusal, "nexthops") ? "quota" : "cannot-give-back", net->refusal, 0);
}
