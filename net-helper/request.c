/* The parser of the command line: every value is checked before anything privileged happens. */
#include "request.h"
#include <arpa/inet.h>
#include <linux/if_link.h>
#include <string.h>

static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int hex(char c) {
    if (is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decimal without sign, blanks or leading zeros; at most 10 digits. */
static bool parse_number(const char *text, uint32_t minimum, uint32_t maximum, uint32_t *number) {
    uint64_t value = 0;
    if (!*text || (text[0] == '0' && text[1]))
        return false;
    for (; *text; text++) {
        if (!is_digit(*text))
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > maximum)
            return false;
    }
    if (value < minimum)
        return false;
    *number = (uint32_t)value;
    return true;
}

bool valid_interface_name(const char *text) {
    size_t length = strnlen(text, NAME_BYTES);
    if (length < 1 || length >= NAME_BYTES)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!(is_letter(text[i]) || is_digit(text[i]) || (i && strchr("_.-", text[i]))))
            return false;
    return strcmp(text, "all") && strcmp(text, "default") && strcmp(text, "lo") && strcmp(text, "none");
}

static bool parse_name(const char *text, char *name) {
    if (!valid_interface_name(text))
        return false;
    strcpy(name, text);
    return true;
}

static bool parse_flag(const char *text, bool *flag) {
    if (strcmp(text, "0") && strcmp(text, "1"))
        return false;
    *flag = text[0] == '1';
    return true;
}

static bool parse_descriptor(const char *text, int *fd) {
    uint32_t number;
    /* 1 and 2 carry the reply and the complaint; 0 is allowed because sudo and pkexec close the rest. */
    if (!parse_number(text, 0, 1023, &number) || number == 1 || number == 2)
        return false;
    *fd = (int)number;
    return true;
}

static bool parse_descriptors(const char *text, struct request *request) {
    char part[8];
    for (;;) {
        size_t length = strcspn(text, ",");
        if (length >= sizeof part || request->fd_count >= MAX_QUEUES)
            return false;
        memcpy(part, text, length);
        part[length] = 0;
        int fd;
        if (!parse_descriptor(part, &fd))
            return false;
        for (int i = 0; i < request->fd_count; i++)
            if (request->fds[i] == fd)
                return false;
        request->fds[request->fd_count++] = fd;
        if (!text[length])
            return true;
        text += length + 1;
    }
}

static bool parse_mac(const char *text, unsigned char *mac) {
    if (strlen(text) != 17)
        return false;
    for (int i = 0; i < 6; i++) {
        int high = hex(text[i * 3]), low = hex(text[i * 3 + 1]);
        if (high < 0 || low < 0 || (i < 5 && text[i * 3 + 2] != ':'))
            return false;
        mac[i] = (unsigned char)(high << 4 | low);
    }
    return !(mac[0] & 1);
}

static bool parse_uuid(const char *text, char *uuid) {
    if (strlen(text) != 36)
        return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : hex(text[i]) < 0)
            return false;
    }
    strcpy(uuid, text);
    return true;
}

/* QEMU's rule for ids, so that the name needs no quoting inside JSON. */
static bool parse_id(const char *text, char *id) {
    size_t length = strnlen(text, 65);
    if (length < 1 || length > 64 || !is_letter(text[0]))
        return false;
    for (size_t i = 1; i < length; i++)
        if (!(is_letter(text[i]) || is_digit(text[i]) || strchr("_.-", text[i])))
            return false;
    strcpy(id, text);
    return true;
}

/* ADDRESS or, with a prefix wanted, ADDRESS/PREFIX. */
static bool parse_ip(const char *text, bool with_prefix, struct ip *ip) {
    char address[INET6_ADDRSTRLEN];
    size_t length = strcspn(text, "/");
    if (length >= sizeof address || (text[length] == '/') != with_prefix)
        return false;
    memcpy(address, text, length);
    address[length] = 0;
    ip->family = strchr(address, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(ip->family, address, ip->bytes) != 1)
        return false;
    uint32_t full = ip->family == AF_INET ? 32 : 128, prefix = full;
    if (with_prefix && !parse_number(text + length + 1, 0, full, &prefix))
        return false;
    ip->prefix = prefix;
    return true;
}

static bool parse_mode(const char *text, int *mode) {
    static const struct {
        const char *name;
        int mode;
    } modes[] = {
        {"private", MACVLAN_MODE_PRIVATE}, {"vepa", MACVLAN_MODE_VEPA}, {"bridge", MACVLAN_MODE_BRIDGE}, {"passthrough", MACVLAN_MODE_PASSTHRU}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(text, modes[i].name)) {
            *mode = modes[i].mode;
            return true;
        }
    return false;
}

enum key {
    KEY_FD, KEY_NAME, KEY_AUTO, KEY_BRIDGE, KEY_LOWER, KEY_MAC, KEY_MTU, KEY_VNET_HDR, KEY_ISOLATED, KEY_STATE, KEY_STP, KEY_VM, KEY_QMP,
    KEY_ID, KEY_MODE, KEY_IN_AVERAGE, KEY_IN_PEAK, KEY_IN_BURST, KEY_OUT_AVERAGE, KEY_OUT_BURST, KEY_FRAMES, KEY_CONFIRM, KEY_WITHIN, KEY_IP,
    KEY_PEER, KEY_VIA, KEY_METRIC, KEYS
};

