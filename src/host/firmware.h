// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/firmware.h"
#include "util/root.h"

/*
 * The UEFI firmware for VMs on x86_64 that lies in flash and whose program is there, from the descriptors
 * in etc/qemu/firmware and usr/share/qemu/firmware. They go by name over both; of the same name that
 * of etc/ counts, and an empty one masks. A library of its own, since it reads JSON.
 */
int firmware_read(Root *root, FirmwareList *ret) _must_check_;

/* One descriptor, without its `file`. -ENOENT for what is well-formed and of no use here, -EINVAL else. */
int firmware_parse(const char *text, size_t n, FirmwareDescriptor *ret) _must_check_;
