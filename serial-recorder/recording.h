/*
 * What one port printed, on disk: consecutive plain files `<alias>.<offset of the first byte, 20 digits>.log`, the
 * oldest removed as new ones begin, so that all together never exceed the limit. There is no index and no header: the
 * names and sizes are the whole truth, so that a recorder that is killed leaves nothing to repair.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Files a recording consists of at most. Each holds limit / RECORDING_SEGMENTS bytes. */
#define RECORDING_SEGMENTS 8
/* Smallest limit, bytes. */
#define RECORDING_LIMIT_MIN 65536u

struct recording {
    int directory;
    const char *alias;
    uint64_t limit;
    uint64_t segment_size;
    /* Offset of the first byte of each segment, oldest first. One more than the bound, for the moment of changing over. */
    uint64_t segments[RECORDING_SEGMENTS + 1];
    int segment_count;
    /* The newest segment, for appending; -1 when none is open. */
    int fd;
    /* Offset of the oldest byte still there, and of the next to come. */
    uint64_t start;
    uint64_t end;
};

/* Where a viewer reads: keeps the segment open between reads. Begin with RECORDING_CURSOR. */
struct recording_cursor {
    int fd;
    uint64_t segment;
};
#define RECORDING_CURSOR ((struct recording_cursor){.fd = -1})

/* Removes what was recorded in `directory` (a descriptor), of every port. Returns 0, or -1 with errno. */
int recording_remove_all(int directory);

/* Continues the recording in `directory` (a descriptor), or begins one. Returns 0, or -1 with errno. */
int recording_open(struct recording *recording, int directory, const char *alias, uint64_t limit);

/*
 * Appends. When the disk is full, older segments make room; if that isn't enough, the bytes are lost but counted
 * (`start` moves past them), so that the guest is never held up.
 */
void recording_append(struct recording *recording, const unsigned char *bytes, size_t length);

/* Forgets everything recorded; offsets go on. */
void recording_clear(struct recording *recording);

/*
 * Reads at most `length` bytes from `offset` (start <= offset <= end). Returns their number, 0 at the end, or -1 when
 * the place can't be read any more.
 */
ssize_t recording_read(struct recording *recording, struct recording_cursor *cursor, uint64_t offset, unsigned char *bytes, size_t length);

void recording_cursor_close(struct recording_cursor *cursor);

/* Writes everything through to the disk. */
void recording_flush(struct recording *recording);

#endif
