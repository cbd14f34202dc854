// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * From the files below /usr/lib, /run and /etc/gpuhost to the model.
 *
 * What is wrong in a file is told to the Diag and is no failure of these functions: the host or the
 * instance is marked invalid, and reading goes on. They fail only for want of memory and the like.
 */

#include "config/key.h"
#include "model/config.h"
#include "util/root.h"

typedef enum ConfigFlags {
        CONFIG_HOST_ONLY = 1, /* host.d alone: no instances, no profiles */
} ConfigFlags;

/* Everything: host.d as one, profiles merged into instances, replicas made. */
int config_load(Root *root, ConfigFlags flags, Config *ret, Diag *diag) _must_check_;
void config_done(Config *config);
#define _cleanup_config_ _cleanup_(config_done)

Instance *instance_free(Instance *instance);
DEFINE_CLEANUP(Instance *, instance_free)

/*
 * The same, one instance at a time, for who need not hold them all. Origins of what it returns
 * live as long as the reader. What is checked between instances are their names only.
 */
typedef struct ConfigReader ConfigReader;

int config_open(Root *root, ConfigFlags flags, Diag *diag, ConfigReader **ret) _must_check_;
ConfigReader *config_close(ConfigReader *reader);
DEFINE_CLEANUP(ConfigReader *, config_close)

const HostConfig *config_host(const ConfigReader *reader);
bool config_host_valid(const ConfigReader *reader);

/* The next file's instance by name, profiles merged: 1, or 0 at the end. With has_replicas it is the
 * declaration, and instance_replica() makes each of its replicas. */
int config_next(ConfigReader *reader, Instance **ret) _must_check_;

/* The one instance, replica or not, of that name; -ENOENT when there is none. */
int config_find(ConfigReader *reader, const char *name, Instance **ret) _must_check_;

/* `number` from 1; for a declaration that has replicas. */
int instance_replica(const Instance *declaration, uint32_t number, Instance **ret) _must_check_;

/*
 * The effective result, key by key as files write it. Only what some file says, in the order of the
 * tables; a value's `origin` is where it was said.
 */
typedef enum ConfigValueType {
        CONFIG_VALUE_BOOL,
        CONFIG_VALUE_NUMBER,
        CONFIG_VALUE_STRING,
} ConfigValueType;

typedef struct ConfigValue {
        ConfigValueType type;
        bool boolean;
        uint64_t number;
        const char *string;
} ConfigValue;

/* `key` is NULL for the elements of a list. Each returns 0, or a negative that ends the walk. */
typedef struct ConfigVisitor {
        int (*value)(void *userdata, const char *key, const ConfigValue *value, Origin origin);
        int (*begin_map)(void *userdata, const char *key, Origin origin);
        int (*begin_list)(void *userdata, const char *key, Origin origin);
        int (*end)(void *userdata); /* of the map or list begun last */
} ConfigVisitor;

int config_walk_host(const HostConfig *host, const ConfigVisitor *visitor, void *userdata);
int config_walk_instance(const Instance *instance, const ConfigVisitor *visitor, void *userdata);

/* The same as YAML that loads again, each value with a comment that says where it comes from. */
int config_print_host(const HostConfig *host, StrBuf *out) _must_check_;
int config_print_instance(const Instance *instance, StrBuf *out) _must_check_;
