// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "model/pci.h"
#include "util/buf.h"
#include "util/root.h"

/* Somebody who has a node of a device open or mapped. */
typedef struct Holder {
        pid_t pid;     /* 0: the kernel itself, `what` is the module */
        char *command; /* "Xorg" */
        char *unit;    /* innermost of its cgroup: "gdm.service", "libpod-….scope"; NULL: none */
        char *what;    /* "/dev/dri/card0" */
} Holder;

typedef struct HolderList {
        Holder *items;
        size_t n;
        bool incomplete; /* some processes could not be looked at */
} HolderList;

/*
 * Who holds any of these functions. A driver that is taken away from under a user may block for ever
 * or take the machine down, so the answer errs towards somebody: where a driver module has more
 * references than dependent modules and open nodes explain, the kernel itself counts as holder.
 *
 * That is a look at one moment. Nothing keeps others from opening a node right after it.
 */
int holders_find(Root *root, const PciAddress *functions, size_t n, HolderList *ret) _must_check_;

/* "Xorg (pid 812, gdm.service) holds /dev/dri/card0" */
void holder_format(const Holder *holder, StrBuf *out);
void holder_done(Holder *holder);
void holder_list_done(HolderList *list);
#define _cleanup_holders_ _cleanup_(holder_list_done)
