/* A caller that holds a TAP's descriptor can make it persistent without us: this takes away what such a caller left behind. */
#include "helper.h"
#include "link.h"
#include "verbs.h"
#include <string.h>
#include <unistd.h>

#define BATCH 256

struct garbage {
    int count;
    int ifindex[BATCH];
};

static int collect_one(const struct nlmsghdr *header, void *context) {
    struct garbage *garbage = context;
    struct link link;
    if (link_read(header, &link) && !strcmp(link.kind, "tun") && link.group == OUR_GROUP && alias_uid(link.alias) == (int64_t)getuid() &&
        link.persistent && !link.carrier && link.queues <= 0 && garbage->count < BATCH)
        garbage->ifindex[garbage->count++] = link.ifindex;
    return 0;
}

void collect_garbage(void) {
    static struct garbage garbage;
    int removed = (int)sweep_unlabelled_taps();
    struct message m;
    (void)message_start(&m, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    message_put_u32(&m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    int error = netlink_dump(&m, RTM_NEWLINK, collect_one, &garbage);
    if (error)
        fail_system("collect", -error);
    for (int i = 0; i < garbage.count; i++)
        if (!link_delete(garbage.ifindex[i]))
            removed++;
    if (removed)
        log_act(true, "removed %d abandoned TAPs", removed);
    reply(",\"removed\":%d", removed);
}
