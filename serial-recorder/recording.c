#define _GNU_SOURCE
#include "recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OFFSET_DIGITS 20
/* alias, dot, digits, ".log", end */
#define NAME_SIZE (64 + 1 + OFFSET_DIGITS + 4 + 1)

static void segment_name(const struct recording *recording, uint64_t offset, char name[NAME_SIZE]) {
    snprintf(name, NAME_SIZE, "%s.%020" PRIu64 ".log", recording->alias, offset);
}

/* 1 and the offset when what follows an alias in `name` makes it a segment, else 0. */
static int suffix_offset(const char *name, size_t alias_length, uint64_t *offset) {
    if (name[alias_length] != '.')
        return 0;
    const char *digits = name + alias_length + 1;
    if (strspn(digits, "0123456789") != OFFSET_DIGITS || strcmp(digits + OFFSET_DIGITS, ".log") != 0)
        return 0;
    errno = 0;
    *offset = strtoumax(digits, NULL, 10);
    return errno == 0;
}

static int segment_offset(const struct recording *recording, const char *name, uint64_t *offset) {
    size_t alias_length = strlen(recording->alias);
    return strncmp(name, recording->alias, alias_length) == 0 && suffix_offset(name, alias_length, offset);
}

static DIR *list_directory(int directory) {
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (!listing && copy >= 0)
        close(copy);
    return listing;
}

int recording_remove_all(int directory) {
    DIR *listing = list_directory(directory);
    if (!listing)
        return -1;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        uint64_t offset;
        if (!suffix_offset(entry->d_name, strcspn(entry->d_name, "."), &offset))
            continue;
        if (unlinkat(directory, entry->d_name, 0) != 0 && errno != ENOENT)
            perror(entry->d_name);
    }
    closedir(listing);
    return 0;
}

static void remove_segment(const struct recording *recording, uint64_t offset) {
    char name[NAME_SIZE];
    segment_name(recording, offset, name);
    if (unlinkat(recording->directory, name, 0) != 0 && errno != ENOENT)
        perror(name);
}

static void forget_oldest(struct recording *recording) {
    remove_segment(recording, recording->segments[0]);
    recording->segment_count--;
    memmove(recording->segments, recording->segments + 1, (size_t)recording->segment_count * sizeof recording->segments[0]);
    recording->start = recording->segment_count > 0 ? recording->segments[0] : recording->end;
}

static void close_newest(struct recording *recording) {
    if (recording->fd >= 0)
        close(recording->fd);
    recording->fd = -1;
}

