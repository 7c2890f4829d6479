/* The guard of what takes several messages. The two hold each other by a socket: either one's death is seen by the other at once. */
#include "guard.h"
#include "helper.h"
#include "netlink.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What the two say to each other. */
#define BEGINS 'b' /* to the guard: from now on there is something to do */
#define DONE_ 'd'  /* to the guard: nothing is left to do; and the guard's answer, that it has done nothing meanwhile */
#define ACTING 'a' /* from the guard: it does it now */

/* How much longer than the first process the guard waits, s: it acts only when the first one is stopped. */
#define GRACE 3
/* How long either waits for the other's last word before it ends it, s; and what acting itself may take. */
#define PATIENCE 5
#define ACT_WITHIN 30

/* Our end of the line to the other process; -1 when there is none. */
static int line = -1;
static pid_t other;

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void say(char word) {
    if (line >= 0)
        (void)!write(line, &word, 1); /* the other one may be dead: its end of the line tells */
}

/* Waits until one of the descriptors (-1: none) has something, or `end`. Returns its place, or -1 when the time is over. */
static int wait_for(int first, int second, int64_t end) {
    for (;;) {
        int64_t left = end - milliseconds();
        struct pollfd wait[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
        if (left <= 0)
            left = 0;
        int ready = poll(wait, 2, (int)left);
        if (ready > 0)
            return wait[0].revents ? 0 : 1;
        if (ready == 0 && left == 0)
            return -1;
        if (ready < 0 && errno != EINTR)
            return -1;
    }
}

/* The next word, or 0 at the end of the line. */
static char hear(void) {
    char word;
    for (;;) {
        ssize_t got = read(line, &word, 1);
        if (got == 1)
            return word;
        if (got == 0 || (errno != EINTR && errno != EAGAIN))
            return 0;
    }
}

static _Noreturn void watch(unsigned seconds, void (*act)(void)) {
    if (hear() != BEGINS)
        _exit(DONE);
    if (wait_for(line, -1, milliseconds() + (seconds + GRACE) * INT64_C(1000)) == 0 && hear() == DONE_) {
        say(DONE_);
        _exit(DONE);
    }
    say(ACTING);
    deadline(ACT_WITHIN);
    log_act(false, "the first process is gone or stopped: its guard goes on");
    act();
    /* A first process that is stopped for good must not stay; one that goes on finds it done. */
    if (wait_for(line, -1, milliseconds() + PATIENCE * INT64_C(1000)) < 0 && getppid() == other)
        (void)kill(other, SIGKILL);
    _exit(ROLLED_BACK);
}

void *guard_memory(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail_system("memory", errno);
    return memory;
}

void guard_start(unsigned seconds, void (*act)(void), int spare, bool quiet) {
    sigset_t polite;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        fail_system("guard", errno);
    /* A terminal that closes, an interrupt and a polite kill must not leave the host half-way. */
    (void)setsid();
    sigemptyset(&polite);
    sigaddset(&polite, SIGHUP);
    sigaddset(&polite, SIGINT);
    sigaddset(&polite, SIGTERM);
    sigaddset(&polite, SIGQUIT);
    sigaddset(&polite, SIGTSTP);
    sigprocmask(SIG_BLOCK, &polite, NULL);
    pid_t self = getpid(), child = fork();
    if (child < 0)
        fail_system("guard", errno);
    line = ends[child ? 0 : 1];
    close(ends[child ? 1 : 0]);
    other = child ? child : self;
    if (child)
        return;
    /* Of its own: in the other one's socket an answer may wait that nobody fetched. */
    netlink_open();
    close(STDIN_FILENO);
    close(STDERR_FILENO);
    if (quiet)
        close(STDOUT_FILENO);
    if (spare > STDERR_FILENO)
        close(spare);
    confine_system_calls();
    watch(seconds, act);
}

void guard_begin(void) { say(BEGINS); }

void guard_done(void) {
    if (line < 0)
        return;
    (void)kill(other, SIGKILL);
    close(line);
    line = -1;
}

bool guard_acted(void) {
    if (hear() != ACTING)
        return false;
    /* It tells its end by hanging up. */
    while (wait_for(line, -1, milliseconds() + ACT_WITHIN * INT64_C(1000)) == 0 && hear())
        continue;
    return true;
}

bool guard_release(void) {
    if (line < 0)
        return true;
    say(DONE_);
    if (wait_for(line, -1, milliseconds() + PATIENCE * INT64_C(1000)) == 0 && guard_acted())
        return false;
    /* It agrees, or is dead or stopped and must not come back to it. */
    guard_done();
    return true;
}

int guard_wait(int fd, unsigned seconds) { return wait_for(fd, line, milliseconds() + seconds * INT64_C(1000)); }
