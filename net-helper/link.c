/* Reading links, and setting one thing of one. */
#include "link.h"
#include "helper.h"
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>

static uint8_t u8_of(const struct rtattr *attribute) {
    uint8_t value = 0;
    if (RTA_PAYLOAD(attribute) >= sizeof value)
        memcpy(&value, RTA_DATA(attribute), sizeof value);
    return value;
}

static void text_of(const struct rtattr *attribute, char *text, size_t size) {
    size_t length = strnlen(RTA_DATA(attribute), RTA_PAYLOAD(attribute));
    if (length >= size)
        length = size - 1;
    memcpy(text, RTA_DATA(attribute), length);
    text[length] = 0;
}

static void read_tun(const struct rtattr *data, struct link *link) {
    int left = (int)RTA_PAYLOAD(data);
    for (const struct rtattr *a = RTA_DATA(data); RTA_OK(a, left); a = RTA_NEXT(a, left))
        switch (a->rta_type & NLA_TYPE_MASK) {
        case IFLA_TUN_OWNER:
            link->owner = (int64_t)u32_of(a);
            break;
        case IFLA_TUN_TYPE:
            link->tun_type = u8_of(a);
            break;
        case IFLA_TUN_PERSIST:
            link->persistent = u8_of(a);
            break;
        case IFLA_TUN_VNET_HDR:
            link->vnet_header = u8_of(a);
            break;
        case IFLA_TUN_MULTI_QUEUE:
            link->multi_queue = u8_of(a);
            break;
        /* A queue that was detached still exists and can come back: it counts. */
        case IFLA_TUN_NUM_QUEUES:
        case IFLA_TUN_NUM_DISABLED_QUEUES:
            link->queues = (link->queues < 0 ? 0 : link->queues) + (int)(u32_of(a) & 0xffff);
            break;
        }
}

static void read_port(const struct rtattr *data, struct link *link) {
    int left = (int)RTA_PAYLOAD(data);
    for (const struct rtattr *a = RTA_DATA(data); RTA_OK(a, left); a = RTA_NEXT(a, left))
        if ((a->rta_type & NLA_TYPE_MASK) == IFLA_BRPORT_ISOLATED)
            link->isolated = u8_of(a);
}

static void read_info(const struct rtattr *info, struct link *link) {
    int left = (int)RTA_PAYLOAD(info);
    const struct rtattr *data = NULL, *port = NULL;
    char port_kind[16] = "";
    for (const struct rtattr *a = RTA_DATA(info); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if ((a->rta_type & NLA_TYPE_MASK) == IFLA_INFO_SLAVE_KIND)
            text_of(a, port_kind, sizeof port_kind);
        if ((a->rta_type & NLA_TYPE_MASK) == IFLA_INFO_SLAVE_DATA)
            port = a;
        if ((a->rta_type & NLA_TYPE_MASK) == IFLA_INFO_KIND)
            text_of(a, link->kind, sizeof link->kind);
        if ((a->rta_type & NLA_TYPE_MASK) == IFLA_INFO_DATA)
            data = a;
    }
    if (data && !strcmp(link->kind, "tun"))
        read_tun(data, link);
    if (port && !strcmp(port_kind, "bridge"))
        read_port(port, link);
}

bool link_read(const struct nlmsghdr *header, struct link *link) {
    memset(link, 0, sizeof *link);
    link->queues = -1;
    link->owner = -1;
    if (header->nlmsg_type != RTM_NEWLINK || header->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
        return false;
    const struct ifinfomsg *info = NLMSG_DATA(header);
    link->ifindex = info->ifi_index;
    link->up = info->ifi_flags & IFF_UP;
    int left = (int)(header->nlmsg_len - NLMSG_SPACE(sizeof *info));
    for (const struct rtattr *a = IFLA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left))
        switch (a->rta_type & NLA_TYPE_MASK) {
        case IFLA_IFNAME:
            text_of(a, link->name, sizeof link->name);
            break;
        case IFLA_IFALIAS:
            text_of(a, link->alias, sizeof link->alias);
            break;
        case IFLA_MTU:
            link->mtu = u32_of(a);
            break;
        case IFLA_MASTER:
            link->master = (int)u32_of(a);
            break;
        case IFLA_CARRIER:
            link->carrier = u8_of(a);
            break;
        case IFLA_GROUP:
            link->group = u32_of(a);
            break;
        case IFLA_ADDRESS:
            if (RTA_PAYLOAD(a) == sizeof link->mac) {
                memcpy(link->mac, RTA_DATA(a), sizeof link->mac);
                link->has_mac = true;
            }
            break;
        case IFLA_LINKINFO:
            read_info(a, link);
            break;
        }
    return link->ifindex > 0 && link->name[0];
}

