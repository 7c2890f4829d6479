/* One function per verb. Each replies or fails; the request is valid. */
#ifndef TAPESTRY_VERBS_H
#define TAPESTRY_VERBS_H

#include "request.h"

void tap_create(const struct request *request);
void tap_open_existing(const struct request *request);
void descriptors_hand(const struct request *request);
void device_delete(const struct request *request);
void device_link(const struct request *request);
void device_isolate(const struct request *request);
void device_coalesce(const struct request *request);
void tap_move(const struct request *request);
void bridge_add(const struct request *request);
void bridge_delete(const struct request *request);
void traffic_set(const struct request *request);
void host_address_add(const struct request *request);
void host_route_add(const struct request *request);
/* Before the system call filter: start the second process that guards the verb. */
void uplink_prepare(const struct request *request);
void uplink_delete_prepare(void);
void tap_move_prepare(void);
void traffic_prepare(void);
void uplink_add(const struct request *request);
void uplink_delete(const struct request *request);
void macvtap_create(const struct request *request);
void collect_garbage(void);

/* Root queueing discipline `noqueue`: a TAP needs no queue of its own. Failure changes nothing. */
void traffic_no_queue(int ifindex);
/* Receive coalescing of a TAP by ethtool. 0 or -errno. */
int coalesce_set(const char *name, unsigned frames);

/*
 * Descriptors that the caller lends: a tun of our network namespace that is attached to nothing, or the helper fails.
 * @param ifindex the index that an interface made on it shall have, 0 for the kernel's choice
 */
void descriptor_check_tun(int fd, bool privileged, int ifindex);
/* A connected unix stream socket, or the helper fails. */
void descriptor_check_qmp(int fd);
/* Sends the descriptors as `getfd` commands named ID0, ID1, …; the answers are the caller's to read. */
void descriptor_send(int qmp, const char *id, const int *fds, int count);

#endif
