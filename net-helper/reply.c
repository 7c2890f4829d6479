/* The one line that the caller gets, and the way out when something fails. */
#include "helper.h"
#include "link.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_STEPS 6

static struct {
    const char *name;
    int64_t at;
} steps[MAX_STEPS];
static int step_count;

static int64_t microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void step(const char *name) {
    if (step_count == MAX_STEPS)
        return;
    steps[step_count].name = name;
    steps[step_count++].at = microseconds();
}

static int created;
static void (*give_back)(void);

void undo_on_failure(int ifindex) { created = ifindex; }
void call_on_failure(void (*function)(void)) { give_back = function; }

static bool write_whole(const char *text, size_t size) {
    while (size) {
        ssize_t written = write(STDOUT_FILENO, text, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        size -= (size_t)written;
    }
    return true;
}

void fail(enum outcome outcome, const char *error, const char *what, int error_number) {
    char line[256];
    const char *name = error_number > 0 ? strerrorname_np(error_number) : NULL;
    void (*function)(void) = give_back;
    int ifindex = created;
    /* Cleared first: what fails while it is undone must not come back here for ever. */
    give_back = NULL;
    created = 0;
    if (function)
        function();
    if (ifindex)
        link_delete(ifindex);
    log_act(false, "%s %s %s", error, what, name ? name : "");
    int size = snprintf(line, sizeof line, "{\"ok\":false,\"error\":\"%s\",\"what\":\"%s\",\"errno\":%d,\"errname\":\"%s\"}\n", error, what,
                        error_number, name ? name : "");
    if (size > 0)
        (void)!write_whole(line, (size_t)size);
    _exit(outcome);
}

void fail_system(const char *what, int error_number) {
    if (error_number == EPERM || error_number == EACCES)
        fail(NO_PRIVILEGE, "no-privilege", what, error_number);
    if (error_number == EOPNOTSUPP)
        fail(SYSTEM, "not-supported", what, error_number);
    fail(SYSTEM, "system", what, error_number);
}

void reply(const char *format, ...) {
    char line[512];
    int size = snprintf(line, sizeof line, "{\"ok\":true,\"at\":%" PRId64 ",\"steps\":{", microseconds());
    for (int i = 0; i < step_count && size > 0 && (size_t)size < sizeof line; i++)
        size += snprintf(line + size, sizeof line - (size_t)size, "%s\"%s\":%" PRId64, i ? "," : "", steps[i].name, steps[i].at);
    if (size > 0 && (size_t)size < sizeof line)
        size += snprintf(line + size, sizeof line - (size_t)size, "}");
    if (size > 0 && (size_t)size < sizeof line) {
        va_list arguments;
        va_start(arguments, format);
        size += vsnprintf(line + size, sizeof line - (size_t)size, format, arguments);
        va_end(arguments);
    }
    if (size < 0 || (size_t)size + 2 >= sizeof line)
        fail(INTERNAL, "internal", "reply", 0);
    strcat(line, "}\n");
    if (!write_whole(line, strlen(line)))
        fail(INTERNAL, "internal", "stdout", errno);
}
