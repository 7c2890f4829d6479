/* The command line: words that are separated by NUL bytes. What is accepted must keep its promises. */
#include "request.h"
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *arguments[80];
    int count = 0;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    for (size_t at = 0; at < size && count < 80; at += strlen(text + at) + 1)
        /* Each word in memory of its own size, so that reading over its end is seen. */
        arguments[count++] = strdup(text + at);
    struct request request;
    if (!request_parse(count, arguments, &request)) {
        assert(request.verb != VERB_NONE && count <= MAX_ARGUMENTS);
        assert(!request.name[0] || valid_interface_name(request.name));
        assert(!request.bridge[0] || valid_interface_name(request.bridge));
        assert(!request.lower[0] || valid_interface_name(request.lower));
        assert(strlen(request.automatic) <= 7 && strlen(request.id) <= 64);
        assert(request.fd_count >= 0 && request.fd_count <= MAX_QUEUES);
        for (int i = 0; i < request.fd_count; i++)
            assert(request.fds[i] == 0 || (request.fds[i] >= 3 && request.fds[i] <= 1023));
        assert(!request.mtu || (request.mtu >= 68 && request.mtu <= 65521));
        assert(!request.has_mac || !(request.mac[0] & 1));
        assert((request.qmp < 0) == !request.id[0]);
        assert(strcspn(request.id, "\"\\ \n") == strlen(request.id));
    }
    for (int i = 0; i < count; i++)
        free(arguments[i]);
    free(text);
    return 0;
}
