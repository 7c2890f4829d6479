/* Bridges that the helper makes, and moving a TAP's cable from one to another. */
#include "acl.h"
#include "guard.h"
#include "helper.h"
#include "link-local.h"
#include "ours.h"
#include "verbs.h"
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A move, in memory that the guard sees: it takes up to three messages. */
struct move {
    struct link tap;
    int bridge;   /* 0: none */
    uint32_t mtu; /* 0: stays */
    bool isolated;
};

static struct move *moving;

/* Puts the cable back where it was. */
static void move_back(void) {
    const struct link *tap = &moving->tap;
    if (link_set_master(tap->ifindex, tap->master))
        log_act(false, "%s could not be put back on its bridge", tap->name);
    if (moving->mtu && link_set_mtu(tap->ifindex, tap->mtu))
        log_act(false, "%s could not get its MTU back", tap->name);
    if (tap->master && tap->isolated && port_set_isolated(tap->ifindex, true))
        log_act(false, "%s could not be isolated again", tap->name);
}

static void move_back_and_end(void) {
    move_back();
    guard_done();
}

/* Returns 0, or -errno and the step that failed. The kernel takes it off the old bridge and puts it on the new one by one message. */
static int move_on(const char **what) {
    int ifindex = moving->tap.ifindex, error;
    *what = "move";
    if ((error = link_set_master(ifindex, moving->bridge)))
        return error;
    *what = "mtu";
    if (moving->mtu && (error = link_set_mtu(ifindex, moving->mtu)))
        return error;
    *what = "isolate";
    return moving->bridge && moving->isolated ? port_set_isolated(ifindex, true) : 0;
}

/* The first process was killed: an isolated guest must not stay without its isolation. */
static void move_in_its_place(void) {
    const char *what;
    if (move_on(&what))
        move_back();
}

void tap_move_prepare(void) {
    moving = guard_memory(sizeof *moving);
    guard_start(10, move_in_its_place, -1, false);
}

void tap_move(const struct request *request) {
    struct link bridge = {0}, *tap = &moving->tap;
    const char *what;
    own_device_find(request->name, tap);
    if (strcmp(tap->kind, "tun"))
        fail(BAD_REQUEST, "not-a-tap", "name", 0);
    if (request->bridge[0]) {
        acl_require(ACL_TAP, request->bridge);
        bridge_find(request->bridge, &bridge);
    }
    uint32_t mtu = request->mtu ? request->mtu : bridge.mtu ? bridge.mtu : tap->mtu;
    moving->bridge = bridge.ifindex;
    moving->mtu = mtu == tap->mtu ? 0 : mtu;
    moving->isolated = request->has_isolated ? request->isolated : tap->isolated;
    call_on_failure(move_back_and_end);
    guard_begin();
    int error = move_on(&what);
    if (error)
        fail_system(what, -error);
    call_on_failure(NULL);
    guard_done();
    log_act(true, "%s to %s", request->name, request->bridge[0] ? request->bridge : "no bridge");
    reply(",\"ifname\":\"%s\",\"ifindex\":%d,\"mtu\":%u", request->name, tap->ifindex, mtu);
}

/* A bridge of ours that nobody labels: an earlier run was killed between the two messages. Another one, at work now, is waited for. */
static bool abandoned_bridge(const char *name, struct link *bridge) {
    int first = 0;
    for (int waited = 0;; waited += 10) {
        if (link_find(name, 0, bridge) || strcmp(bridge->kind, "bridge") || bridge->group != OUR_GROUP || bridge->alias[0])
            return false;
        if (first && first != bridge->ifindex)
            return false;
        first = bridge->ifindex;
        if (waited >= ABANDONED)
            return true;
        pause_ms(10);
    }
}

static void require_bridge_quota(bool counted) {
    unsigned most = acl_maximum(LIMIT_BRIDGES, 16);
    if (getuid() != 0 && count_own(true) + !counted > most)
        fail(QUOTA, "quota", "bridges", 0);
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
    /* Before as well as after: a caller may kill this process before it counts what it made. */
    require_bridge_quota(false);
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
        if (abandoned_bridge(request->name, &bridge)) {
            undo_on_failure(bridge.ifindex);
            finish(bridge.ifindex, request);
            require_bridge_quota(true);
            log_act(true, "bridge %s completed", request->name);
            reply(",\"ifname\":\"%s\",\"ifindex\":%d,\"mtu\":%u,\"adopted\":true", bridge.name, bridge.ifindex, bridge.mtu);
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
    require_bridge_quota(true);
    log_act(true, "bridge %s", request->name);
    reply(",\"ifname\":\"%s\",\"ifindex\":%d,\"mtu\":%u", bridge.name, bridge.ifindex, bridge.mtu);
}

struct ports {
    int master;
    bool foreign;
};

static void look_at_port(const struct link *link, void *context) {
    struct ports *ports = context;
    if (link->master == ports->master && !is_ours(link))
        ports->foreign = true;
}

void bridge_delete(const struct request *request) {
    struct link bridge;
    acl_require(ACL_MANAGE, request->name);
    bridge_find(request->name, &bridge);
    if (bridge.group != OUR_GROUP)
        fail(DENIED, "not-ours", "name", 0);
    /* Somebody else's with addresses is in use by the host itself: only who names it twice means it. */
    if (!is_ours(&bridge) && strcmp(request->force, request->name) && host_addresses_on(bridge.ifindex))
        fail(DENIED, "has-addresses", "name", 0);
    struct ports ports = {.master = bridge.ifindex};
    int error = links_each(look_at_port, &ports);
    if (error)
        fail_system("ports", -error);
    if (ports.foreign)
        fail(DENIED, "foreign-port", "name", 0);
    if ((error = link_delete(bridge.ifindex)))
        fail_system("delete", -error);
    log_act(true, "bridge %s deleted", request->name);
    reply(",\"ifname\":\"%s\"", request->name);
}
