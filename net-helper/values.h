/* Readers of single values: each returns false for what it doesn't take, and then leaves nothing that is used. */
#ifndef TAPESTRY_VALUES_H
#define TAPESTRY_VALUES_H

#include "request.h"

/* Decimal without sign, blanks or leading zeros; at most 10 digits. */
bool parse_number(const char *text, uint32_t minimum, uint32_t maximum, uint32_t *number);
/* An interface's name, into NAME_BYTES. */
bool parse_name(const char *text, char *name);
/* 0 or 1. */
bool parse_flag(const char *text, bool *flag);
/* A descriptor that isn't the reply's or the complaint's: 0, or 3 to 1023. */
bool parse_descriptor(const char *text, int *fd);
/* A comma list of them, each once, into the request. */
bool parse_descriptors(const char *text, struct request *request);
/* Six groups of two lower-case digits, of a single card. */
bool parse_mac(const char *text, unsigned char *mac);
/* Lower case, into 37 bytes. */
bool parse_uuid(const char *text, char *uuid);
/* QEMU's rule for ids, 1 to 64 bytes, so that the name needs no quoting inside JSON. */
bool parse_id(const char *text, char *id);
/* ADDRESS or, with a prefix wanted, ADDRESS/PREFIX. */
bool parse_ip(const char *text, bool with_prefix, struct ip *ip);
/* A macvtap's mode as MACVLAN_MODE_*. */
bool parse_mode(const char *text, int *mode);

#endif
