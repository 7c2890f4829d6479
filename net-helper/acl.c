/* The access list's text: `allow|deny VERB WHO WHAT…`, `limit taps|bridges WHO NUMBER`, comments with #. */
#include "acl.h"
#include "request.h"
#include <string.h>

static const char *const verb_names[ACL_VERBS] = {"tap", "manage", "name", "uplink", "host", "direct"};
static const char *const limit_names[ACL_LIMITS] = {"taps", "bridges"};

static int index_of(const char *word, const char *const *names, int count) {
    for (int i = 0; i < count; i++)
        if (!strcmp(word, names[i]))
            return i;
    return -1;
}

static bool parse_number(const char *text, unsigned maximum, unsigned *number) {
    unsigned long value = 0;
    if (!*text || (text[0] == '0' && text[1]))
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (unsigned long)(*text - '0');
        if (value > maximum)
            return false;
    }
    *number = (unsigned)value;
    return true;
}

static bool in_group(const struct acl_caller *caller, gid_t group) {
    for (size_t i = 0; i < caller->group_count; i++)
        if (caller->groups[i] == group)
            return true;
    return false;
}

/* `*`, a user, a uid, %group or %gid. A name that doesn't exist on this computer applies to nobody: package defaults name groups of many systems. */
static bool parse_who(const char *word, const struct acl_caller *caller, bool *applies) {
    unsigned number;
    *applies = false;
    if (!strcmp(word, "*")) {
        *applies = true;
        return true;
    }
    bool group = word[0] == '%';
    const char *name = word + group;
    if (!*name || strlen(name) > 32)
        return false;
    if (name[0] >= '0' && name[0] <= '9') {
        if (!parse_number(name, 4294967294u, &number))
            return false;
        *applies = group ? in_group(caller, number) : caller->uid == number;
        return true;
    }
    for (const char *c = name; *c; c++)
        if (*c < '!' || *c > '~' || strchr(":*%,", *c))
            return false;
    uid_t uid;
    gid_t gid;
    *applies = group ? caller->group(name, &gid) && in_group(caller, gid) : caller->user(name, &uid) && caller->uid == uid;
    return true;
}

/* An interface name, or a beginning of one and '*'. */
static bool parse_what(const char *word, char *what) {
    size_t length = strlen(word);
    char name[NAME_BYTES];
    if (length < 1 || length > 16)
        return false;
    bool pattern = word[length - 1] == '*';
    size_t bare = length - pattern;
    if (bare >= sizeof name)
        return false;
    memcpy(name, word, bare);
    name[bare] = 0;
    if (bare && !valid_interface_name(name))
        return false;
    memcpy(what, word, length + 1);
    return true;
}

static char *next_word(char **rest) {
    char *word = *rest + strspn(*rest, " \t");
    if (!*word || *word == '#')
        return NULL;
    char *end = word + strcspn(word, " \t");
    *rest = *end ? end + 1 : end;
    *end = 0;
    return word;
}

static bool parse_line(char *line, const struct acl_caller *caller, struct acl *acl) {
    char *rest = line, *action = next_word(&rest);
    if (!action)
        return true;
    bool allow = !strcmp(action, "allow"), limit = !strcmp(action, "limit");
    if (!allow && !limit && strcmp(action, "deny"))
        return false;
    char *verb = next_word(&rest), *who = verb ? next_word(&rest) : NULL, *what = who ? next_word(&rest) : NULL;
    struct acl_rule rule = {.allow = allow, .limit = limit};
    if (!what)
        return false;
    rule.verb = limit ? index_of(verb, limit_names, ACL_LIMITS) : index_of(verb, verb_names, ACL_VERBS);
    if (rule.verb < 0 || !parse_who(who, caller, &rule.applies))
        return false;
    do {
        if (limit ? !parse_number(what, 65535, &rule.value) : !parse_what(what, rule.what))
            return false;
        if (acl->count == ACL_MAX_RULES)
            return false;
        acl->rules[acl->count++] = rule;
        what = next_word(&rest);
    } while (what && !limit);
    return !what;
}

unsigned acl_parse(const char *text, size_t length, const struct acl_caller *caller, struct acl *acl) {
    unsigned line_number = 0;
    acl->count = 0;
    while (length) {
        char line[ACL_MAX_LINE + 1];
        const char *newline = memchr(text, '\n', length);
        size_t size = newline ? (size_t)(newline - text) : length;
        line_number++;
        /* A NUL byte would hide the rest of its line. */
        if (size > ACL_MAX_LINE || memchr(text, 0, size)) {
            acl->count = 0;
            return line_number;
        }
        memcpy(line, text, size);
        line[size] = 0;
        if (!parse_line(line, caller, acl)) {
            acl->count = 0;
            return line_number;
        }
        size += newline != NULL;
        text += size;
        length -= size;
    }
    return 0;
}

static bool matches(const char *pattern, const char *name) {
    size_t length = strlen(pattern);
    if (pattern[length - 1] == '*')
        return !strncmp(pattern, name, length - 1);
    return !strcmp(pattern, name);
}

bool acl_allows(const struct acl *acl, enum acl_verb verb, const char *what) {
    bool allowed = false;
    for (size_t i = 0; i < acl->count; i++) {
        const struct acl_rule *rule = &acl->rules[i];
        if (rule->limit || !rule->applies || rule->verb != (int)verb || !matches(rule->what, what))
            continue;
        if (!rule->allow)
            return false;
        allowed = true;
    }
    return allowed;
}

unsigned acl_limit_of(const struct acl *acl, enum acl_limit limit, unsigned fallback) {
    unsigned smallest = fallback;
    bool found = false;
    for (size_t i = 0; i < acl->count; i++) {
        const struct acl_rule *rule = &acl->rules[i];
        if (!rule->limit || !rule->applies || rule->verb != (int)limit || (found && rule->value >= smallest))
            continue;
        smallest = rule->value;
        found = true;
    }
    return smallest;
}
