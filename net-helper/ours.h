/* Interfaces that this helper made: which they are, and what a new one is called, labelled and counted by. */
#ifndef TAPESTRY_OURS_H
#define TAPESTRY_OURS_H

#include "link.h"

/* How long a bridge of ours must have been without a label before it is taken for what a killed run left, ms. */
#define ABANDONED 100

/* Our tag, and the alias names the caller (root: anybody). */
bool is_ours(const struct link *link);
/* Made by this helper for the calling uid (root: for any), of one of the kinds TAP and macvtap, or the helper fails. */
void own_device_find(const char *name, struct link *link);
/* How many links of ours the caller has: kind "bridge", or TAPs and macvtaps. Fails the helper when it can't be told. */
unsigned count_own(bool bridges);
/*
 * Takes away what was made and never labelled: a caller may kill the helper between the two messages, and what has no label counts for nobody.
 * A few bridges and macvtaps are let alone, another caller's may be in the making. TAPs go when they have had no label for two seconds, or are
 * persistent: whoever holds their descriptors can make them so.
 */
void sweep_unlabelled(void);
/* Takes away the TAPs without a label, and returns how many those were. */
unsigned sweep_unlabelled_taps(void);
/*
 * An index for a TAP that is about to be made. It is of a range of its own, which only CAP_NET_ADMIN can choose, and it stays: so a TAP is known
 * as ours from the moment that it exists, before it can be labelled.
 */
int tap_index(void);
/* Fails the helper when the caller has as many TAPs and macvtaps as the list lets it. @param counted the one that is made is among them already */
void require_tap_quota(bool counted);
/* Puts "tapestry uid=… vm=… at=…" into `alias`; the time in ms since the epoch, as the kernel keeps none. " mac=chosen" follows for a bridge
   whose MAC was asked for. */
void make_alias(char *alias, size_t size, const struct request *request);
/* A MAC for an interface of ours that nobody chose one for: 52:54:00 and random. */
void random_mac(unsigned char *mac);
/* The name of the request, or its prefix and 8 random hex digits: of those the access list denies none, or the helper fails. */
void final_name(const struct request *request, char *name);
void random_bytes(void *bytes, size_t size);

#endif
