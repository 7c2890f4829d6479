/* The parser of the command line: every value is checked before anything privileged happens. */
#include "values.h"
#include <string.h>

enum key {
    KEY_FD,
    KEY_NAME,
    KEY_AUTO,
    KEY_BRIDGE,
    KEY_LOWER,
    KEY_MAC,
    KEY_MTU,
    KEY_VNET_HDR,
    KEY_ISOLATED,
    KEY_STATE,
    KEY_STP,
    KEY_VM,
    KEY_QMP,
    KEY_ID,
    KEY_MODE,
    KEY_IN_AVERAGE,
    KEY_IN_PEAK,
    KEY_IN_BURST,
    KEY_OUT_AVERAGE,
    KEY_OUT_BURST,
    KEY_FRAMES,
    KEY_CONFIRM,
    KEY_WITHIN,
    KEY_IP,
    KEY_PEER,
    KEY_VIA,
    KEY_METRIC,
    KEY_MADE,
    KEY_FORCE,
    KEYS
};

#define BIT(key) (UINT64_C(1) << (key))

static const char *const key_names[KEYS] = {"fd",       "name",     "auto",        "bridge",    "lower",  "mac",     "mtu",    "vnet-hdr",
                                            "isolated", "state",    "stp",         "vm",        "qmp",    "id",      "mode",   "in-average",
                                            "in-peak",  "in-burst", "out-average", "out-burst", "frames", "confirm", "within", "ip",
                                            "peer",     "via",      "metric",      "made",      "force"};

/* Largest rate and burst in kB/s and kB: rates of tc are 32 bits of bytes per second. */
#define MAX_RATE 4194303u
#define MAX_BURST 4194303u

static bool parse_value(enum key key, const char *value, struct request *r) {
    switch (key) {
    case KEY_FD:
        return parse_descriptors(value, r);
    case KEY_NAME:
        return parse_name(value, r->name);
    case KEY_AUTO:
        return strlen(value) <= 7 && parse_name(value, r->automatic);
    case KEY_BRIDGE:
        r->has_bridge = true;
        return !strcmp(value, "none") || parse_name(value, r->bridge);
    case KEY_LOWER:
        return parse_name(value, r->lower);
    case KEY_MAC:
        return r->has_mac = parse_mac(value, r->mac);
    case KEY_MTU:
        return parse_number(value, 68, 65521, &r->mtu);
    case KEY_VNET_HDR:
        return parse_flag(value, &r->vnet_header);
    case KEY_ISOLATED:
        return r->has_isolated = parse_flag(value, &r->isolated);
    case KEY_STATE:
        r->has_state = true;
        r->up = !strcmp(value, "up");
        return r->up || !strcmp(value, "down");
    case KEY_STP:
        return parse_flag(value, &r->stp);
    case KEY_VM:
        return parse_uuid(value, r->vm);
    case KEY_QMP:
        return parse_descriptor(value, &r->qmp) && r->qmp >= 3;
    case KEY_ID:
        return parse_id(value, r->id);
    case KEY_MODE:
        return parse_mode(value, &r->macvtap_mode);
    case KEY_IN_AVERAGE:
        return parse_number(value, 1, MAX_RATE, &r->in.average);
    case KEY_IN_PEAK:
        return parse_number(value, 1, MAX_RATE, &r->in.peak);
    case KEY_IN_BURST:
        return parse_number(value, 1, MAX_BURST, &r->in.burst);
    case KEY_OUT_AVERAGE:
        return parse_number(value, 1, MAX_RATE, &r->out.average);
    case KEY_OUT_BURST:
        return parse_number(value, 1, MAX_BURST, &r->out.burst);
    case KEY_FRAMES:
        return parse_number(value, 0, UINT32_MAX, &r->frames);
    case KEY_CONFIRM:
        return parse_descriptor(value, &r->confirm);
    case KEY_WITHIN:
        return parse_number(value, 1, 300, &r->within);
    case KEY_IP:
        return parse_ip(value, true, &r->ip);
    case KEY_PEER:
        return parse_ip(value, false, &r->peer);
    case KEY_VIA:
        return parse_ip(value, false, &r->via);
    case KEY_METRIC:
        return parse_number(value, 0, UINT32_MAX, &r->metric);
    case KEY_MADE:
        return parse_flag(value, &r->made);
    case KEY_FORCE:
        return parse_name(value, r->force);
    case KEYS:
        break;
    }
    return false;
}

