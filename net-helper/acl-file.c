/* Where the access list comes from, and whom its names mean: no name service modules in a privileged process. */
#include "acl.h"
#include "helper.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACL_PATH "/etc/tapestry/net-helper.conf"

static struct acl list;

static bool user_by_name(const char *name, uid_t *uid) {
    bool found = false;
    FILE *file = fopen("/etc/passwd", "re");
    if (!file)
        return false;
    for (struct passwd *entry; !found && (entry = fgetpwent(file));)
        if (!strcmp(entry->pw_name, name)) {
            *uid = entry->pw_uid;
            found = true;
        }
    fclose(file);
    return found;
}

static bool group_by_name(const char *name, gid_t *gid) {
    bool found = false;
    FILE *file = fopen("/etc/group", "re");
    if (!file)
        return false;
    for (struct group *entry; !found && (entry = fgetgrent(file));)
        if (!strcmp(entry->gr_name, name)) {
            *gid = entry->gr_gid;
            found = true;
        }
    fclose(file);
    return found;
}

/* As many as there are: the kernel's limit is 65536. */
static void groups_of(struct acl_caller *caller) {
    int count = getgroups(0, NULL), got = -1;
    gid_t *groups = count < 0 ? NULL : calloc((size_t)count + 1, sizeof *groups);
    if (groups)
        got = getgroups(count, groups);
    if (got < 0)
        fail(DENIED, "config", "groups", errno);
    groups[got] = getgid();
    caller->groups = groups;
    caller->group_count = (size_t)got + 1;
}

void acl_load(void) {
    static char text[ACL_MAX_BYTES + 1];
    static struct acl_caller caller;
    list.count = 0;
    if (getuid() == 0)
        return;
    /* A symbolic link, a file of somebody else or one that others may write decides nothing. */
    int fd = open(ACL_PATH, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return;
        fail(DENIED, "config", "acl-open", errno);
    }
    struct stat facts;
    if (fstat(fd, &facts))
        fail(DENIED, "config", "acl-stat", errno);
    if (!S_ISREG(facts.st_mode) || facts.st_uid != 0 || (facts.st_mode & (S_IWGRP | S_IWOTH)))
        fail(DENIED, "config", "acl-owner", 0);
    size_t size = 0;
    for (;;) {
        ssize_t got = read(fd, text + size, sizeof text - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            fail(DENIED, "config", "acl-read", errno);
        if (got == 0)
            break;
        size += (size_t)got;
        if (size > ACL_MAX_BYTES)
            fail(DENIED, "config", "acl-size", 0);
    }
    close(fd);
    caller.uid = getuid();
    caller.user = user_by_name;
    caller.group = group_by_name;
    groups_of(&caller);
    unsigned line = acl_parse(text, size, &caller, &list);
    if (line) {
        log_act(false, "access list " ACL_PATH " is wrong in line %u: everything is denied", line);
        fail(DENIED, "config", "acl-line", (int)line);
    }
}

bool acl_permits(enum acl_verb verb, const char *what) { return getuid() == 0 || acl_allows(&list, verb, what); }

void acl_require(enum acl_verb verb, const char *what) {
    static const char *const words[ACL_VERBS] = {"acl-tap", "acl-manage", "acl-name", "acl-uplink", "acl-host", "acl-direct"};
    if (acl_permits(verb, what))
        return;
    log_act(false, "denied %s %s", words[verb] + 4, what);
    fail(DENIED, "denied", words[verb], 0);
}

bool acl_allows_any(enum acl_verb verb) {
    for (size_t i = 0; i < list.count; i++)
        if (list.rules[i].allow && list.rules[i].applies && list.rules[i].verb == (int)verb)
            return true;
    return getuid() == 0;
}

unsigned acl_maximum(enum acl_limit limit, unsigned fallback) { return acl_limit_of(&list, limit, fallback); }
