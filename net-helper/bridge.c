/* Bridges that the helper makes, and moving a TAP's cable from one to another. */
#include "acl.h"
#include "helper.h"
#include "link.h"
#include "verbs.h"
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct link moving;
static uint32_t moved_to;

/* Puts the cable back where it was. */
static void move_back(void) {
    if (link_set_master(moving.ifindex, moving.master))
        log_act(false, "%s could not be put back on its bridge", moving.name);
    if (moved_to && link_set_mtu(moving.ifindex, moving.mtu))
        log_act(false, "%s could not get its MTU back", moving.name);
    if (moving.master && moving.isolated && port_set_isolated(moving.ifindex, true))
        log_act(false, "%s could not be isolated again", moving.name);
}

void tap_move(const struct request *request) {
    struct link bridge = {0};
    own_device_find(request->name, &moving);
    if (strcmp(moving.kind, "tun"))
        fail(BAD_REQUEST, "not-a-tap", "name", 0);
    if (request->bridge[0]) {
        acl_require(ACL_TAP, request->bridge);
        bridge_find(request->bridge, &bridge);
    }
    /* One message: the kernel takes it off the old bridge and puts it on the new one; a helper that dies leaves it on either. */
    int error;
    call_on_failure(move_back);
    if ((error = link_set_master(moving.ifindex, bridge.ifindex)))
        fail_system("move", -error);
    uint32_t mtu = request->mtu ? request->mtu : bridge.mtu;
    if (mtu && mtu != moving.mtu) {
        moved_to = mtu;
        if ((error = link_set_mtu(moving.ifindex, mtu)))
            fail_system("mtu", -error);
    } else {
        mtu = moving.mtu;
    }
    bool isolated = request->has_isolated ? request->isolated : moving.isolated;
    if (bridge.ifindex && isolated && (error = port_set_isolated(moving.ifindex, true)))
        fail_system("isolate", -error);
    call_on_failure(NULL);
    log_act(true, "%s to %s", request->name, request->bridge[0] ? request->bridge : "no bridge");
    reply(",\"ifname\":\"%s\",\"ifindex\":%d,\"mtu\":%u", request->name, moving.ifindex, mtu);
}

static void finish(int ifindex, const struct request *request) {
    char alias[128];
    make_alias(alias, sizeof alias, request);
    int error = link_set_alias(ifindex, alias);
    if (error)
        fail_system("alias", -error);
}

void bridge_add(const struct request *request) {
    struct link bridge;
    acl_require(ACL_MANAGE, request->name);
    sweep_unlabelled();
    unsigned char mac[6];
    /* One of its own: a bridge without takes the lowest of its ports', which changes as TAPs come and go, and with it what the host's
       neighbours know. An uplink's replaces it (uplink.c). */
    if (request->has_mac)
        memcpy(mac, request->mac, 6);
    else
        random_mac(mac);
    /* Everything that matters in the one message that creates it, so that a half-made bridge can't exist. */
    struct message m;
    struct ifinfomsg *info = message_start(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *info);
    info->ifi_flags = info->ifi_change = IFF_UP;
    message_put_text(&m, IFLA_IFNAME, request->name);
    message_put_u32(&m, IFLA_GROUP, OUR_GROUP);
    message_put(&m, IFLA_ADDRESS, mac, sizeof mac);
    if (request->mtu)
        message_put_u32(&m, IFLA_MTU, request->mtu);
    size_t kind = nest_start(&m, IFLA_LINKINFO);
    message_put_text(&m, IFLA_INFO_KIND, "bridge");
    size_t data = nest_start(&m, IFLA_INFO_DATA);
    message_put_u32(&m, IFLA_BR_STP_STATE, request->stp);
    /* Without the spanning tree a port may forward at once; with it the kernel's least delay is 2 s (in 1/100 s). */
    message_put_u32(&m, IFLA_BR_FORWARD_DELAY, request->stp ? 200 : 0);
    nest_end(&m, data);
    nest_end(&m, kind);
    int error = netlink_do(&m);
    if (error == -EEXIST) {
        /* Ours and without a label: an earlier run was killed between the two messages. It is completed here. */
        if (!link_find(request->name, 0, &bridge) && !strcmp(bridge.kind, "bridge") && bridge.group == OUR_GROUP && !bridge.alias[0]) {
            finish(bridge.ifindex, request);
            log_act(true, "bridge %s completed", request->name);
            reply(",\"ifname\":\"%s\",\"ifindex\":%d,\"mtu\":%u", bridge.name, bridge.ifindex, bridge.mtu);
            return;
        }
        fail(NAME_IN_USE, "name-in-use", "name", EEXIST);
    }
    if (error)
        fail_system("bridge-add", -error);
    if ((error = link_find(request->name, 0, &bridge)))
        fail_system("lookup", -error);
    undo_on_failure(bridge.ifindex);
    finish(bridge.ifindex, request);
    if (getuid() != 0 && count_own(true) > acl_maximum(LIMIT_BRIDGES, 16))
        fail(QUOTA, "quota", "bridges", 0);
    log_act(true, "bridge %s", request->name);
    reply(",\"ifname\":\"%s\",\"ifindex\":%d,\"mtu\":%u", bridge.name, bridge.ifindex, bridge.mtu);
}

struct ports {
    int master;
    bool foreign;
};

static int look_at_port(const struct nlmsghdr *header, void *context) {
    struct ports *ports = context;
    struct link link;
    if (link_read(header, &link) && link.master == ports->master && !is_ours(&link))
        ports->foreign = true;
    return 0;
}

void bridge_delete(const struct request *request) {
    struct link bridge;
    acl_require(ACL_MANAGE, request->name);
    bridge_find(request->name, &bridge);
    if (bridge.group != OUR_GROUP)
        fail(DENIED, "not-ours", "name", 0);
    struct ports ports = {.master = bridge.ifindex};
    struct message m;
    (void)message_start(&m, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    message_put_u32(&m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    int error = netlink_dump(&m, RTM_NEWLINK, look_at_port, &ports);
    if (error)
        fail_system("ports", -error);
    if (ports.foreign)
        fail(DENIED, "foreign-port", "name", 0);
    if ((error = link_delete(bridge.ifindex)))
        fail_system("delete", -error);
    log_act(true, "bridge %s deleted", request->name);
    reply(",\"ifname\":\"%s\"", request->name);
}
