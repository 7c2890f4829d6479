#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "recording.h"

static const char usage[] = "usage: tapestry-serial-recorder --directory DIR --socket PATH --pid PID --start-time TICKS [--since MS] "
                            "[--limit BYTES] [--fresh] PORT...\n"
                            "       tapestry-serial-recorder make-fifo PATH\n"
                            "       tapestry-serial-recorder guard CONTROL-DESCRIPTOR PROGRAM ARGUMENT...\n"
                            "PORT is one of: --pty ALIAS PATH | --unix ALIAS PATH | --tcp ALIAS HOST SERVICE | --fifo ALIAS PATH\n";

static _Noreturn void refuse(const char *what, const char *value) {
    fprintf(stderr, "tapestry-serial-recorder: %s: %s\n%s", what, value, usage);
    exit(2);
}

static uint64_t number(const char *name, const char *text, uint64_t least, uint64_t most) {
    char *end;
    errno = 0;
    uint64_t value = strtoumax(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || value < least || value > most)
        refuse(name, text);
    return value;
}

int options_descriptor(const char *text) { return (int)number("not a descriptor", text, 3, 65535); }

/* An alias becomes part of file names, so only characters that can't leave the directory. */
static const char *alias(const char *text) {
    size_t length = strlen(text);
    bool good = length >= 1 && length <= ALIAS_MAX;
    for (size_t i = 0; i < length && good; i++) {
        char c = text[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }
    if (!good)
        refuse("not an alias", text);
    return text;
}

static void add_port(struct options *options, enum port_kind kind, char **words) {
    if (options->port_count == PORTS_MAX)
        refuse("too many ports", words[0]);
    struct port_options *port = &options->ports[options->port_count++];
    port->alias = alias(words[0]);
    port->kind = kind;
    port->address = words[1];
    port->service = kind == PORT_TCP ? words[2] : NULL;
    for (int i = 0; i < options->port_count - 1; i++) {
        if (strcmp(options->ports[i].alias, port->alias) == 0)
            refuse("alias used twice", port->alias);
    }
}

void options_parse(struct options *options, int argc, char **argv) {
    *options = (struct options){.limit = 64u << 20};
    int i = 1;
    while (i < argc) {
        const char *name = argv[i];
        char **words = argv + i + 1;
        int left = argc - i - 1;
        int taken = 1;
        if (strcmp(name, "--tcp") == 0)
            taken = 3;
        else if (strcmp(name, "--pty") == 0 || strcmp(name, "--unix") == 0 || strcmp(name, "--fifo") == 0)
            taken = 2;
        else if (strcmp(name, "--fresh") == 0)
            taken = 0;
        if (left < taken)
            refuse("value missing", name);
        if (strcmp(name, "--directory") == 0)
            options->directory = words[0];
        else if (strcmp(name, "--socket") == 0)
            options->socket_path = words[0];
        else if (strcmp(name, "--limit") == 0)
            options->limit = number(name, words[0], RECORDING_LIMIT_MIN, UINT64_C(1) << 40);
        else if (strcmp(name, "--pid") == 0)
            options->qemu_pid = (pid_t)number(name, words[0], 1, INT32_MAX);
        else if (strcmp(name, "--start-time") == 0)
            options->qemu_start_time = number(name, words[0], 0, UINT64_MAX);
        else if (strcmp(name, "--since") == 0)
            options->since = number(name, words[0], 0, UINT64_MAX);
        else if (strcmp(name, "--fresh") == 0)
            options->fresh = true;
        else if (strcmp(name, "--pty") == 0)
            add_port(options, PORT_PTY, words);
        else if (strcmp(name, "--unix") == 0)
            add_port(options, PORT_UNIX, words);
        else if (strcmp(name, "--tcp") == 0)
            add_port(options, PORT_TCP, words);
        else if (strcmp(name, "--fifo") == 0)
            add_port(options, PORT_FIFO, words);
        else
            refuse("unknown option", name);
        i += 1 + taken;
    }
    if (!options->directory)
        refuse("missing", "--directory");
    if (!options->socket_path)
        refuse("missing", "--socket");
    if (options->qemu_pid == 0)
        refuse("missing", "--pid");
    if (options->port_count == 0)
        refuse("missing", "a port");
    const size_t longest = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
    if (strlen(options->socket_path) > longest)
        refuse("path too long for a unix socket", options->socket_path);
    for (int p = 0; p < options->port_count; p++) {
        const struct port_options *port = &options->ports[p];
        if (port->kind == PORT_UNIX && strlen(port->address) > longest)
            refuse("path too long for a unix socket", port->address);
    }
}
