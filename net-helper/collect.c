/* A caller that holds a TAP's descriptor can make it persistent without us: this takes away what such a caller left behind. */
#include "helper.h"
#include "ours.h"
#include "verbs.h"
#include <string.h>
#include <unistd.h>

#define BATCH 256

struct garbage {
    int count;
    int ifindex[BATCH];
};

static void collect_one(const struct link *link, void *context) {
    struct garbage *garbage = context;
    if (!strcmp(link->kind, "tun") && link->group == OUR_GROUP && alias_uid(link->alias) == (int64_t)getuid() && link->persistent &&
        !link->carrier && link->queues <= 0 && garbage->count < BATCH)
        garbage->ifindex[garbage->count++] = link->ifindex;
}

void collect_garbage(void) {
    static struct garbage garbage;
    int removed = (int)sweep_unlabelled_taps();
    int error = links_each(collect_one, &garbage);
    if (error)
        fail_system("collect", -error);
    for (int i = 0; i < garbage.count; i++)
        if (!link_delete(garbage.ifindex[i]))
            removed++;
    if (removed)
        log_act(true, "removed %d abandoned TAPs", removed);
    reply(",\"removed\":%d", removed);
}
