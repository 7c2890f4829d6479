/* macvtap devices for type='direct'. The caller opens /dev/tapN itself: whether it may is udev's to decide. */
#include "acl.h"
#include "helper.h"
#include "ours.h"
#include "verbs.h"
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

void macvtap_create(const struct request *request) {
    struct link lower, link;
    char name[NAME_BYTES], alias[128];
    acl_require(ACL_DIRECT, request->lower);
    acl_require(ACL_NAME, request->name[0] ? request->name : request->automatic);
    sweep_unlabelled();
    require_tap_quota(false);
    int error = link_find(request->lower, 0, &lower);
    if (error == -ENODEV)
        fail(NO_LINK, "no-interface", "lower", ENODEV);
    if (error)
        fail_system("lookup", -error);
    if (strcmp(lower.name, request->lower))
        fail(NO_LINK, "no-interface", "lower", 0);
    for (int tries = 0;; tries++) {
        final_name(request, name);
        struct message m;
        struct ifinfomsg *info = message_start(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *info);
        message_put_text(&m, IFLA_IFNAME, name);
        message_put_u32(&m, IFLA_LINK, (uint32_t)lower.ifindex);
        message_put_u32(&m, IFLA_GROUP, OUR_GROUP);
        message_put(&m, IFLA_ADDRESS, request->mac, sizeof request->mac);
        if (request->mtu)
            message_put_u32(&m, IFLA_MTU, request->mtu);
        size_t kind = nest_start(&m, IFLA_LINKINFO);
        message_put_text(&m, IFLA_INFO_KIND, "macvtap");
        size_t data = nest_start(&m, IFLA_INFO_DATA);
        message_put_u32(&m, IFLA_MACVLAN_MODE, (uint32_t)request->macvtap_mode);
        nest_end(&m, data);
        nest_end(&m, kind);
        error = netlink_do(&m);
        if (error != -EEXIST || request->name[0] || tries == 16)
            break;
    }
    if (error == -EEXIST)
        fail(NAME_IN_USE, "name-in-use", "name", EEXIST);
    if (error == -EBUSY)
        fail(NAME_IN_USE, "lower-in-use", "lower", EBUSY);
    if (error)
        fail_system("macvtap", -error);
    if ((error = link_find(name, 0, &link)))
        fail_system("lookup", -error);
    undo_on_failure(link.ifindex);
    step("created");
    /* In passthrough mode a new macvtap has the lower device's MAC; setting it changes both, and the kernel gives the lower one its own back
       when the macvtap goes. */
    if (request->macvtap_mode == MACVLAN_MODE_PASSTHRU && (error = link_set_mac(link.ifindex, request->mac)))
        fail_system("mac", -error);
    make_alias(alias, sizeof alias, request);
    if ((error = link_set_alias(link.ifindex, alias)))
        fail_system("alias", -error);
    require_tap_quota(true);
    log_act(true, "macvtap %s on %s", name, request->lower);
    reply(",\"ifname\":\"%s\",\"ifindex\":%d,\"mtu\":%u", link.name, link.ifindex, link.mtu);
}
