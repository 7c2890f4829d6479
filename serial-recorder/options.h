/* The recorder's command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PORTS_MAX 16
#define ALIAS_MAX 64

enum port_kind { PORT_PTY, PORT_UNIX, PORT_TCP, PORT_FIFO };

/* One port to record, as the command line gives it. The strings live as long as argv. */
struct port_options {
    const char *alias;
    enum port_kind kind;
    /* Path of the pty, socket or FIFO; the host for TCP. */
    const char *address;
    /* TCP port or service name; NULL for the others. */
    const char *service;
};

struct options {
    const char *directory;
    const char *socket_path;
    /* Bound of each port's recording, bytes. */
    uint64_t limit;
    /* QEMU's process and its start time (field 22 of /proc/PID/stat). */
    pid_t qemu_pid;
    uint64_t qemu_start_time;
    /* Power-on, ms since the epoch. */
    uint64_t since;
    /* A new power-on: what an earlier run recorded goes. */
    bool fresh;
    struct port_options ports[PORTS_MAX];
    int port_count;
};

/* Reads the command line; on a mistake prints it with the usage and exits with status 2. */
void options_parse(struct options *options, int argc, char **argv);

/* Reads the number of an inherited descriptor, none of the standard three; exits as above. */
int options_descriptor(const char *text);

#endif
