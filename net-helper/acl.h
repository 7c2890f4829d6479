/* The access list: who may use which bridges and names. Parsing and deciding are pure. */
#ifndef TAPESTRY_ACL_H
#define TAPESTRY_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ACL_MAX_BYTES 65536
#define ACL_MAX_LINE 255
#define ACL_MAX_RULES 512

/* What a rule is about: putting TAPs on a bridge, making and deleting bridges, naming TAPs, lending a host interface to a
   bridge as uplink, host addresses and routes on own TAPs, macvtaps on a lower device. */
enum acl_verb { ACL_TAP, ACL_MANAGE, ACL_NAME, ACL_UPLINK, ACL_HOST, ACL_DIRECT, ACL_VERBS };

enum acl_limit { LIMIT_TAPS, LIMIT_BRIDGES, ACL_LIMITS };

struct acl_caller {
    uid_t uid;
    size_t group_count;
    const gid_t *groups;
    /* Find a user's or a group's number by name; false: no such name. Replaced by the fuzzer. */
    bool (*user)(const char *name, uid_t *uid);
    bool (*group)(const char *name, gid_t *gid);
};

struct acl_rule {
    bool allow, limit, applies;
    int verb;
    unsigned value;
    char what[17]; /* a name, or a prefix that ends in '*', or "*" */
};

struct acl {
    size_t count;
    struct acl_rule rules[ACL_MAX_RULES];
};

/* Reads the text for this caller. Returns 0, or the number of the first wrong line (the whole list is void then). */
unsigned acl_parse(const char *text, size_t length, const struct acl_caller *caller, struct acl *acl);
/* Any matching deny wins, then any allow; otherwise no. */
bool acl_allows(const struct acl *acl, enum acl_verb verb, const char *what);
/* The smallest limit that applies, or `fallback`. */
unsigned acl_limit_of(const struct acl *acl, enum acl_limit limit, unsigned fallback);

/* Reads /etc/tapestry/net-helper.conf for the real uid. Fails the helper if the file is there and not to be trusted. */
void acl_load(void);
/* Fails the helper with `denied` unless the caller may. Root (real uid 0) always may. */
void acl_require(enum acl_verb verb, const char *what);
/* May the caller? As acl_require(), and the helper goes on. */
bool acl_permits(enum acl_verb verb, const char *what);
/* Is there anything that the caller may? What a deny takes away again isn't looked at. */
bool acl_allows_any(enum acl_verb verb);
unsigned acl_maximum(enum acl_limit limit, unsigned fallback);

#endif
