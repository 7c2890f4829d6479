/*
 * Lends a host interface to a bridge as its uplink: the host's addresses and routes move from the port to the bridge, so that the host stays
 * reachable. It is undone unless somebody says yes within the time: the helper keeps the time, so that a lost window, a lost connection or a
 * dead application can't lock the user out. Two processes do: whichever is killed, the other one gives everything back.
 */
#include "acl.h"
#include "helper.h"
#include "link.h"
#include "netlink.h"
#include "relocate.h"
#include "verbs.h"
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What the two say to each other. */
#define BEGINS 'b'      /* to the guard: from now on there is something to give back */
#define KEPT 'k'        /* to the guard: confirmed; and the guard's answer, that it has not given it back meanwhile */
#define GIVEN_BACK 'd'  /* to the guard: given back already */
#define GIVING_BACK 'r' /* from the guard: it gives it back now */

/* How much longer than the first process the guard waits, s: it acts only when the first one is stopped. */
#define GUARD_GRACE 3

struct uplink {
    struct link bridge, port;
    struct host_net net;
    bool takes_mac; /* the bridge gets the port's MAC; give_back restores its own */
    bool made;      /* the bridge was made for the uplink */
};

static struct uplink own_state;
/* Shared with the guard, who must know what to give back. */
static struct uplink *state = &own_state;
/* Our end of the line to the other process; -1 when there is none. */
static int line = -1;

static void say(char word) {
    if (line >= 0)
        (void)!write(line, &word, 1); /* the other one may be dead: its end of the line tells */
}

static int look_for_port(const struct nlmsghdr *header, void *context) {
    struct link link;
    if (link_read(header, &link) && link.master == state->bridge.ifindex)
        *(bool *)context = true;
    return 0;
}

