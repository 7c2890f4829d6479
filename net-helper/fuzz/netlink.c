/* What the kernel answers about a link. It is trusted, but its attributes are nested three deep and of many versions. */
#include "acl.h"
#include "helper.h"
#include "link.h"
#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The parts of the helper that the parser's file also has, and that are never reached here. */
void fail(enum outcome outcome, const char *error, const char *what, int number) {
    (void)outcome, (void)error, (void)what, (void)number;
    abort();
}
void fail_system(const char *what, int number) {
    (void)what, (void)number;
    abort();
}
void log_act(bool good, const char *format, ...) { (void)good, (void)format; }
void pause_ms(int milliseconds) { (void)milliseconds; }
bool acl_permits(enum acl_verb verb, const char *what) { return (void)verb, what[0]; }
void acl_require(enum acl_verb verb, const char *what) { (void)verb, (void)what; }
unsigned acl_maximum(enum acl_limit limit, unsigned fallback) { return (void)limit, fallback; }
bool valid_interface_name(const char *text) { return text[0]; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < sizeof(struct nlmsghdr) || size > 32768)
        return 0;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    struct nlmsghdr *header = (struct nlmsghdr *)text;
    /* As NLMSG_OK has made sure before. */
    header->nlmsg_len = (uint32_t)size;
    struct link link;
    if (link_read(header, &link)) {
        assert(memchr(link.name, 0, sizeof link.name) && memchr(link.alias, 0, sizeof link.alias) &&
               memchr(link.kind, 0, sizeof link.kind));
        assert(link.ifindex > 0);
    }
    memcpy(text, data, size);
    text[size] = 0;
    assert(alias_uid(text) < 4294967295);
    free(text);
    return 0;
}
