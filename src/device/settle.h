// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/pci.h"
#include "util/root.h"

/*
 * Waiting for devices without polling: wakes up when the kernel or udev says something of a device, and
 * when udev has nothing left to do. Open it first, look at what is there then, and wait only if that is not as it
 * should be: what comes in between is not lost.
 */
typedef struct DeviceWatch {
        int uevents; /* of the kernel, and of udev when it is done with one */
        int idle;    /* udev's queue goes */
} DeviceWatch;

#define DEVICE_WATCH_NONE ((DeviceWatch){ .uevents = -EBADF, .idle = -EBADF })

/* Before udev runs there is no queue of its to watch, which is no error. */
int device_watch_open(Root *root, DeviceWatch *ret) _must_check_;
void device_watch_done(DeviceWatch *watch);
#define _cleanup_device_watch_ _cleanup_(device_watch_done)

/* Until something has happened, or until the monotonic clock reads `deadline_usec`: -ETIMEDOUT. */
int device_watch_wait(DeviceWatch *watch, uint64_t deadline_usec) _must_check_;

/* udev has applied its rules to the function: names and permissions of its nodes are as they will be. */
bool device_initialized(Root *root, PciAddress address);

/* The same, and udev has nothing more to do at all: no driver will come by itself. */
bool device_settled(Root *root, PciAddress address);

/* The same for a node, "/dev/vfio/7": udev gives it its owner, and does so once. */
bool device_node_settled(Root *root, const char *path);

/* Until that is so of `what`, or the deadline has passed: then one goes on all the same. */
typedef bool (*DeviceState)(Root *root, const void *what);
void device_await(Root *root, DeviceState is_so, const void *what, uint64_t deadline_usec);
