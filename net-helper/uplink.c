/*
 * Lends a host interface to a bridge as its uplink: the host's addresses, routes and static neighbours move from the port to the bridge, so that
 * the host stays reachable. It is undone unless somebody says yes within the time: the helper keeps the time, so that a lost window, a lost
 * connection or a dead application can't lock the user out. Taking an uplink off is finished once it was begun. Two processes do either: whichever
 * is killed, the other one gives everything back.
 */
#include "acl.h"
#include "guard.h"
#include "helper.h"
#include "link-local.h"
#include "ours.h"
#include "relocate.h"
#include "verbs.h"
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct uplink {
    struct link bridge, port;
    struct host_net net;
    bool takes_mac;           /* the bridge gets the port's MAC; give_back restores its own */
    bool made;                /* the bridge was made for the uplink */
    bool bare;                /* nothing else was on the bridge: no port, no address of the host */
    unsigned char new_mac[6]; /* of a bridge whose uplink goes, with its MAC */
};

/* Shared with the guard, who must know what to give back. */
static struct uplink *state;

static void look_for_port(const struct link *link, void *context) {
    if (link->master == state->bridge.ifindex)
        *(bool *)context = true;
}

/* Yes, when it can't be told. */
static bool has_ports(void) {
    for (int tries = 0; tries < 2; tries++) {
        bool used = false;
        if (!links_each(look_for_port, &used))
            return used;
    }
    return true;
}

/* A bridge that was made for the uplink goes with it, unless a machine was put on it meanwhile. The caller may make and delete it (find_port). */
static void delete_unused_bridge(void) {
    if (has_ports() || host_addresses_on(state->bridge.ifindex))
        return;
    int error = link_delete(state->bridge.ifindex);
    log_act(!error, "bridge %s, made for an uplink that isn't kept, %s", state->bridge.name, error ? "could not be deleted" : "deleted");
}

/*
 * While it had the card's MAC, the kernel made the bridge a link-local address of it, which is the card's again. A bridge that has nothing else is
 * set down and up, so that it gets its own when it next has a carrier, as a new one does; another one gets its own at once.
 */
static void own_link_local(const unsigned char *mac) {
    unsigned char cards[16], own[16];
    int ifindex = state->bridge.ifindex, error;
    if (!state->port.has_mac || !memcmp(mac, state->port.mac, 6))
        return;
    if (state->bare && !has_ports()) {
        error = link_set_up(ifindex, false);
        /* It must not stay down when a message fails for a moment. */
        if (state->bridge.up && link_set_up(ifindex, true))
            error = link_set_up(ifindex, true);
    } else {
        link_local_of(state->port.mac, cards);
        link_local_of(mac, own);
        if ((error = link_local_replace(ifindex, cards, own)))
            error = link_local_replace(ifindex, cards, own);
    }
    if (error)
        log_act(false, "bridge %s could not get a link-local address of its own", state->bridge.name);
}

static void give_back(void) {
    int mac = state->takes_mac ? link_set_mac(state->bridge.ifindex, state->bridge.mac) : 0,
        released = link_set_master(state->port.ifindex, 0);
    if (!state->port.up)
        (void)link_set_up(state->port.ifindex, false);
    int error = host_net_transfer(&state->net, &state->bridge, &state->port);
    /* Once more: what is there already stays, and what failed for a moment may work now. */
    if (error)
        error = host_net_transfer(&state->net, &state->bridge, &state->port);
    if (state->takes_mac)
        own_link_local(state->bridge.mac);
    if (error || released || mac)
        log_act(false, "uplink %s could not be given back whole", state->port.name);
    else if (state->made)
        delete_unused_bridge();
}

/* Of the first process: what was begun fails, and is undone. */
static void give_back_and_end(void) {
    give_back();
    guard_done();
}

/* Takes an uplink off for good: from its first message on it is finished, by whichever of the two is left. Returns the first error. */
static int take_off(void) {
    int error = 0;
    for (int tries = 0; tries < 3; tries++) {
        error = link_set_master(state->port.ifindex, 0);
        int moved = host_net_transfer(&state->net, &state->bridge, &state->port);
        error = error ? error : moved;
        /* What failed for a moment may work now: the host must not be left without its network. */
        if (!error)
            break;
    }
    /* The card's MAC goes with the card: two interfaces with one MAC would answer for each other. */
    if (state->takes_mac) {
        if (link_set_mac(state->bridge.ifindex, state->new_mac))
            log_act(false, "bridge %s could not get a MAC of its own", state->bridge.name);
        else
            own_link_local(state->new_mac);
    }
    if (error)
        log_act(false, "uplink %s could not be taken off whole", state->port.name);
    return error;
}

static void finish_taking_off(void) { (void)take_off(); }

