/* An interface's own address (link-local, of its MAC), beside those that the host has on it. */
#ifndef TAPESTRY_LINK_LOCAL_H
#define TAPESTRY_LINK_LOCAL_H

#include <stdbool.h>

/* The link-local address that the kernel makes of a MAC (RFC 4291, appendix A), 16 bytes. Pure. */
void link_local_of(const unsigned char *mac, unsigned char *address);
/* Has the host an address on it that isn't link-local? Yes, when it can't be told. */
bool host_addresses_on(int ifindex);
/* Another link-local address in the place of this one, where it is there. 0 or -errno. */
int link_local_replace(int ifindex, const unsigned char *from, const unsigned char *to);

#endif