/* Each verb with the keys that it must have and those that it may have. */
static const struct {
    const char *name;
    enum verb verb;
    uint64_t needs, may;
} verbs[] = {
    {"check", VERB_CHECK, 0, 0},
    {"tap", VERB_TAP, BIT(KEY_FD) | BIT(KEY_BRIDGE),
     BIT(KEY_NAME) | BIT(KEY_AUTO) | BIT(KEY_MAC) | BIT(KEY_MTU) | BIT(KEY_VNET_HDR) | BIT(KEY_ISOLATED) | BIT(KEY_VM) | BIT(KEY_QMP) |
         BIT(KEY_ID) | BIT(KEY_FRAMES)},
    {"open-existing", VERB_OPEN_EXISTING, BIT(KEY_FD) | BIT(KEY_NAME), BIT(KEY_QMP) | BIT(KEY_ID)},
    {"hand", VERB_HAND, BIT(KEY_FD) | BIT(KEY_QMP) | BIT(KEY_ID), 0},
    {"delete", VERB_DELETE, BIT(KEY_NAME), 0},
    {"move", VERB_MOVE, BIT(KEY_NAME) | BIT(KEY_BRIDGE), BIT(KEY_MTU) | BIT(KEY_ISOLATED)},
    {"link", VERB_LINK, BIT(KEY_NAME) | BIT(KEY_STATE), 0},
    {"bandwidth", VERB_BANDWIDTH, BIT(KEY_NAME),
     BIT(KEY_IN_AVERAGE) | BIT(KEY_IN_PEAK) | BIT(KEY_IN_BURST) | BIT(KEY_OUT_AVERAGE) | BIT(KEY_OUT_BURST)},
    {"isolate", VERB_ISOLATE, BIT(KEY_NAME) | BIT(KEY_ISOLATED), 0},
    {"coalesce", VERB_COALESCE, BIT(KEY_NAME) | BIT(KEY_FRAMES), 0},
    {"bridge-add", VERB_BRIDGE_ADD, BIT(KEY_NAME), BIT(KEY_MTU) | BIT(KEY_MAC) | BIT(KEY_STP)},
    {"bridge-del", VERB_BRIDGE_DEL, BIT(KEY_NAME), BIT(KEY_FORCE)},
    {"uplink-add", VERB_UPLINK_ADD, BIT(KEY_BRIDGE) | BIT(KEY_LOWER) | BIT(KEY_CONFIRM) | BIT(KEY_WITHIN), BIT(KEY_MADE)},
    {"uplink-del", VERB_UPLINK_DEL, BIT(KEY_BRIDGE) | BIT(KEY_LOWER), 0},
    {"address", VERB_ADDRESS, BIT(KEY_NAME) | BIT(KEY_IP), BIT(KEY_PEER)},
    {"route", VERB_ROUTE, BIT(KEY_NAME) | BIT(KEY_IP), BIT(KEY_VIA) | BIT(KEY_METRIC)},
    {"macvtap", VERB_MACVTAP, BIT(KEY_LOWER) | BIT(KEY_MODE) | BIT(KEY_MAC), BIT(KEY_NAME) | BIT(KEY_AUTO) | BIT(KEY_MTU) | BIT(KEY_VM)},
    {"gc", VERB_GC, 0, 0},
};

/* Rules between keys that the table can't say. */
static const char *check_together(const struct request *r) {
    uint64_t given = r->given;
    if ((given & BIT(KEY_NAME)) && (given & BIT(KEY_AUTO)))
        return "auto";
    if ((r->verb == VERB_TAP || r->verb == VERB_MACVTAP) && !(given & (BIT(KEY_NAME) | BIT(KEY_AUTO))))
        return "name";
    if (!(given & BIT(KEY_QMP)) != !(given & BIT(KEY_ID)))
        return "id";
    for (int i = 0; i < r->fd_count; i++)
        if (r->qmp == r->fds[i])
            return "qmp";
    if (r->isolated && r->has_bridge && !r->bridge[0])
        return "isolated";
    if ((r->in.peak || r->in.burst) && !r->in.average)
        return "in-average";
    if (r->out.burst && !r->out.average)
        return "out-average";
    if (r->in.peak && r->in.peak < r->in.average)
        return "in-peak";
    if (r->peer.family && r->peer.family != r->ip.family)
        return "peer";
    if (r->via.family && r->via.family != r->ip.family)
        return "via";
    if (r->force[0] && strcmp(r->force, r->name))
        return "force";
    if ((r->verb == VERB_UPLINK_ADD || r->verb == VERB_UPLINK_DEL) && !r->bridge[0])
        return "bridge";
    return NULL;
}

const char *request_parse(int count, char *const *arguments, struct request *request) {
    memset(request, 0, sizeof *request);
    request->qmp = request->confirm = -1;
    request->metric = 1;
    if (count < 1 || count > MAX_ARGUMENTS)
        return "arguments";
    for (int i = 0; i < count; i++) {
        size_t most = i > 0 && !strncmp(arguments[i], "fd=", 3) ? MAX_LIST_BYTES : MAX_ARGUMENT_BYTES;
        if (strnlen(arguments[i], most + 1) > most)
            return "arguments";
    }
    uint64_t needs = 0, may = 0;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(arguments[0], verbs[i].name)) {
            request->verb = verbs[i].verb;
            request->verb_name = verbs[i].name;
            needs = verbs[i].needs;
            may = verbs[i].may;
        }
    if (request->verb == VERB_NONE)
        return "verb";
    for (int i = 1; i < count; i++) {
        const char *equals = strchr(arguments[i], '=');
        size_t length = equals ? (size_t)(equals - arguments[i]) : 0;
        int key = 0;
        while (key < KEYS && !(strlen(key_names[key]) == length && !memcmp(key_names[key], arguments[i], length)))
            key++;
        if (key == KEYS || !((needs | may) & BIT(key)))
            return "key";
        if (request->given & BIT(key))
            return "twice";
        request->given |= BIT(key);
        if (!parse_value((enum key)key, equals + 1, request))
            return key_names[key];
    }
    for (int key = 0; key < KEYS; key++)
        if ((needs & BIT(key)) && !(request->given & BIT(key)))
            return key_names[key];
    return check_together(request);
}
