/* The request: arguments as values. Parsing is pure, so that it can be fuzzed. */
#ifndef TAPESTRY_REQUEST_H
#define TAPESTRY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_ARGUMENTS 63
#define MAX_ARGUMENT_BYTES 256
/* The list of descriptors alone may be longer. */
#define MAX_LIST_BYTES 1280
/* The kernel's own limit (MAX_TAP_QUEUES in drivers/net/tap.c and tun.c). */
#define MAX_QUEUES 256
/* 15 bytes and the terminator (IFNAMSIZ). */
#define NAME_BYTES 16

enum verb {
    VERB_NONE,
    VERB_CHECK,
    VERB_TAP,
    VERB_OPEN_EXISTING,
    VERB_HAND,
    VERB_DELETE,
    VERB_MOVE,
    VERB_LINK,
    VERB_BANDWIDTH,
    VERB_ISOLATE,
    VERB_COALESCE,
    VERB_BRIDGE_ADD,
    VERB_BRIDGE_DEL,
    VERB_UPLINK_ADD,
    VERB_UPLINK_DEL,
    VERB_ADDRESS,
    VERB_ROUTE,
    VERB_MACVTAP,
    VERB_GC,
};

/* An IP address or network; family is AF_INET or AF_INET6, 0 when absent. */
struct ip {
    int family;
    unsigned prefix;
    unsigned char bytes[16];
};

/* kB/s and kB (1024 bytes), 0 when absent. */
struct limit {
    uint32_t average, peak, burst;
};

struct request {
    enum verb verb;
    const char *verb_name;
    /* Which keys were given: bits by place in the table of keys. */
    uint64_t given;
    int fds[MAX_QUEUES];
    int fd_count;
    char name[NAME_BYTES];      /* interface to make or to act on */
    char automatic[NAME_BYTES]; /* prefix of an automatic name, at most 7 bytes */
    char bridge[NAME_BYTES];    /* empty with `bridge=none` */
    bool has_bridge;
    char force[NAME_BYTES]; /* the bridge once more, to delete it although it is another's and has addresses */
    char lower[NAME_BYTES]; /* macvtap's lower device, uplink's port */
    bool has_mac;
    unsigned char mac[6];
    uint32_t mtu; /* 0: not given */
    bool vnet_header;
    bool isolated;
    bool has_isolated;
    bool up;
    bool has_state;
    bool stp;
    char vm[37];      /* UUID, lower case, empty when absent */
    int qmp;          /* descriptor of the QMP socket, -1 when absent */
    char id[65];      /* name that getfd gives the first descriptor */
    int macvtap_mode; /* MACVLAN_MODE_*, 0 when absent */
    struct limit in, out;
    uint32_t frames;
    int confirm;     /* descriptor that says yes, -1 when absent */
    uint32_t within; /* seconds */
    bool made;       /* the bridge was made for this uplink, and goes when that isn't kept */
    struct ip ip, peer, via;
    uint32_t metric;
};

/*
 * Reads the arguments (without the program's name) into `request`.
 * Returns NULL, or the word that names what is wrong. Every verb's needed and allowed keys are checked here.
 */
const char *request_parse(int count, char *const *arguments, struct request *request);

/* 1-15 bytes of [A-Za-z0-9][A-Za-z0-9_.-]*, and none of all, default, lo, none. */
bool valid_interface_name(const char *text);

#endif
