// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* A folder with configuration in it, for tests of config/. It is loaded as often as a test likes. */

#include "config/config.h"

#include "unit.h"

typedef struct ConfigWorld {
        char dir[32];
        Root *root;
        Config config;
        Diag diag;
        StrBuf remarks, text;
} ConfigWorld;

ConfigWorld *config_world_new(void);
ConfigWorld *config_world_free(ConfigWorld *w);
DEFINE_CLEANUP(ConfigWorld *, config_world_free)
#define _cleanup_config_world_ _cleanup_(config_world_freep)

/* Paths are whole, below the root: "etc/gpuhost/vm.d/a.yaml". */
void config_world_write_n(ConfigWorld *w, const char *path, const char *text, size_t n);
void config_world_write(ConfigWorld *w, const char *path, const char *text);
void config_world_link(ConfigWorld *w, const char *path, const char *target);
void config_world_remove(ConfigWorld *w, const char *path);

/* All remarks, one a line: "vm.d/a.yaml:3:5: unknown key 'gpus' | did you mean 'gpu'?". */
const char *config_world_load(ConfigWorld *w);
void config_world_forget(ConfigWorld *w);

/* NULL when there is none of that name. */
const Instance *config_world_instance(const ConfigWorld *w, const char *name);

/* As cat-config prints it, with or without where it comes from. */
const char *config_world_print_host(ConfigWorld *w, bool origins);
const char *config_world_print(ConfigWorld *w, const char *name, bool origins);