#define BIT(key) (UINT64_C(1) << (key))

static const char *const key_names[KEYS] = {
    "fd", "name", "auto", "bridge", "lower", "mac", "mtu", "vnet-hdr", "isolated", "state", "stp", "vm", "qmp", "id", "mode", "in-average",
    "in-peak", "in-burst", "out-average", "out-burst", "frames", "confirm", "within", "ip", "peer", "via", "metric"};

/* Largest rate and burst in kB/s and kB: rates of tc are 32 bits of bytes per second. */
#define MAX_RATE 4194303u
#define MAX_BURST 4194303u

static bool parse_value(enum key key, const char *value, struct request *r) {
    switch (key) {
    case KEY_FD: return parse_descriptors(value, r);
    case KEY_NAME: return parse_name(value, r->name);
    case KEY_AUTO: return strlen(value) <= 7 && parse_name(value, r->automatic);
    case KEY_BRIDGE:
        r->has_bridge = true;
        return !strcmp(value, "none") || parse_name(value, r->bridge);
    case KEY_LOWER: return parse_name(value, r->lower);
    case KEY_MAC: return r->has_mac = parse_mac(value, r->mac);
    case KEY_MTU: return parse_number(value, 68, 65521, &r->mtu);
    case KEY_VNET_HDR: return parse_flag(value, &r->vnet_header);
    case KEY_ISOLATED: return r->has_isolated = parse_flag(value, &r->isolated);
    case KEY_STATE:
        r->has_state = true;
        r->up = !strcmp(value, "up");
        return r->up || !strcmp(value, "down");
    case KEY_STP: return parse_flag(value, &r->stp);
    case KEY_VM: return parse_uuid(value, r->vm);
    case KEY_QMP: return parse_descriptor(value, &r->qmp) && r->qmp >= 3;
    case KEY_ID: return parse_id(value, r->id);
    case KEY_MODE: return parse_mode(value, &r->macvtap_mode);
    case KEY_IN_AVERAGE: return parse_number(value, 1, MAX_RATE, &r->in.average);
    case KEY_IN_PEAK: return parse_number(value, 1, MAX_RATE, &r->in.peak);
    case KEY_IN_BURST: return parse_number(value, 1, MAX_BURST, &r->in.burst);
    case KEY_OUT_AVERAGE: return parse_number(value, 1, MAX_RATE, &r->out.average);
    case KEY_OUT_BURST: return parse_number(value, 1, MAX_BURST, &r->out.burst);
    case KEY_FRAMES: return parse_number(value, 0, UINT32_MAX, &r->frames);
    case KEY_CONFIRM: return parse_descriptor(value, &r->confirm);
    case KEY_WITHIN: return parse_number(value, 1, 300, &r->within);
    case KEY_IP: return parse_ip(value, true, &r->ip);
    case KEY_PEER: return parse_ip(value, false, &r->peer);
    case KEY_VIA: return parse_ip(value, false, &r->via);
    case KEY_METRIC: return parse_number(value, 0, UINT32_MAX, &r->metric);
    case KEYS: break;
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
     BIT(KEY_NAME) | BIT(KEY_AUTO) | BIT(KEY_MAC) | BIT(KEY_MTU) | BIT(KEY_VNET_HDR) | BIT(KEY_ISOLATED) | BIT(KEY_VM) | BIT(KEY_QMP) | BIT(KEY_ID) |
         BIT(KEY_FRAMES)},
    {"open-existing", VERB_OPEN_EXISTING, BIT(KEY_FD) | BIT(KEY_NAME), BIT(KEY_QMP) | BIT(KEY_ID)},
    {"delete", VERB_DELETE, BIT(KEY_NAME), 0},
    {"move", VERB_MOVE, BIT(KEY_NAME) | BIT(KEY_BRIDGE), BIT(KEY_MTU) | BIT(KEY_ISOLATED)},
    {"link", VERB_LINK, BIT(KEY_NAME) | BIT(KEY_STATE), 0},
    {"bandwidth", VERB_BANDWIDTH, BIT(KEY_NAME),
     BIT(KEY_IN_AVERAGE) | BIT(KEY_IN_PEAK) | BIT(KEY_IN_BURST) | BIT(KEY_OUT_AVERAGE) | BIT(KEY_OUT_BURST)},
    {"isolate", VERB_ISOLATE, BIT(KEY_NAME) | BIT(KEY_ISOLATED), 0},
    {"coalesce", VERB_COALESCE, BIT(KEY_NAME) | BIT(KEY_FRAMES), 0},
    {"bridge-add", VERB_BRIDGE_ADD, BIT(KEY_NAME), BIT(KEY_MTU) | BIT(KEY_MAC) | BIT(KEY_STP)},
    {"bridge-del", VERB_BRIDGE_DEL, BIT(KEY_NAME), 0},
    {"uplink-add", VERB_UPLINK_ADD, BIT(KEY_BRIDGE) | BIT(KEY_LOWER) | BIT(KEY_CONFIRM) | BIT(KEY_WITHIN), 0},
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
    for (int i = 0; i < count; i++)
        if (strnlen(arguments[i], MAX_ARGUMENT_BYTES + 1) > MAX_ARGUMENT_BYTES)
            return "arguments";
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