static void find_port(const struct request *request) {
    acl_require(ACL_MANAGE, request->bridge);
    acl_require(ACL_UPLINK, request->lower);
    bridge_find(request->bridge, &state->bridge);
    if (state->bridge.group != OUR_GROUP)
        fail(DENIED, "not-ours", "bridge", 0);
    int error = link_find(request->lower, 0, &state->port);
    if (error == -ENODEV)
        fail(NO_LINK, "no-interface", "lower", ENODEV);
    if (error)
        fail_system("lookup", -error);
    const char *kind = state->port.kind;
    /* Ends of machines and other bridges are no uplinks. */
    if (strcmp(state->port.name, request->lower) || !strcmp(kind, "bridge") || !strcmp(kind, "tun") || !strcmp(kind, "macvtap") ||
        !strcmp(kind, "macvlan"))
        fail(BAD_REQUEST, "bad-port", "lower", 0);
}

static void look_for_mac(const struct link *link, void *context) {
    if (link->master == state->bridge.ifindex && link->has_mac && !memcmp(link->mac, state->bridge.mac, 6))
        *(bool *)context = true;
}

/*
 * The card's MAC is what the host's DHCP server and its neighbours know: the bridge, which gets the addresses, takes it, as netcf and
 * NetworkManager let it. Not when somebody chose its MAC, nor when it has that of an uplink already.
 */
static bool wants_mac_of_port(void) {
    bool taken = false;
    if (chosen_mac(&state->bridge) || !state->bridge.has_mac || !state->port.has_mac)
        return false;
    int error = links_each(look_for_mac, &taken);
    if (error)
        fail_system("ports", -error);
    return !taken;
}

void uplink_prepare(const struct request *request) {
    state = guard_memory(sizeof *state);
    guard_start(request->within, give_back, request->confirm, true);
}

void uplink_delete_prepare(void) {
    state = guard_memory(sizeof *state);
    guard_start(10, finish_taking_off, -1, false);
}

/* Ends the helper, with everything given back by one of the two. */
static _Noreturn void rolled_back(const char *what, bool by_guard) {
    deadline(10);
    if (by_guard)
        call_on_failure(NULL);
    fail(ROLLED_BACK, "rolled-back", what, 0);
}

static void wait_for_yes(const struct request *request) {
    char word = 0;
    switch (guard_wait(request->confirm, request->within)) {
    case 0:
        /* The end of the pipe: whoever could say yes is gone. */
        if (read(request->confirm, &word, 1) != 1 || word != 'y')
            rolled_back("confirm", false);
        break;
    case 1:
        rolled_back("guard", guard_acted());
    default:
        rolled_back("confirm", false);
    }
    if (!guard_release())
        rolled_back("guard", true);
}

void uplink_add(const struct request *request) {
    find_port(request);
    if (state->port.master)
        fail(NAME_IN_USE, "has-master", "lower", 0);
    state->bare = !host_addresses_on(state->bridge.ifindex);
    state->made = request->made;
    /* What goes again must be the caller's, and nothing else may hang on it. */
    if (state->made && (!state->bare || has_ports() || !is_ours(&state->bridge)))
        fail(BAD_REQUEST, "not-made", "bridge", 0);
    host_net_save(&state->net, &state->port);
    state->takes_mac = wants_mac_of_port();
    call_on_failure(give_back_and_end);
    guard_begin();
    int error = state->takes_mac ? link_set_mac(state->bridge.ifindex, state->port.mac) : 0;
    if (!error)
        error = link_set_master(state->port.ifindex, state->bridge.ifindex);
    if (!error && !state->port.up)
        error = link_set_up(state->port.ifindex, true);
    if (error)
        fail_system("uplink", -error);
    if ((error = host_net_transfer(&state->net, &state->port, &state->bridge)))
        fail_system("addresses", -error);
    log_act(true, "uplink %s to %s, waiting %u s", request->lower, request->bridge, request->within);
    reply(",\"pending\":true,\"within\":%u,\"addresses\":%d,\"routes\":%d", request->within, state->net.address_count,
          state->net.made_routes);
    deadline(0);
    wait_for_yes(request);
    call_on_failure(NULL);
    log_act(true, "uplink %s to %s confirmed", request->lower, request->bridge);
    reply(",\"confirmed\":true");
}

void uplink_delete(const struct request *request) {
    find_port(request);
    if (state->port.master != state->bridge.ifindex)
        fail(BAD_REQUEST, "not-a-port", "lower", 0);
    /* The bridge's addresses came with the uplink and go with it. */
    host_net_save(&state->net, &state->bridge);
    state->bare = true;
    state->takes_mac =
        !chosen_mac(&state->bridge) && state->bridge.has_mac && state->port.has_mac && !memcmp(state->bridge.mac, state->port.mac, 6);
    random_mac(state->new_mac);
    guard_begin();
    int error = take_off();
    guard_done();
    if (error)
        fail_system("addresses", -error);
    log_act(true, "uplink %s off %s", request->lower, request->bridge);
    reply(",\"ifname\":\"%s\"", request->lower);
}
