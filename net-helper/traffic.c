/* Bandwidth of a TAP, as libvirt sets it with tc, but by netlink: this program starts no other. Guest's inbound is the host's egress. */
#include "guard.h"
#include "helper.h"
#include "ours.h"
#include "verbs.h"
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <string.h>

/* The kernel counts scheduler time in ticks of 64 ns (PSCHED_SHIFT 6). */
static uint32_t ticks(uint64_t bytes, uint64_t rate) {
    uint64_t value = bytes * UINT64_C(1000000000) / rate / 64;
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static struct tcmsg *start(struct message *m, int type, int flags, int ifindex, uint32_t parent, uint32_t handle) {
    struct tcmsg *tc = message_start(m, type, flags, sizeof *tc);
    tc->tcm_ifindex = ifindex;
    tc->tcm_parent = parent;
    tc->tcm_handle = handle;
    return tc;
}

static int add_qdisc(int ifindex, uint32_t parent, uint32_t handle, const char *kind, const void *options, size_t size) {
    struct message m;
    start(&m, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex, parent, handle);
    message_put_text(&m, TCA_KIND, kind);
    if (options)
        message_put(&m, TCA_OPTIONS, options, size);
    return netlink_do(&m);
}

static void delete_qdisc(int ifindex, uint32_t parent) {
    struct message m;
    start(&m, RTM_DELQDISC, 0, ifindex, parent, 0);
    /* There may be none: nothing depends on the answer. */
    (void)netlink_do(&m);
}

void traffic_no_queue(int ifindex) { (void)add_qdisc(ifindex, TC_H_ROOT, 0, "noqueue", NULL, 0); }

static void clear(int ifindex) {
    delete_qdisc(ifindex, TC_H_ROOT);
    delete_qdisc(ifindex, TC_H_INGRESS);
}

static int inbound(int ifindex, const struct limit *limit) {
    struct message m;
    int error;
    uint64_t rate = (uint64_t)limit->average * 1024, ceil = (uint64_t)(limit->peak ? limit->peak : limit->average) * 1024;
    /* tc's own default: what one timer tick sends, and one frame. */
    uint64_t burst = limit->burst ? (uint64_t)limit->burst * 1024 : 1600 + rate / 1000;
    start(&m, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex, TC_H_ROOT, 0x10000);
    message_put_text(&m, TCA_KIND, "htb");
    size_t options = nest_start(&m, TCA_OPTIONS);
    struct tc_htb_glob global = {.version = 3, .rate2quantum = 10, .defcls = 1};
    message_put(&m, TCA_HTB_INIT, &global, sizeof global);
    nest_end(&m, options);
    if ((error = netlink_do(&m)))
        return error;

    start(&m, RTM_NEWTCLASS, NLM_F_CREATE | NLM_F_EXCL, ifindex, 0x10000, 0x10001);
    message_put_text(&m, TCA_KIND, "htb");
    options = nest_start(&m, TCA_OPTIONS);
    /* A link layer that is told spares the tables of rates that old kernels' tools send along. */
    struct tc_htb_opt class = {
        .rate = {.rate = (uint32_t)rate, .linklayer = TC_LINKLAYER_ETHERNET, .cell_log = 3, .mpu = 0},
        .ceil = {.rate = (uint32_t)ceil, .linklayer = TC_LINKLAYER_ETHERNET, .cell_log = 3, .mpu = 0},
        .buffer = ticks(burst, rate),
        .cbuffer = ticks(1600 + ceil / 1000, ceil),
        .quantum = (uint32_t)(rate / 8 / 1500 ? rate / 8 / 1500 : 1),
    };
    message_put(&m, TCA_HTB_PARMS, &class, sizeof class);
    nest_end(&m, options);
    if ((error = netlink_do(&m)))
        return error;

    /* Fairness between flows; a kernel without sfq limits all the same. */
    struct tc_sfq_qopt sfq = {.perturb_period = 10};
    error = add_qdisc(ifindex, 0x10001, 0x20000, "sfq", &sfq, sizeof sfq);
    return error == -ENOENT || error == -EOPNOTSUPP ? 0 : error;
}

static int outbound(int ifindex, const struct limit *limit) {
    struct message m;
    int error;
    uint64_t rate = (uint64_t)limit->average * 1024;
    uint32_t kilobytes = limit->burst ? limit->burst : limit->average;
    if ((error = add_qdisc(ifindex, TC_H_INGRESS, 0xffff0000u, "ingress", NULL, 0)))
        return error;
    struct tcmsg *tc = start(&m, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, ifindex, 0xffff0000u, 0);
    tc->tcm_info = TC_H_MAKE(1u << 16, (uint32_t)__builtin_bswap16(ETH_P_ALL));
    message_put_text(&m, TCA_KIND, "u32");
    size_t options = nest_start(&m, TCA_OPTIONS);
    message_put_u32(&m, TCA_U32_CLASSID, 1);
    struct {
        struct tc_u32_sel selector;
        struct tc_u32_key key;
    } everything;
    memset(&everything, 0, sizeof everything);
    everything.selector.flags = TC_U32_TERMINAL;
    everything.selector.nkeys = 1;
    message_put(&m, TCA_U32_SEL, &everything, sizeof everything);
    size_t police = nest_start(&m, TCA_U32_POLICE);
    struct tc_police parameters = {
        .action = TC_POLICE_SHOT,
        .burst = ticks((uint64_t)kilobytes * 1024, rate),
        .mtu = 64 * 1024,
        .rate = {.rate = (uint32_t)rate, .linklayer = TC_LINKLAYER_ETHERNET, .cell_log = 8, .mpu = 0},
    };
    message_put(&m, TCA_POLICE_TBF, &parameters, sizeof parameters);
    uint32_t times[256];
    for (uint32_t i = 0; i < 256; i++)
        times[i] = ticks((i + 1) << 8, rate);
    message_put(&m, TCA_POLICE_RATE, times, sizeof times);
    nest_end(&m, police);
    nest_end(&m, options);
    return netlink_do(&m);
}

/* What is set, in memory that the guard sees: it takes up to six messages. */
struct shaping {
    int ifindex;
    bool reversed; /* a macvtap's directions are the other way round: its ingress is the guest's inbound */
    struct limit egress, ingress;
};

static struct shaping *shaping;

static void unlimited(void) {
    clear(shaping->ifindex);
    traffic_no_queue(shaping->ifindex);
}

static void unlimited_and_end(void) {
    unlimited();
    guard_done();
}

/* Returns 0, or -errno and the direction, as the guest sees it, that can't be limited. */
static int shape(const char **what) {
    int error;
    clear(shaping->ifindex);
    *what = shaping->reversed ? "outbound" : "inbound";
    if (shaping->egress.average && (error = inbound(shaping->ifindex, &shaping->egress)))
        return error;
    *what = shaping->reversed ? "inbound" : "outbound";
    if (shaping->ingress.average && (error = outbound(shaping->ifindex, &shaping->ingress)))
        return error;
    if (!shaping->egress.average)
        traffic_no_queue(shaping->ifindex);
    return 0;
}

/* The first process was killed: a guest must not stay without the limits that it had and shall have. */
static void shape_in_its_place(void) {
    const char *what;
    if (shape(&what))
        unlimited();
}

void traffic_prepare(void) {
    shaping = guard_memory(sizeof *shaping);
    guard_start(10, shape_in_its_place, -1, false);
}

void traffic_set(const struct request *request) {
    struct link link;
    const char *what;
    own_device_find(request->name, &link);
    shaping->ifindex = link.ifindex;
    shaping->reversed = !strcmp(link.kind, "macvtap");
    shaping->egress = shaping->reversed ? request->out : request->in;
    shaping->ingress = shaping->reversed ? request->in : request->out;
    /* All or nothing: a limit that can't be set leaves no half of itself. */
    call_on_failure(unlimited_and_end);
    guard_begin();
    int error = shape(&what);
    if (error)
        fail(SYSTEM, error == -ENOENT ? "no-kernel-support" : "system", what, -error);
    call_on_failure(NULL);
    guard_done();
    log_act(true, "%s in=%u out=%u", request->name, request->in.average, request->out.average);
    reply(",\"ifname\":\"%s\"", request->name);
}