/* A bridge that was made for the uplink goes with it, unless a machine was put on it meanwhile. The caller may make and delete it (find_port). */
static void delete_unused_bridge(void) {
    bool used = false;
    struct message m;
    (void)message_start(&m, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    message_put_u32(&m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    int error = netlink_dump(&m, RTM_NEWLINK, look_for_port, &used);
    if (!error && used)
        return;
    if (!error)
        error = link_delete(state->bridge.ifindex);
    log_act(!error, "bridge %s, made for an uplink that isn't kept, %s", state->bridge.name, error ? "could not be deleted" : "deleted");
}

static void give_back(void) {
    int mac = state->takes_mac ? link_set_mac(state->bridge.ifindex, state->bridge.mac) : 0;
    int error = host_net_transfer(&state->net, state->bridge.ifindex, state->port.ifindex), released = link_set_master(state->port.ifindex, 0);
    /* Again, now that the port is its own: as a port it could not always be given everything. */
    if (error)
        error = host_net_transfer(&state->net, state->bridge.ifindex, state->port.ifindex);
    if (!state->port.up)
        (void)link_set_up(state->port.ifindex, false);
    if (error || released || mac)
        log_act(false, "uplink %s could not be given back whole", state->port.name);
    else if (state->made)
        delete_unused_bridge();
    say(GIVEN_BACK);
}

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

static int look_for_mac(const struct nlmsghdr *header, void *context) {
    struct link link;
    if (link_read(header, &link) && link.master == state->bridge.ifindex && link.has_mac && !memcmp(link.mac, state->bridge.mac, 6))
        *(bool *)context = true;
    return 0;
}

/*
 * The card's MAC is what the host's DHCP server and its neighbours know: the bridge, which gets the addresses, takes it, as netcf and
 * NetworkManager let it. Not when somebody chose its MAC, nor when it has that of an uplink already.
 */
static bool wants_mac_of_port(void) {
    bool taken = false;
    struct message m;
    if (chosen_mac(&state->bridge) || !state->bridge.has_mac || !state->port.has_mac)
        return false;
    (void)message_start(&m, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    message_put_u32(&m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    int error = netlink_dump(&m, RTM_NEWLINK, look_for_mac, &taken);
    if (error)
        fail_system("ports", -error);
    return !taken;
}

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until one of the descriptors (-1: none) has something, or `end`. Returns its place, or -1 when the time is over. */
static int wait_for(int first, int second, int64_t end) {
    for (;;) {
        int64_t left = end - milliseconds();
        struct pollfd wait[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
        if (left <= 0)
            left = 0;
        int ready = poll(wait, 2, (int)left);
        if (ready > 0)
            return wait[0].revents ? 0 : 1;
        if (ready == 0 && left == 0)
            return -1;
        if (ready < 0 && errno != EINTR)
            return -1;
    }
}

/* The next word, or 0 at the end of the line. */
static char hear(int fd) {
    char word;
    for (;;) {
        ssize_t got = read(fd, &word, 1);
        if (got == 1)
            return word;
        if (got == 0 || (errno != EINTR && errno != EAGAIN))
            return 0;
    }
}

/* The second process: it has the same privilege and nothing else to do. */
static _Noreturn void guard(unsigned within) {
    if (hear(line) != BEGINS)
        _exit(DONE);
    if (wait_for(line, -1, milliseconds() + (within + GUARD_GRACE) * INT64_C(1000)) == 0) {
        char word = hear(line);
        if (word == KEPT)
            say(KEPT);
        if (word)
            _exit(DONE);
    }
    say(GIVING_BACK);
    log_act(false, "uplink %s: its keeper is gone, the guard gives it back", state->port.name);
    give_back();
    _exit(ROLLED_BACK);
}

void uplink_prepare(const struct request *request) {
    sigset_t polite;
    int ends[2];
    void *memory = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail_system("memory", errno);
    state = memory;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        fail_system("guard", errno);
    /* A terminal that closes, an interrupt and a polite kill must not leave the host without its network. */
    (void)setsid();
    sigemptyset(&polite);
    sigaddset(&polite, SIGHUP);
    sigaddset(&polite, SIGINT);
    sigaddset(&polite, SIGTERM);
    sigaddset(&polite, SIGQUIT);
    sigaddset(&polite, SIGTSTP);
    sigprocmask(SIG_BLOCK, &polite, NULL);
    pid_t child = fork();
    if (child < 0)
        fail_system("guard", errno);
    line = ends[child ? 0 : 1];
    close(ends[child ? 1 : 0]);
    if (child)
        return;
    /* Of its own: in the other one's socket an answer may wait that nobody fetched. */
    netlink_open();
    /* The caller waits for the end of these. */
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    if (request->confirm > STDERR_FILENO)
        close(request->confirm);
    confine_system_calls();
    guard(request->within);
}

/* Ends the helper, with everything given back by one of the two. */
static _Noreturn void rolled_back(const char *what, bool by_guard) {
    deadline(10);
    if (by_guard) {
        /* It tells its end by hanging up. */
        call_on_failure(NULL);
        while (hear(line))
            continue;
    }
    fail(ROLLED_BACK, "rolled-back", what, 0);
}

static void wait_for_yes(const struct request *request) {
    switch (wait_for(request->confirm, line, milliseconds() + request->within * INT64_C(1000))) {
    case 0:
        /* The end of the pipe: whoever could say yes is gone. */
        if (hear(request->confirm) != 'y')
            rolled_back("confirm", false);
        break;
    case 1: rolled_back("guard", hear(line) == GIVING_BACK);
    default: rolled_back("confirm", false);
    }
    /* The guard agrees, or is dead or stopped and can't take it back any more: what it hears next is that it stays. */
    say(KEPT);
    if (wait_for(line, -1, milliseconds() + 5000) == 0 && hear(line) == GIVING_BACK)
        rolled_back("guard", true);
}

void uplink_add(const struct request *request) {
    find_port(request);
    if (state->port.master)
        fail(NAME_IN_USE, "has-master", "lower", 0);
    host_net_save(&state->net, state->port.ifindex);
    state->takes_mac = wants_mac_of_port();
    state->made = request->made;
    say(BEGINS);
    call_on_failure(give_back);
    int error = state->takes_mac ? link_set_mac(state->bridge.ifindex, state->port.mac) : 0;
    if (!error)
        error = link_set_master(state->port.ifindex, state->bridge.ifindex);
    if (!error && !state->port.up)
        error = link_set_up(state->port.ifindex, true);
    if (error)
        fail_system("uplink", -error);
    if ((error = host_net_transfer(&state->net, state->port.ifindex, state->bridge.ifindex)))
        fail_system("addresses", -error);
    log_act(true, "uplink %s to %s, waiting %u s", request->lower, request->bridge, request->within);
    reply(",\"pending\":true,\"within\":%u,\"addresses\":%d,\"routes\":%d", request->within, state->net.address_count,
          state->net.route_count);
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
    host_net_save(&state->net, state->bridge.ifindex);
    int error = link_set_master(state->port.ifindex, 0);
    if (error)
        fail_system("release", -error);
    /* The bridge's addresses came with the uplink and go with it. */
    if ((error = host_net_transfer(&state->net, state->bridge.ifindex, state->port.ifindex)))
        fail_system("addresses", -error);
    /* The card's MAC goes with the card: two interfaces with one MAC would answer for each other. */
    if (!chosen_mac(&state->bridge) && state->bridge.has_mac && state->port.has_mac && !memcmp(state->bridge.mac, state->port.mac, 6)) {
        unsigned char mac[6];
        random_mac(mac);
        if ((error = link_set_mac(state->bridge.ifindex, mac)))
            log_act(false, "bridge %s could not get a MAC of its own", request->bridge);
    }
    log_act(true, "uplink %s off %s", request->lower, request->bridge);
    reply(",\"ifname\":\"%s\"", request->lower);
}
