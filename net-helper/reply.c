/* The one line that the caller gets, and the way out when something fails. */
#include "helper.h"
#include "link.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
    int size = snprintf(line, sizeof line, "{\"ok\":false,\"error\":\"%s\",\"what\":\"%s\",\"errno\":%d,\"errname\":\"%s\"}\n", error, what, error_number,
                        name ? name : "");
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
    char line[512] = "{\"ok\":true";
    size_t used = strlen(line);
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line + used, sizeof line - used - 2, format, arguments);
    va_end(arguments);
    if (size < 0 || (size_t)size >= sizeof line - used - 2)
        fail(INTERNAL, "internal", "reply", 0);
    strcat(line, "}\n");
    if (!write_whole(line, strlen(line)))
        fail(INTERNAL, "internal", "stdout", errno);
}
