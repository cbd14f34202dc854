// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/pci.h"
#include "util/root.h"

enum { NVIDIA_MAJOR = 195 };

/* A device node by which somebody may hold a PCI function: the kernel's own, those of its subsystems
 * (DRM, sound, framebuffer, what hangs on a USB controller), its VFIO group. */
typedef struct DeviceNode {
        char *name; /* below /dev: "dri/card0" */
        uint32_t major, minor;
        bool block;
} DeviceNode;

typedef struct DeviceNodeList {
        DeviceNode *items;
        size_t n;
} DeviceNodeList;

int device_node_add(DeviceNodeList *list, const char *name, uint32_t major, uint32_t minor,
                    bool block) _must_check_;

/* Adds those of one function. Nothing that is absent is an error. */
int device_nodes_add(Root *root, PciAddress address, DeviceNodeList *list) _must_check_;
void device_node_list_done(DeviceNodeList *list);
#define _cleanup_device_nodes_ _cleanup_(device_node_list_done)
