/* A stick that is pulled out while a file on it is open: what is read from or written to it fails as the system
   says it then. Loaded with LD_PRELOAD.

   PULLED_ROOT: the stick's real path. PULLED_NOW: it is out from when this file exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_out(int fd) {
    const char *root = getenv("PULLED_ROOT"), *now = getenv("PULLED_NOW");
    char link[64], path[PATH_MAX];
    if (fd < 3 || !root || !now || access(now, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return !strncmp(path, root, strlen(root));
}

ssize_t read(int fd, void *data, size_t size) {
    static ssize_t (*real)(int, void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "read");
    if (!is_out(fd)) return real(fd, data, size);
    errno = EIO;
    return -1;
}

ssize_t write(int fd, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    if (!is_out(fd)) return real(fd, data, size);
    errno = EIO;
    return -1;
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    if (!is_out(fd)) return real(fd);
    errno = EIO;
    return -1;
}
