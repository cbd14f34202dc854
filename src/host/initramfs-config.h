// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/cpio.h"
#include "util/root.h"

/* The files of host.d as the root has them, for comparison with the copy in an image. */
typedef struct ConfigFile {
        char *path;
        bool is_link;
        char *data; /* content, or a link's target */
        size_t size;
        bool seen;
} ConfigFile;

typedef struct ConfigFiles {
        ConfigFile *items;
        size_t n;
} ConfigFiles;

int config_files_read(Root *root, ConfigFiles *ret) _must_check_;
void config_files_done(ConfigFiles *files);
#define _cleanup_config_files_ _cleanup_(config_files_done)

/* Is it one of those that an image has a copy of? */
bool config_files_concern(const char *path) _pure_;

/* Compares a copy, and takes note that there is one: true if it is as the file is. */
bool config_files_same(ConfigFiles *files, const CpioEntry *copy);

/* A file that no copy was seen of, NULL: none. Forgets what was seen. */
const char *config_files_missing(ConfigFiles *files);
