/* TAPs: created on a descriptor that the caller opened, and afterwards changed by name. */
#include "acl.h"
#include "helper.h"
#include "ours.h"
#include "verbs.h"
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TRIES 16

static int attach(int fd, const char *name, short flags) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    request.ifr_flags = flags;
    return ioctl(fd, TUNSETIFF, &request) ? -errno : 0;
}

/* IFF_TUN_EXCL makes "create, never adopt" atomic; a name of the user's that exists is refused. */
static void create(const struct request *request, char *name, short flags) {
    for (int tries = 0;; tries++) {
        final_name(request, name);
        int error = attach(request->fds[0], name, (short)(flags | IFF_TUN_EXCL));
        if (!error)
            return;
        bool taken = error == -EBUSY || error == -EEXIST;
        struct link other;
        /* The name may be free and the index taken. */
        if (taken && tries < TRIES && (!request->name[0] || link_find(name, 0, &other) == -ENODEV)) {
            int ifindex = tap_index();
            if (ioctl(request->fds[0], TUNSETIFINDEX, &ifindex))
                fail_system("tunsetifindex", errno);
            continue;
        }
        if (taken)
            fail(NAME_IN_USE, "name-in-use", "name", -error);
        fail_system("tunsetiff", -error);
    }
}

/* No fe80:: address of the host on the guest's segment; only before the link comes up. Kernels without IPv6 refuse. */
static void no_host_ipv6(int ifindex) {
    struct message m;
    struct ifinfomsg *info = message_start(&m, RTM_NEWLINK, 0, sizeof *info);
    info->ifi_index = ifindex;
    size_t families = nest_start(&m, IFLA_AF_SPEC), ipv6 = nest_start(&m, AF_INET6);
    message_put_u8(&m, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    nest_end(&m, ipv6);
    nest_end(&m, families);
    int error = netlink_do(&m);
    if (error && error != -EAFNOSUPPORT)
        fail_system("ipv6-mode", -error);
}

static void configure(const struct request *request, int ifindex, const struct link *bridge, uint32_t mtu, const unsigned char *mac) {
    char alias[128];
    make_alias(alias, sizeof alias, request);
    struct message m;
    struct ifinfomsg *info = message_start(&m, RTM_NEWLINK, 0, sizeof *info);
    info->ifi_index = ifindex;
    if (!request->isolated) {
        info->ifi_flags = IFF_UP;
        info->ifi_change = IFF_UP;
    }
    message_put_u32(&m, IFLA_GROUP, OUR_GROUP);
    message_put(&m, IFLA_IFALIAS, alias, strlen(alias));
    message_put(&m, IFLA_ADDRESS, mac, 6);
    if (mtu)
        message_put_u32(&m, IFLA_MTU, mtu);
    if (bridge)
        message_put_u32(&m, IFLA_MASTER, (uint32_t)bridge->ifindex);
    int error = netlink_do(&m);
    step("configured");
    if (error)
        fail(error == -EPERM ? NO_PRIVILEGE : SYSTEM, error == -EINVAL && mtu ? "bad-mtu" : "system", "configure", -error);
    if (request->isolated) {
        /* Isolated before it is up: not one frame passes between guests. */
        if ((error = port_set_isolated(ifindex, true)) || (error = link_set_up(ifindex, true)))
            fail_system("isolate", -error);
    }
}

/* Guest's MAC with another first octet, the highest there is, so that the bridge never takes it for its own (libvirt's rule). */
static void host_mac(const struct request *request, unsigned char *mac) {
    if (request->has_mac)
        memcpy(mac, request->mac, 6);
    else
        random_bytes(mac, 6);
    mac[0] = request->has_mac && mac[0] == 0xfe ? 0xfa : 0xfe;
}

void tap_create(const struct request *request) {
    struct link bridge, tap;
    char name[NAME_BYTES];
    unsigned char mac[6];
    for (int i = 0; i < request->fd_count; i++)
        descriptor_check_tun(request->fds[i], true, i ? 0 : tap_index());
    if (request->qmp >= 0)
        descriptor_check_qmp(request->qmp);
    if (request->bridge[0]) {
        acl_require(ACL_TAP, request->bridge);
        bridge_find(request->bridge, &bridge);
    }
    acl_require(ACL_NAME, request->name[0] ? request->name : request->automatic);
    (void)sweep_unlabelled_taps();
    /* Before as well as after: a caller may kill this process before it counts what it made. */
    require_tap_quota(false);
    host_mac(request, mac);

    short flags = (short)(IFF_TAP | IFF_NO_PI | (request->vnet_header ? IFF_VNET_HDR : 0) | (request->fd_count > 1 ? IFF_MULTI_QUEUE : 0));
    create(request, name, flags);
    step("created");
    /* At once: until there is an owner, any local user can attach a queue of its own to a multiqueue TAP. */
    if (ioctl(request->fds[0], TUNSETOWNER, (unsigned long)getuid()))
        fail_system("tunsetowner", errno);
    step("owner");
    int error = link_find(name, 0, &tap);
    if (error)
        fail_system("lookup", -error);
    if (strcmp(tap.kind, "tun") || strcmp(tap.name, name) || tap.master || tap.group == OUR_GROUP)
        fail(INTRUDER, "intruder", "lookup", 0);
    undo_on_failure(tap.ifindex);
    /* Somebody may have been faster than the owner: also a queue that was parked (detached) counts, it could come back. (The kernel counts
       only multiqueue TAPs; a single one can't be shared.) */
    if ((request->fd_count > 1 && tap.queues != 1) || tap.owner != (int64_t)getuid() || tap.persistent)
        fail(INTRUDER, "intruder", "queues", 0);
    for (int i = 1; i < request->fd_count; i++)
        if ((error = attach(request->fds[i], name, flags)))
            fail_system("tunsetiff-queue", -error);
    if (request->bridge[0])
        no_host_ipv6(tap.ifindex);
    uint32_t mtu = request->mtu ? request->mtu : request->bridge[0] ? bridge.mtu : 0;
    configure(request, tap.ifindex, request->bridge[0] ? &bridge : NULL, mtu, mac);
    step("up");
    /* Counted after the fact: two callers at once can't both slip under the limit. */
    require_tap_quota(true);
    traffic_no_queue(tap.ifindex);
    if (request->frames && (error = coalesce_set(name, request->frames)))
        fail_system("coalesce", -error);
    if (request->qmp >= 0)
        descriptor_send(request->qmp, request->id, request->fds, request->fd_count);
    log_act(true, "tap %s on %s queues=%d", name, request->bridge[0] ? request->bridge : "no bridge", request->fd_count);
    reply(",\"ifname\":\"%s\",\"ifindex\":%d,\"queues\":%d,\"mtu\":%u,\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\",\"vnetHdr\":%s", name,
          tap.ifindex, request->fd_count, mtu ? mtu : tap.mtu, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
          request->vnet_header ? "true" : "false");
}

/* Sends descriptors of the caller's own (a macvtap's) to QEMU's monitor: Node can't. The caller needs no privilege for it, nor has this any. */
void descriptors_hand(const struct request *request) {
    descriptor_check_qmp(request->qmp);
    descriptor_send(request->qmp, request->id, request->fds, request->fd_count);
    reply(",\"queues\":%d", request->fd_count);
}

/*
 * Attaches the caller's descriptors to a TAP that exists, as it is. Needs no privilege and, but for root, has none: only the kernel's own
 * rule (owner and group of the TAP) decides. MAC, MTU, flags, up/down and persistence stay.
 */
void tap_open_existing(const struct request *request) {
    struct link tap, after;
    int error = link_find(request->name, 0, &tap);
    if (error == -ENODEV)
        fail(NO_LINK, "no-interface", "name", ENODEV);
    if (error)
        fail_system("lookup", -error);
    if (strcmp(tap.kind, "tun") || tap.tun_type != IFF_TAP || strcmp(tap.name, request->name))
        fail(NO_LINK, "not-a-tap", "name", 0);
    if (tap.multi_queue != (request->fd_count > 1))
        fail(BAD_REQUEST, "queue-mode", "fd", 0);
    for (int i = 0; i < request->fd_count; i++)
        descriptor_check_tun(request->fds[i], getuid() == 0, 0);
    if (request->qmp >= 0)
        descriptor_check_qmp(request->qmp);
    short flags = (short)(IFF_TAP | IFF_NO_PI | (tap.vnet_header ? IFF_VNET_HDR : 0) | (tap.multi_queue ? IFF_MULTI_QUEUE : 0));
    for (int i = 0; i < request->fd_count; i++) {
        error = attach(request->fds[i], request->name, flags);
        if (error == -EBUSY || error == -E2BIG)
            fail(NAME_IN_USE, "in-use", "name", -error);
        if (error == -EPERM)
            fail(DENIED, "not-owner", "name", EPERM);
        if (error)
            fail_system("tunsetiff", -error);
    }
    /* Root's TUNSETIFF creates what has gone in between: that one is nobody's and ends with the descriptor. */
    if ((error = link_find(request->name, 0, &after)) || after.ifindex != tap.ifindex)
        fail(NO_LINK, "no-interface", "name", ENODEV);
    if (request->qmp >= 0)
        descriptor_send(request->qmp, request->id, request->fds, request->fd_count);
    log_act(true, "opened existing %s queues=%d", request->name, request->fd_count);
    reply(",\"ifname\":\"%s\",\"ifindex\":%d,\"queues\":%d,\"mtu\":%u,\"mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\",\"vnetHdr\":%s", tap.name,
          tap.ifindex, request->fd_count, tap.mtu, tap.mac[0], tap.mac[1], tap.mac[2], tap.mac[3], tap.mac[4], tap.mac[5],
          tap.vnet_header ? "true" : "false");
}

void device_delete(const struct request *request) {
    struct link link;
    own_device_find(request->name, &link);
    int error = link_delete(link.ifindex);
    if (error)
        fail_system("delete", -error);
    log_act(true, "deleted %s", request->name);
    reply(",\"ifname\":\"%s\"", request->name);
}

void device_link(const struct request *request) {
    struct link link;
    own_device_find(request->name, &link);
    int error = link_set_up(link.ifindex, request->up);
    if (error)
        fail_system("link", -error);
    log_act(true, "%s %s", request->name, request->up ? "up" : "down");
    reply(",\"ifname\":\"%s\"", request->name);
}

void device_isolate(const struct request *request) {
    struct link link;
    own_device_find(request->name, &link);
    if (!link.master)
        fail(BAD_REQUEST, "no-bridge", "name", 0);
    int error = port_set_isolated(link.ifindex, request->isolated);
    if (error)
        fail_system("isolate", -error);
    log_act(true, "%s isolated=%d", request->name, request->isolated);
    reply(",\"ifname\":\"%s\"", request->name);
}

int coalesce_set(const char *name, unsigned frames) {
    struct ethtool_coalesce values = {.cmd = ETHTOOL_GCOALESCE};
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    request.ifr_data = (char *)&values;
    if (ioctl(netlink_descriptor(), SIOCETHTOOL, &request))
        return -errno;
    values.cmd = ETHTOOL_SCOALESCE;
    values.rx_max_coalesced_frames = frames;
    return ioctl(netlink_descriptor(), SIOCETHTOOL, &request) ? -errno : 0;
}

void device_coalesce(const struct request *request) {
    struct link link;
    own_device_find(request->name, &link);
    int error = coalesce_set(link.name, request->frames);
    if (error)
        fail_system("coalesce", -error);
    log_act(true, "%s frames=%u", request->name, request->frames);
    reply(",\"ifname\":\"%s\"", request->name);
}
