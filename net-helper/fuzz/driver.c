/*
 * Drives a fuzz target where there is no libFuzzer: every file of the corpus, and a number of mutants of them. The generator starts from a
 * fixed seed, so that a finding can be had again.
 * Usage: fuzz-X FOLDER RUNS
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILES 256
#define MAX_BYTES 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static struct {
    uint8_t *bytes;
    size_t size;
} corpus[MAX_FILES];
static size_t files;

static void load(const char *folder) {
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory)) && files < MAX_FILES;) {
        char name[1024];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(name, "rb");
        if (!file)
            continue;
        corpus[files].bytes = malloc(MAX_BYTES);
        corpus[files].size = fread(corpus[files].bytes, 1, MAX_BYTES, file);
        files++;
        fclose(file);
    }
    if (directory)
        closedir(directory);
}

/* A few random edits: a bit, a byte, a removal, a repetition, a piece of another file. */
static size_t mutate(uint8_t *bytes, size_t size) {
    for (uint64_t edits = next() % 8 + 1; edits; edits--) {
        size_t at = size ? next() % size : 0, length = size - at ? next() % (size - at) % 32 + 1 : 0;
        switch (next() % 6) {
        case 0:
            if (size)
                bytes[at] ^= (uint8_t)(1u << next() % 8);
            break;
        case 1:
            if (size)
                bytes[at] = (uint8_t)next();
            break;
        case 2:
            if (length <= size - at) {
                memmove(bytes + at, bytes + at + length, size - at - length);
                size -= length;
            }
            break;
        case 3:
            if (size + length <= MAX_BYTES && length <= size - at) {
                memmove(bytes + at + length, bytes + at, size - at);
                size += length;
            }
            break;
        case 4: {
            size_t other = next() % files, from = corpus[other].size ? next() % corpus[other].size : 0;
            size_t count = corpus[other].size - from;
            if (at + count > MAX_BYTES)
                count = MAX_BYTES - at;
            memcpy(bytes + at, corpus[other].bytes + from, count);
            size = at + count;
            break;
        }
        default:
            size = at;
        }
    }
    return size;
}

int main(int count, char **arguments) {
    static uint8_t bytes[MAX_BYTES];
    if (count != 3)
        return 2;
    load(arguments[1]);
    if (!files)
        return 2;
    for (size_t i = 0; i < files; i++)
        LLVMFuzzerTestOneInput(corpus[i].bytes, corpus[i].size);
    for (long runs = atol(arguments[2]); runs > 0; runs--) {
        size_t file = next() % files;
        memcpy(bytes, corpus[file].bytes, corpus[file].size);
        LLVMFuzzerTestOneInput(bytes, mutate(bytes, corpus[file].size));
    }
    printf("%zu files, %s mutants\n", files, arguments[2]);
    return 0;
}
