/*
 * tapestry-serial-recorder: the peer of a running machine's serial ports. It outlives the app, records what the guest
 * prints (bounded, on disk) and serves any number of viewers over a unix socket. One process per running machine;
 * it ends when QEMU does.
 *
 * It says {"ready":true,...} on standard output once its socket listens and the ports are tried; from then on the
 * machine may run. Mistakes and failures: one line on standard error, status 1 (2 for the command line, 3 when another
 * recorder has the directory, 4 when QEMU isn't there, 127 when the guarded program can't be executed).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "event-loop.h"
#include "guard.h"
#include "options.h"
#include "port.h"

#define STATUS_FAILED 1
#define STATUS_LOCKED 3
#define STATUS_NO_QEMU 4
/* As a shell has it. */
#define STATUS_NOT_EXECUTED 127
/* How long the ports may take before the app is told that the recorder is ready, ms. */
#define CONNECT_DEADLINE_MS 5000

static _Noreturn void give_up(int status, const char *what) {
    fprintf(stderr, "tapestry-serial-recorder: %s: %s\n", what, strerror(errno));
    exit(status);
}

/*
 * Opens the directory and takes its lock, which ends with this process: two recorders would tear one recording.
 * `wait` for the recorder of an earlier run, which is about to end.
 */
static int lock_directory(const char *path, bool wait) {
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        give_up(STATUS_FAILED, path);
    if (flock(directory, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0)
        give_up(errno == EWOULDBLOCK ? STATUS_LOCKED : STATUS_FAILED, path);
    return directory;
}

/* Field 22 of /proc/PID/stat; the second field is the program's name and may hold anything, so count from its end. */
static int start_time(pid_t pid, uint64_t *ticks) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0)
        return -1;
    text[length] = '\0';
    char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return errno = EINVAL, -1;
    *ticks = strtoumax(at + 1, NULL, 10);
    return 0;
}

static int open_qemu(const struct options *options) {
    uint64_t ticks;
    int fd = (int)syscall(SYS_pidfd_open, options->qemu_pid, 0);
    /* The start time is read after the pidfd is open, so that both speak of the same process. */
    if (fd < 0 || start_time(options->qemu_pid, &ticks) != 0)
        give_up(STATUS_NO_QEMU, "the machine's process");
    if (ticks != options->qemu_start_time) {
        errno = ESRCH;
        give_up(STATUS_NO_QEMU, "the machine's process (its number belongs to another)");
    }
    return fd;
}

static int listen_for_viewers(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        give_up(STATUS_FAILED, "socket");
    if (unlink(path) != 0 && errno != ENOENT)
        give_up(STATUS_FAILED, path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, VIEWERS_MAX) != 0)
        give_up(STATUS_FAILED, path);
    return fd;
}

static int catch_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    /* A file size limit is a full disk by another name: write(2) then says EFBIG. */
    signal(SIGXFSZ, SIG_IGN);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        give_up(STATUS_FAILED, "signalfd");
    return fd;
}

/* Tells the app, then lets go of its pipe. */
static void tell_ready(const struct port *ports, int count) {
    printf("{\"ready\":true,\"pid\":%d,\"ports\":{", (int)getpid());
    for (int i = 0; i < count; i++) {
        printf("%s\"%s\":\"%s\"", i > 0 ? "," : "", ports[i].options->alias, ports[i].state == PORT_CONNECTED ? "connected" : "connecting");
    }
    printf("}}\n");
    fflush(stdout);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, STDOUT_FILENO) < 0)
        give_up(STATUS_FAILED, "/dev/null");
    close(nothing);
}

int main(int argc, char **argv) {
    if (argc >= 4 && strcmp(argv[1], "guard") == 0) {
        guard_exec(options_descriptor(argv[2]), argv + 3);
        give_up(STATUS_NOT_EXECUTED, argv[3]);
    }
    umask(077);
    if (argc == 3 && strcmp(argv[1], "make-fifo") == 0) {
        if (port_make_fifo(argv[2]) != 0)
            give_up(STATUS_FAILED, argv[2]);
        return 0;
    }
    static struct port ports[PORTS_MAX];
    struct options options;
    options_parse(&options, argc, argv);
    int directory = lock_directory(options.directory, options.fresh);
    if (options.fresh && recording_remove_all(directory) != 0)
        give_up(STATUS_FAILED, options.directory);
    struct event_loop loop = {.ports = ports, .port_count = options.port_count, .since = options.since};
    loop.signals = catch_signals();
    loop.qemu = open_qemu(&options);
    for (int i = 0; i < options.port_count; i++) {
        if (port_open(&ports[i], &options, i, directory, loop.qemu) != 0)
            give_up(STATUS_FAILED, "opening the recording");
    }
    loop.listener = listen_for_viewers(options.socket_path);
    event_loop_connect(&loop, CONNECT_DEADLINE_MS);
    tell_ready(ports, options.port_count);
    event_loop_run(&loop);
    unlink(options.socket_path);
    /* Before the disk is waited for: the machine's next run may begin meanwhile. */
    flock(directory, LOCK_UN);
    for (int i = 0; i < options.port_count; i++)
        recording_flush(&ports[i].recording);
    return 0;
}