/* Begins a segment at the present end. Returns 0, or -1 with errno. */
static int begin_segment(struct recording *recording) {
    char name[NAME_SIZE];
    close_newest(recording);
    while (recording->segment_count >= RECORDING_SEGMENTS)
        forget_oldest(recording);
    segment_name(recording, recording->end, name);
    recording->fd = openat(recording->directory, name, O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC, 0600);
    if (recording->fd < 0)
        return -1;
    if (recording->segment_count == 0)
        recording->start = recording->end;
    recording->segments[recording->segment_count++] = recording->end;
    return 0;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int segment_length(const struct recording *recording, uint64_t offset, uint64_t *length) {
    char name[NAME_SIZE];
    struct stat status;
    segment_name(recording, offset, name);
    if (fstatat(recording->directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (!S_ISREG(status.st_mode))
        return errno = EINVAL, -1;
    *length = (uint64_t)status.st_size;
    return 0;
}

/* All offsets for which there is a segment file, in ascending order; the caller frees. */
static int list_segments(const struct recording *recording, uint64_t **offsets, size_t *count) {
    DIR *listing = list_directory(recording->directory);
    if (!listing)
        return -1;
    *offsets = NULL;
    *count = 0;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        uint64_t offset;
        if (!segment_offset(recording, entry->d_name, &offset))
            continue;
        uint64_t *grown = realloc(*offsets, (*count + 1) * sizeof **offsets);
        if (!grown) {
            free(*offsets);
            closedir(listing);
            return -1;
        }
        *offsets = grown;
        grown[(*count)++] = offset;
    }
    closedir(listing);
    if (*count > 0)
        qsort(*offsets, *count, sizeof **offsets, ascending);
    return 0;
}

int recording_open(struct recording *recording, int directory, const char *alias, uint64_t limit) {
    *recording =
        (struct recording){.directory = directory, .alias = alias, .limit = limit, .segment_size = limit / RECORDING_SEGMENTS, .fd = -1};
    uint64_t *offsets;
    size_t count;
    if (list_segments(recording, &offsets, &count) != 0)
        return -1;
    /* From the newest backwards as long as they join; what doesn't join or is too old goes. */
    size_t first = count;
    uint64_t next = 0;
    while (first > 0) {
        uint64_t length;
        if (count - first == RECORDING_SEGMENTS || segment_length(recording, offsets[first - 1], &length) != 0)
            break;
        if (first < count && offsets[first - 1] + length != next)
            break;
        if (first == count)
            recording->end = offsets[first - 1] + length;
        next = offsets[--first];
    }
    for (size_t i = 0; i < first; i++)
        remove_segment(recording, offsets[i]);
    for (size_t i = first; i < count; i++)
        recording->segments[recording->segment_count++] = offsets[i];
    free(offsets);
    if (recording->segment_count == 0)
        return begin_segment(recording);
    recording->start = recording->segments[0];
    char name[NAME_SIZE];
    segment_name(recording, recording->segments[recording->segment_count - 1], name);
    recording->fd = openat(directory, name, O_WRONLY | O_APPEND | O_CLOEXEC);
    return recording->fd < 0 ? -1 : 0;
}

/* Nothing could be written: counts the bytes as gone and begins again after them at the next append. */
static void lose(struct recording *recording, size_t length) {
    close_newest(recording);
    while (recording->segment_count > 0)
        forget_oldest(recording);
    recording->end += length;
    recording->start = recording->end;
}

void recording_append(struct recording *recording, const unsigned char *bytes, size_t length) {
    while (length > 0) {
        uint64_t used = recording->segment_count > 0 ? recording->end - recording->segments[recording->segment_count - 1] : 0;
        if (recording->fd < 0 || used >= recording->segment_size) {
            if (begin_segment(recording) != 0) {
                perror("beginning a segment");
                if (recording->segment_count == 0) {
                    lose(recording, length);
                    return;
                }
                forget_oldest(recording);
                continue;
            }
            used = 0;
        }
        uint64_t room = recording->segment_size - used;
        ssize_t written = write(recording->fd, bytes, length < room ? length : (size_t)room);
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
            recording->end += (uint64_t)written;
        } else if (written < 0 && errno != EINTR) {
            /* Mostly ENOSPC: older output makes room for newer. */
            if (recording->segment_count > 1)
                forget_oldest(recording);
            else {
                perror("writing the recording");
                lose(recording, length);
                return;
            }
        }
    }
}

void recording_clear(struct recording *recording) {
    uint64_t last = recording->segment_count > 0 ? recording->segments[recording->segment_count - 1] : 0;
    if (recording->segment_count == 1 && last == recording->end)
        return;
    while (recording->segment_count > 0)
        forget_oldest(recording);
    if (begin_segment(recording) != 0)
        perror("beginning a segment");
}

ssize_t recording_read(struct recording *recording, struct recording_cursor *cursor, uint64_t offset, unsigned char *bytes, size_t length) {
    if (offset < recording->start || offset > recording->end)
        return -1;
    if (offset == recording->end)
        return 0;
    int index = recording->segment_count - 1;
    while (index >= 0 && recording->segments[index] > offset)
        index--;
    if (index < 0)
        return -1;
    if (cursor->fd < 0 || cursor->segment != recording->segments[index]) {
        char name[NAME_SIZE];
        recording_cursor_close(cursor);
        segment_name(recording, recording->segments[index], name);
        cursor->fd = openat(recording->directory, name, O_RDONLY | O_CLOEXEC);
        if (cursor->fd < 0)
            return -1;
        cursor->segment = recording->segments[index];
    }
    uint64_t available = (index + 1 < recording->segment_count ? recording->segments[index + 1] : recording->end) - offset;
    ssize_t got;
    do
        got = pread(cursor->fd, bytes, length < available ? length : (size_t)available, (off_t)(offset - cursor->segment));
    while (got < 0 && errno == EINTR);
    /* Shorter than it must be: somebody truncated the file under us. */
    return got == 0 ? -1 : got;
}

void recording_cursor_close(struct recording_cursor *cursor) {
    if (cursor->fd >= 0)
        close(cursor->fd);
    cursor->fd = -1;
}

void recording_flush(struct recording *recording) {
    if (recording->fd >= 0 && fdatasync(recording->fd) != 0)
        perror("fdatasync");
}