int64_t alias_uid(const char *alias) {
    static const char start[] = "tapestry uid=";
    if (strncmp(alias, start, sizeof start - 1))
        return -1;
    const char *digit = alias + sizeof start - 1;
    int64_t value = 0;
    int digits = 0;
    for (; *digit >= '0' && *digit <= '9' && digits < 11; digit++, digits++)
        value = value * 10 + (*digit - '0');
    return digits && digits < 11 && (*digit == ' ' || !*digit) && value < UINT32_MAX ? value : -1;
}

bool chosen_mac(const struct link *link) {
    const char *mark = strstr(link->alias, " mac=chosen");
    return mark && !strcmp(mark, " mac=chosen");
}

int link_find(const char *name, int ifindex, struct link *link) {
    static char answer[32768] __attribute__((aligned(8)));
    struct message m;
    struct ifinfomsg *info = message_start(&m, RTM_GETLINK, 0, sizeof *info);
    info->ifi_index = ifindex;
    message_put_u32(&m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    if (name)
        message_put_text(&m, IFLA_IFNAME, name);
    int result = netlink_get(&m, answer, sizeof answer);
    if (result < 0)
        return result;
    return result > 0 && link_read((const struct nlmsghdr *)answer, link) ? 0 : -EPROTO;
}

struct walk {
    void (*each)(const struct link *, void *);
    void *context;
};

static int read_one(const struct nlmsghdr *header, void *context) {
    const struct walk *walk = context;
    struct link link;
    if (link_read(header, &link))
        walk->each(&link, walk->context);
    return 0;
}

int links_each(void (*each)(const struct link *link, void *context), void *context) {
    struct walk walk = {.each = each, .context = context};
    struct message m;
    (void)message_start(&m, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    message_put_u32(&m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    return netlink_dump(&m, RTM_NEWLINK, read_one, &walk);
}

int link_delete(int ifindex) {
    struct message m;
    struct ifinfomsg *info = message_start(&m, RTM_DELLINK, 0, sizeof *info);
    info->ifi_index = ifindex;
    return netlink_do(&m);
}

int link_set_up(int ifindex, bool up) {
    struct message m;
    struct ifinfomsg *info = message_start(&m, RTM_NEWLINK, 0, sizeof *info);
    info->ifi_index = ifindex;
    info->ifi_change = IFF_UP;
    info->ifi_flags = up ? IFF_UP : 0;
    return netlink_do(&m);
}

static int link_set_u32(int ifindex, int type, uint32_t value) {
    struct message m;
    struct ifinfomsg *info = message_start(&m, RTM_NEWLINK, 0, sizeof *info);
    info->ifi_index = ifindex;
    message_put_u32(&m, type, value);
    return netlink_do(&m);
}

int link_set_master(int ifindex, int master) { return link_set_u32(ifindex, IFLA_MASTER, (uint32_t)master); }
int link_set_mtu(int ifindex, uint32_t mtu) { return link_set_u32(ifindex, IFLA_MTU, mtu); }

int link_set_mac(int ifindex, const unsigned char *mac) {
    struct message m;
    struct ifinfomsg *info = message_start(&m, RTM_NEWLINK, 0, sizeof *info);
    info->ifi_index = ifindex;
    message_put(&m, IFLA_ADDRESS, mac, 6);
    return netlink_do(&m);
}

int link_set_alias(int ifindex, const char *alias) {
    struct message m;
    struct ifinfomsg *info = message_start(&m, RTM_NEWLINK, 0, sizeof *info);
    info->ifi_index = ifindex;
    message_put(&m, IFLA_IFALIAS, alias, strlen(alias));
    return netlink_do(&m);
}

int port_set_isolated(int ifindex, bool isolated) {
    struct message m;
    struct ifinfomsg *info = message_start(&m, RTM_SETLINK, 0, sizeof *info);
    info->ifi_family = AF_BRIDGE;
    info->ifi_index = ifindex;
    size_t port = nest_start(&m, IFLA_PROTINFO);
    message_put_u8(&m, IFLA_BRPORT_ISOLATED, isolated);
    nest_end(&m, port);
    return netlink_do(&m);
}

void bridge_find(const char *name, struct link *bridge) {
    int error = link_find(name, 0, bridge);
    if (error == -ENODEV)
        fail(NO_LINK, "no-bridge", "bridge", ENODEV);
    if (error)
        fail_system("bridge-lookup", -error);
    /* The kernel also finds alternative names; the access list knows only real ones. */
    if (strcmp(bridge->kind, "bridge") || strcmp(bridge->name, name))
        fail(NO_LINK, "not-a-bridge", "bridge", 0);
}
