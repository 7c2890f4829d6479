#define _GNU_SOURCE
#include "pty-master.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PATH_SIZE 64

/* Is descriptor `fd` of the process the master of terminal number `index`? Its fdinfo says so (proc(5): tty-index). */
static int is_master(pid_t pid, int fd, unsigned index) {
    char path[PATH_SIZE], text[512];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t length = readlink(path, text, sizeof text - 1);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    const char *name = strrchr(text, '/');
    if (!name || strcmp(name, "/ptmx") != 0)
        return 0;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)pid, fd);
    FILE *info = fopen(path, "re");
    if (!info)
        return 0;
    int found = 0;
    unsigned number;
    while (!found && fgets(text, sizeof text, info) != NULL)
        found = sscanf(text, "tty-index: %u", &number) == 1 && number == index;
    fclose(info);
    return found;
}

int pty_master_hold(pid_t pid, int pidfd, int slave) {
#ifdef SYS_pidfd_getfd
    struct stat status;
    char path[PATH_SIZE];
    if (fstat(slave, &status) != 0)
        return -1;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *listing = opendir(path);
    if (!listing)
        return -1;
    int held = -1;
    for (struct dirent *entry; held < 0 && (entry = readdir(listing)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        int fd = (int)strtol(entry->d_name, NULL, 10);
        /* The copy is closed on exec (pidfd_getfd(2)). */
        if (is_master(pid, fd, minor(status.st_rdev)))
            held = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0u);
    }
    closedir(listing);
    return held;
#else
    (void)pid, (void)pidfd, (void)slave;
    return -1;
#endif
}
