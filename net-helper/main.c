/*
 * tapestry-net-helper: one privileged act for an unprivileged caller, then exit. Arguments in, one line of JSON out.
 * The caller opens /dev/net/tun; this program configures what it inherits. It starts no program and keeps nothing.
 */
#include "acl.h"
#include "helper.h"
#include "link.h"
#include "netlink.h"
#include "request.h"
#include "verbs.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void check(bool privilege) {
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    reply(",\"proto\":%d,\"privilege\":%s,\"tun\":%s,\"taps\":%s", PROTOCOL, privilege ? "true" : "false", fd >= 0 ? "true" : "false",
          acl_allows_any(ACL_TAP) ? "true" : "false");
}

static void act(const struct request *request) {
    switch (request->verb) {
    case VERB_TAP:
        tap_create(request);
        break;
    case VERB_OPEN_EXISTING:
        tap_open_existing(request);
        break;
    case VERB_HAND:
        descriptors_hand(request);
        break;
    case VERB_DELETE:
        device_delete(request);
        break;
    case VERB_MOVE:
        tap_move(request);
        break;
    case VERB_LINK:
        device_link(request);
        break;
    case VERB_BANDWIDTH:
        traffic_set(request);
        break;
    case VERB_ISOLATE:
        device_isolate(request);
        break;
    case VERB_COALESCE:
        device_coalesce(request);
        break;
    case VERB_BRIDGE_ADD:
        bridge_add(request);
        break;
    case VERB_BRIDGE_DEL:
        bridge_delete(request);
        break;
    case VERB_UPLINK_ADD:
        uplink_add(request);
        break;
    case VERB_UPLINK_DEL:
        uplink_delete(request);
        break;
    case VERB_ADDRESS:
        host_address_add(request);
        break;
    case VERB_ROUTE:
        host_route_add(request);
        break;
    case VERB_MACVTAP:
        macvtap_create(request);
        break;
    case VERB_GC:
        collect_garbage();
        break;
    case VERB_NONE:
    case VERB_CHECK:
        fail(INTERNAL, "internal", "verb", 0);
    }
}

/* What the system call filter would forbid. */
static void prepare(const struct request *request) {
    switch (request->verb) {
    case VERB_TAP:
    case VERB_BRIDGE_ADD:
    case VERB_MACVTAP:
        lock_making();
        break;
    case VERB_UPLINK_ADD:
        uplink_prepare(request);
        break;
    case VERB_UPLINK_DEL:
        uplink_delete_prepare();
        break;
    case VERB_MOVE:
        tap_move_prepare();
        break;
    case VERB_BANDWIDTH:
        traffic_prepare();
        break;
    default:
        break;
    }
}

int main(int count, char **arguments) {
    static struct request request;
    confine_start();
    const char *wrong = count < 1 ? "arguments" : request_parse(count - 1, arguments + 1, &request);
    if (wrong)
        fail(BAD_REQUEST, "bad-request", wrong, 0);
    log_verb(request.verb_name);
    bool privilege = true;
    /* Opening a TAP that exists is the kernel's to allow: only root, whom the kernel would ask anyway, keeps the privilege. */
    bool plain = request.verb == VERB_HAND || (request.verb == VERB_OPEN_EXISTING && getuid() != 0);
    if (plain)
        confine_to_nothing();
    else
        privilege = confine_to_net_admin();
    log_open();
    netlink_open();
    if (request.verb != VERB_HAND)
        acl_load();
    if (request.verb == VERB_CHECK) {
        check(privilege);
        return DONE;
    }
    if (!privilege && !plain && request.verb != VERB_OPEN_EXISTING)
        fail(NO_PRIVILEGE, "no-privilege", "cap-net-admin", EPERM);
    prepare(&request);
    confine_system_calls();
    act(&request);
    return DONE;
}
