/* Readers of single values of the command line. Pure: what is accepted keeps its promises, whatever the caller wrote. */
#include "values.h"
#include <arpa/inet.h>
#include <linux/if_link.h>
#include <string.h>

static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int hex(char c) {
    if (is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool parse_number(const char *text, uint32_t minimum, uint32_t maximum, uint32_t *number) {
    uint64_t value = 0;
    if (!*text || (text[0] == '0' && text[1]))
        return false;
    for (; *text; text++) {
        if (!is_digit(*text))
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > maximum)
            return false;
    }
    if (value < minimum)
        return false;
    *number = (uint32_t)value;
    return true;
}

bool valid_interface_name(const char *text) {
    size_t length = strnlen(text, NAME_BYTES);
    if (length < 1 || length >= NAME_BYTES)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!(is_letter(text[i]) || is_digit(text[i]) || (i && strchr("_.-", text[i]))))
            return false;
    return strcmp(text, "all") && strcmp(text, "default") && strcmp(text, "lo") && strcmp(text, "none");
}

bool parse_name(const char *text, char *name) {
    if (!valid_interface_name(text))
        return false;
    strcpy(name, text);
    return true;
}

bool parse_flag(const char *text, bool *flag) {
    if (strcmp(text, "0") && strcmp(text, "1"))
        return false;
    *flag = text[0] == '1';
    return true;
}

bool parse_descriptor(const char *text, int *fd) {
    uint32_t number;
    /* 1 and 2 carry the reply and the complaint; 0 is allowed because sudo and pkexec close the rest. */
    if (!parse_number(text, 0, 1023, &number) || number == 1 || number == 2)
        return false;
    *fd = (int)number;
    return true;
}

bool parse_descriptors(const char *text, struct request *request) {
    char part[8];
    for (;;) {
        size_t length = strcspn(text, ",");
        if (length >= sizeof part || request->fd_count >= MAX_QUEUES)
            return false;
        memcpy(part, text, length);
        part[length] = 0;
        int fd;
        if (!parse_descriptor(part, &fd))
            return false;
        for (int i = 0; i < request->fd_count; i++)
            if (request->fds[i] == fd)
                return false;
        request->fds[request->fd_count++] = fd;
        if (!text[length])
            return true;
        text += length + 1;
    }
}

bool parse_mac(const char *text, unsigned char *mac) {
    if (strlen(text) != 17)
        return false;
    for (int i = 0; i < 6; i++) {
        int high = hex(text[i * 3]), low = hex(text[i * 3 + 1]);
        if (high < 0 || low < 0 || (i < 5 && text[i * 3 + 2] != ':'))
            return false;
        mac[i] = (unsigned char)(high << 4 | low);
    }
    return !(mac[0] & 1);
}

bool parse_uuid(const char *text, char *uuid) {
    if (strlen(text) != 36)
        return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : hex(text[i]) < 0)
            return false;
    }
    strcpy(uuid, text);
    return true;
}

bool parse_id(const char *text, char *id) {
    size_t length = strnlen(text, 65);
    if (length < 1 || length > 64 || !is_letter(text[0]))
        return false;
    for (size_t i = 1; i < length; i++)
        if (!(is_letter(text[i]) || is_digit(text[i]) || strchr("_.-", text[i])))
            return false;
    strcpy(id, text);
    return true;
}

bool parse_ip(const char *text, bool with_prefix, struct ip *ip) {
    char address[INET6_ADDRSTRLEN];
    size_t length = strcspn(text, "/");
    if (length >= sizeof address || (text[length] == '/') != with_prefix)
        return false;
    memcpy(address, text, length);
    address[length] = 0;
    ip->family = strchr(address, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(ip->family, address, ip->bytes) != 1)
        return false;
    uint32_t full = ip->family == AF_INET ? 32 : 128, prefix = full;
    if (with_prefix && !parse_number(text + length + 1, 0, full, &prefix))
        return false;
    ip->prefix = prefix;
    return true;
}

bool parse_mode(const char *text, int *mode) {
    static const struct {
        const char *name;
        int mode;
    } modes[] = {{"private", MACVLAN_MODE_PRIVATE},
                 {"vepa", MACVLAN_MODE_VEPA},
                 {"bridge", MACVLAN_MODE_BRIDGE},
                 {"passthrough", MACVLAN_MODE_PASSTHRU}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(text, modes[i].name)) {
            *mode = modes[i].mode;
            return true;
        }
    return false;
}
