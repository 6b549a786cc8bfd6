/* Keeps a diary of what a process writes to one database and what it has synced, so that a
   power cut at any moment can be played afterwards. Loaded with LD_PRELOAD.

   LOSS_FILE: the database's real path; files whose path begins with it are watched (-wal, -journal).
   LOSS_DIARY: the file to append to. One record: u8 what, u8 0, u16 length of name, u32 length of
   data, u64 offset, name (what follows LOSS_FILE in the path), data; host byte order.
   what: W written at offset, T cut to offset, S synced, U unlinked.
   A record is appended after the call has done its work; one lock keeps both in one order. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static const char *database;
static size_t database_length;
static int diary = -1;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("LOSS_DIARY");
    database = getenv("LOSS_FILE");
    if (!database || !path) return;
    database_length = strlen(database);
    diary = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* What follows the database's path in this one, or NULL when the file is none of its files. */
static const char *watched(const char *path) {
    if (diary < 0 || strncmp(path, database, database_length)) return NULL;
    /* The shared memory is no file in earnest: it is made anew after a cut. */
    return strcmp(path + database_length, "-shm") ? path + database_length : NULL;
}

static const char *of_descriptor(int fd, char *buffer) {
    char link[64];
    if (diary < 0 || fd == diary || fd < 3) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, buffer, PATH_MAX - 1);
    if (length <= 0) return NULL;
    buffer[length] = 0;
    return watched(buffer);
}

static void note(char what, const char *name, uint64_t offset, const void *data, uint32_t size) {
    uint16_t name_length = strlen(name);
    size_t total = 16 + name_length + size;
    char *record = malloc(total);
    if (!record) abort();
    record[0] = what;
    record[1] = 0;
    memcpy(record + 2, &name_length, 2);
    memcpy(record + 4, &size, 4);
    memcpy(record + 8, &offset, 8);
    memcpy(record + 16, name, name_length);
    if (size) memcpy(record + 16 + name_length, data, size);
    if (syscall(SYS_write, diary, record, total) != (long)total) abort();
    free(record);
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define WATCHED(fd, call, record) \
    do { \
        char buffer[PATH_MAX]; \
        const char *name = of_descriptor(fd, buffer); \
        if (!name) return call; \
        pthread_mutex_lock(&one_at_a_time); \
        __typeof__(call) done = call; \
        int kept = errno; \
        if (done >= 0) record; \
        pthread_mutex_unlock(&one_at_a_time); \
        errno = kept; \
        return done; \
    } while (0)

/* After the call the file's own position, or its end when it was opened to append, tells where the data went. */
static uint64_t before(int fd, ssize_t done) { return (uint64_t)lseek(fd, 0, SEEK_CUR) - (uint64_t)done; }

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    WATCHED(fd, real(fd, data, size), note('W', name, before(fd, done), data, done));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    REAL(pwrite);
    WATCHED(fd, real(fd, data, size, offset), note('W', name, offset, data, done));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    REAL(pwrite64);
    WATCHED(fd, real(fd, data, size, offset), note('W', name, offset, data, done));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    char buffer[PATH_MAX];
    /* Nothing that is watched writes so; a silent hole in the diary would prove nothing. */
    if (of_descriptor(fd, buffer)) abort();
    return real(fd, parts, count);
}

int ftruncate(int fd, off_t size) {
    REAL(ftruncate);
    WATCHED(fd, real(fd, size), note('T', name, size, NULL, 0));
}

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    WATCHED(fd, real(fd, size), note('T', name, size, NULL, 0));
}

int fsync(int fd) {
    REAL(fsync);
    WATCHED(fd, real(fd), note('S', name, 0, NULL, 0));
}

int fdatasync(int fd) {
    REAL(fdatasync);
    WATCHED(fd, real(fd), note('S', name, 0, NULL, 0));
}

int rename(const char *from, const char *to) {
    REAL(rename);
    if (watched(from) || watched(to)) abort();
    return real(from, to);
}

int unlink(const char *path) {
    REAL(unlink);
    const char *name = watched(path);
    if (!name) return real(path);
    pthread_mutex_lock(&one_at_a_time);
    int done = real(path);
    int kept = errno;
    if (!done) note('U', name, 0, NULL, 0);
    pthread_mutex_unlock(&one_at_a_time);
    errno = kept;
    return done;
}
