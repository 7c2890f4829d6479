/* The access list: a wrong one must be void as a whole, and deny must win. */
#include "acl.h"
#include "request.h"
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* acl.c needs only the rule for names of request.c. */
static bool user(const char *name, uid_t *uid) {
    *uid = 1000;
    return !strcmp(name, "weaver");
}

static bool group(const char *name, gid_t *gid) {
    *gid = 44;
    return !strcmp(name, "weavers");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct acl acl;
    static const gid_t groups[] = {1000, 44};
    static struct acl_caller caller = {.uid = 1000, .group_count = 2, .groups = groups, .user = user, .group = group};
    if (size > ACL_MAX_BYTES)
        return 0;
    char *text = malloc(size ? size : 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    unsigned line = acl_parse(text, size, &caller, &acl);
    free(text);
    assert(acl.count <= ACL_MAX_RULES);
    if (line) {
        assert(acl.count == 0);
        for (int verb = 0; verb < ACL_VERBS; verb++)
            assert(!acl_allows(&acl, (enum acl_verb)verb, "br0"));
        return 0;
    }
    for (int verb = 0; verb < ACL_VERBS; verb++) {
        bool allowed = acl_allows(&acl, (enum acl_verb)verb, "br0"), denied = false, any = false;
        for (size_t i = 0; i < acl.count; i++) {
            const struct acl_rule *rule = &acl.rules[i];
            bool hit = !rule->limit && rule->applies && rule->verb == verb &&
                       (!strcmp(rule->what, "br0") || !strcmp(rule->what, "*") || !strcmp(rule->what, "b*") || !strcmp(rule->what, "br*") ||
                        !strcmp(rule->what, "br0*"));
            denied |= hit && !rule->allow;
            any |= hit && rule->allow;
        }
        assert(allowed == (any && !denied));
    }
    (void)acl_limit_of(&acl, LIMIT_TAPS, 64);
    return 0;
}
