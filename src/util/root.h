// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/str.h"

/*
 * The tree that is looked at: the machine itself, a folder that stands for one, an unpacked capture.
 * Paths have no leading slash; links are resolved inside the tree, so that an absolute link in a
 * fixture never leads to the real machine. Text from it is untrusted: every read is bounded.
 */
typedef struct Root Root;

typedef enum RootEntry {
        ROOT_ENTRY_DIR,
        ROOT_ENTRY_LINK, /* data: the target */
        ROOT_ENTRY_FILE, /* data: the content, or NULL when only its presence was looked at */
} RootEntry;

/* Is told of all that is seen: `gpuhost capture` is a run of the readers with such an observer. Paths
 * are canonical, but for those below proc/, which are as asked (proc/self would name a process). */
typedef struct RootObserver {
        int (*saw)(void *userdata, RootEntry type, const char *path, const char *data, size_t n);
        void *userdata;
} RootObserver;

int root_open(const char *path, Root **ret) _must_check_;
Root *root_free(Root *root);
DEFINE_CLEANUP(Root *, root_free)

/* Is this the running machine? Then ownership rules hold, and what cannot be faked may be asked. */
bool root_is_host(const Root *root);

/* The folder that all is opened beneath: for a child that closes everything else. */
int root_descriptor(const Root *root) _pure_;

void root_observe(Root *root, const RootObserver *observer);
bool root_is_observed(const Root *root);

/* Tells the observer of the part that matters of a file that the caller has read by itself. */
int root_tell_excerpt(Root *root, const char *path, const char *data, size_t n) _must_check_;

/* `flags` as of open(2), O_CLOEXEC added. Not observed. */
int root_open_file(Root *root, const char *path, int flags) _must_check_;

bool root_exists(Root *root, const char *path);
int root_read_file(Root *root, const char *path, size_t max, char **ret,
                   size_t *ret_size) _must_check_;

/* root_read_file() for who opened `path` before, to look at its owner or kind. */
int root_read_opened(Root *root, const char *path, int fd, size_t max, char **ret,
                     size_t *ret_size) _must_check_;
int root_read_link(Root *root, const char *path, char **ret) _must_check_;

/* One attribute, see root_dir_read(). */
int root_read(Root *root, const char *path, char *buf, size_t size) _must_check_;

/* Names in a folder, sorted, without dot files. -ENOENT and -ENOTDIR as open(2) has them. */
int root_list(Root *root, const char *path, StrList *ret) _must_check_;

/* Calls `line` for each line of a text file. It returns true for a line that matters: an observer
 * sees only these; in place of the others it sees empty lines with ROOT_SCAN_NUMBERED, else nothing.
 * Negative stops the scan with that error. */
typedef int (*RootLine)(void *userdata, char *line, unsigned number);
typedef enum RootScanFlags {
        ROOT_SCAN_NUMBERED = 1,
} RootScanFlags;
int root_scan(Root *root, const char *path, RootScanFlags flags, RootLine line,
              void *userdata) _must_check_;

/* A folder held open, for many small reads: a device in sysfs. Names have no slash. */
typedef struct RootDir {
        Root *root;
        int fd;
        char *path; /* canonical if observed, else as asked */
} RootDir;

#define ROOT_DIR_NONE ((RootDir){ .fd = -EBADF })
int root_dir_open(Root *root, const char *path, RootDir *ret) _must_check_;
int root_dir_open_at(const RootDir *parent, const char *name, RootDir *ret) _must_check_;
void root_dir_done(RootDir *dir);
#define _cleanup_root_dir_ _cleanup_(root_dir_done)

/* One attribute, without its final newline. -E2BIG when it does not fit, -EBADMSG when it holds NUL. */
int root_dir_read(const RootDir *dir, const char *name, char *buf, size_t size) _must_check_;
int root_dir_read_link(const RootDir *dir, const char *name, char *buf, size_t size) _must_check_;
bool root_dir_exists(const RootDir *dir, const char *name);
int root_dir_list(const RootDir *dir, StrList *ret) _must_check_; /* see root_list() */

/* Only the names that begin with `prefix`; an observer hears of no others. */
int root_dir_list_prefix(const RootDir *dir, const char *prefix, StrList *ret) _must_check_;
