// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"
#include "util/root.h"

/*
 * A kernel for a fixture tree: stands in for watched_write() and the Writer, notes every write, and moves `driver`
 * links as the PCI bus does, and makes and removes mediated devices. So the order of writes can be looked at, and every one can fail.
 */
typedef struct FakeKernel {
        char dir[32];
        Root *root;
        StrBuf log;             /* PATH=VALUE, a line each */
        const char *fail_path;  /* writes to it fail … */
        const char *fail_value; /* … of this value only, unless NULL … */
        int fail_with;          /* … with that */
        unsigned n_mdevs;       /* that were ever made */
} FakeKernel;

enum {
        FAKE_IGNORE = 1,   /* success, and nothing happens */
        FAKE_CHILD = 4711, /* who is stuck after -ETIMEDOUT */
};

FakeKernel *fake_kernel_new(void);
void fake_kernel_free(FakeKernel *k);
void fake_put(FakeKernel *k, const char *path, const char *text); /* with its folders */
void fake_link(FakeKernel *k, const char *path, const char *target);

/* A function in sysfs; `driver` may be NULL. */
void fake_function(FakeKernel *k, const char *address, const char *driver, const char *native);

/* The driver's name at the end of the link, or "". */
const char *fake_driver(FakeKernel *k, const char *address);
char *fake_text(FakeKernel *k, const char *path);
