/*
 * Which links are ours, and how they are made so: the proof is the group number and the alias, which only CAP_NET_ADMIN can write. What was killed
 * before it got them is taken away.
 */
#include "ours.h"
#include "acl.h"
#include "helper.h"
#include <errno.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

bool is_ours(const struct link *link) {
    int64_t uid = alias_uid(link->alias);
    return link->group == OUR_GROUP && uid >= 0 && (getuid() == 0 || uid == (int64_t)getuid());
}

void own_device_find(const char *name, struct link *link) {
    int error = link_find(name, 0, link);
    if (error == -ENODEV)
        fail(NO_LINK, "no-interface", "name", ENODEV);
    if (error)
        fail_system("lookup", -error);
    bool device = (!strcmp(link->kind, "tun") && link->tun_type == IFF_TAP) || !strcmp(link->kind, "macvtap");
    if (!device || strcmp(link->name, name) || !is_ours(link)) {
        log_act(false, "refused to touch %s: not ours", name);
        fail(DENIED, "not-ours", "name", 0);
    }
}

struct tally {
    bool bridges;
    unsigned count;
};

static void count_one(const struct link *link, void *context) {
    struct tally *tally = context;
    if (link->group == OUR_GROUP && alias_uid(link->alias) == (int64_t)getuid() && !strcmp(link->kind, "bridge") == tally->bridges)
        tally->count++;
}

unsigned count_own(bool bridges) {
    struct tally tally = {.bridges = bridges};
    int error = links_each(count_one, &tally);
    if (error)
        fail_system("count", -error);
    return tally.count;
}

void require_tap_quota(bool counted) {
    if (getuid() != 0 && count_own(false) + !counted > acl_maximum(LIMIT_TAPS, 64))
        fail(QUOTA, "quota", "taps", 0);
}

/* Indexes of our TAPs: this and 24 random bits. The kernel's own begin at 1. */
#define TAP_INDEXES 0x54000000
#define TAP_INDEX_BITS 0xffffff

int tap_index(void) {
    unsigned random;
    random_bytes(&random, sizeof random);
    return TAP_INDEXES | (int)(random & TAP_INDEX_BITS);
}

static bool is_unlabelled_tap(const struct link *link) {
    return (link->ifindex & ~TAP_INDEX_BITS) == TAP_INDEXES && !strcmp(link->kind, "tun") && link->group != OUR_GROUP && !link->alias[0];
}

static bool is_unlabelled_other(const struct link *link) {
    return link->group == OUR_GROUP && !link->alias[0] && (!strcmp(link->kind, "bridge") || !strcmp(link->kind, "macvtap"));
}

struct unlabelled {
    bool (*is)(const struct link *link);
    unsigned count;
    int ifindex[64];
};

static void note_unlabelled(const struct link *link, void *context) {
    struct unlabelled *found = context;
    if (found->is(link) && found->count < sizeof found->ifindex / sizeof *found->ifindex)
        found->ifindex[found->count++] = link->ifindex;
}

static struct unlabelled find_unlabelled(bool (*is)(const struct link *link)) {
    struct unlabelled found = {.is = is};
    int error = links_each(note_unlabelled, &found);
    if (error)
        fail_system("sweep", -error);
    return found;
}

/* How often a TAP that somebody holds open is looked at before it is taken for abandoned, every 10 ms: its maker may be held up on a busy host. */
#define LOOKS 200

/* @param looks how often one was looked at already, for all of them together */
static bool abandoned_tap(int ifindex, int *looks, struct link *tap) {
    for (; !link_find(NULL, ifindex, tap) && is_unlabelled_tap(tap); pause_ms(10))
        /* Nothing that is in the making is persistent. */
        if (tap->persistent || ++*looks > LOOKS)
            return true;
    return false;
}

unsigned sweep_unlabelled_taps(void) {
    struct unlabelled found = find_unlabelled(is_unlabelled_tap);
    struct link tap;
    unsigned removed = 0;
    int looks = 0;
    for (unsigned i = 0; i < found.count; i++)
        if (abandoned_tap(found.ifindex[i], &looks, &tap) && !link_delete(tap.ifindex)) {
            log_act(true, "removed the TAP %s, which was never labelled", tap.name);
            removed++;
        }
    return removed;
}

/* From so many on, bridges and macvtaps without a label are taken away. */
#define UNLABELLED 16

void sweep_unlabelled(void) {
    struct unlabelled found = find_unlabelled(is_unlabelled_other);
    if (found.count < UNLABELLED)
        return;
    for (unsigned i = 0; i < found.count; i++)
        if (!link_delete(found.ifindex[i]))
            log_act(true, "removed an unlabelled interface, index %d", found.ifindex[i]);
}

void make_alias(char *alias, size_t size, const struct request *request) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    bool chosen = request->verb == VERB_BRIDGE_ADD && request->has_mac;
    snprintf(alias, size, "tapestry uid=%u%s%s at=%lld%s", getuid(), request->vm[0] ? " vm=" : "", request->vm,
             (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000, chosen ? " mac=chosen" : "");
}

void random_mac(unsigned char *mac) {
    random_bytes(mac, 6);
    mac[0] = 0x52, mac[1] = 0x54, mac[2] = 0;
}

void random_bytes(void *bytes, size_t size) {
    /* The system call itself: glibc 2.41's getrandom maps memory first, which the filter of system calls forbids. */
    if (syscall(SYS_getrandom, bytes, size, 0) != (long)size)
        fail(SYSTEM, "system", "random", errno);
}

void final_name(const struct request *request, char *name) {
    if (request->name[0]) {
        strcpy(name, request->name);
        return;
    }
    for (int tries = 0; tries < 64; tries++) {
        unsigned char random[4];
        random_bytes(random, sizeof random);
        snprintf(name, NAME_BYTES, "%.7s%02x%02x%02x%02x", request->automatic, random[0], random[1], random[2], random[3]);
        if (acl_permits(ACL_NAME, name))
            return;
    }
    acl_require(ACL_NAME, name);
}
