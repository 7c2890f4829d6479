/* Every privileged act and every refusal goes to the system log. No syslog(3): it reads the time zone and may reconnect behind our back. */
#include "helper.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* LOG_AUTHPRIV (10) with LOG_NOTICE (5) and LOG_WARNING (4). */
#define NOTICE (10 * 8 + 5)
#define WARNING (10 * 8 + 4)

static int log_socket = -1;
static const char *current_verb = "-";

void log_verb(const char *verb) { current_verb = verb; }

void log_open(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    log_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (log_socket >= 0 && connect(log_socket, (struct sockaddr *)&address, sizeof address)) {
        close(log_socket);
        log_socket = -1;
    }
}

void log_act(bool good, const char *format, ...) {
    char line[400];
    if (log_socket < 0)
        return;
    int used = snprintf(line, sizeof line, "<%d>tapestry-net-helper[%d]: uid=%u caller=%d verb=%s ", good ? NOTICE : WARNING, getpid(),
                        getuid(), getppid(), current_verb);
    va_list arguments;
    va_start(arguments, format);
    if (used > 0 && (size_t)used < sizeof line)
        (void)vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
    va_end(arguments);
    /* A full or dead log socket must not stop the work: there is nobody to tell. */
    (void)!send(log_socket, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
}
