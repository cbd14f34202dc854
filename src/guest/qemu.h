// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What the parts of QEMU's command line share. Each adds its options to `words`. */

#include "guest/guest.h"
#include "guest/option.h"

typedef struct Qemu {
        const Instance *instance;
        const GuestStart *start;
        Words words;
} Qemu;

/*
 * Where devices stand on the root bus. Each kind has slots of its own, eight functions a slot, so that
 * one more disk never moves a network card to another name.
 */
typedef enum Place {
        PLACE_SYSTEM, /* what every guest has */
        PLACE_NETWORK,
        PLACE_DISK,
        PLACE_SHARE,
        PLACE_PORT, /* root ports */
} Place;

/* Functions of PLACE_SYSTEM. */
enum { SYSTEM_RNG, SYSTEM_PANIC, SYSTEM_VSOCK, SYSTEM_SEED };

/* Adds bus, addr and multifunction of the i-th of its kind; -E2BIG sticks where the kind is full. */
void qemu_place(Option *option, Place place, size_t i);

/* A virtio device: the same, without what only guests older than virtio 1.0 need. */
Option qemu_virtio(Qemu *q, const char *driver, Place place, size_t i);

/*
 * `-blockdev` of an image, up to what only some have. What stands in an image is the guest's: of qcow2 each
 * has its backing said here, or that it has none, and never by its header, which could name any file of the
 * host. So that is JSON, as nothing else can say "none".
 */
Option qemu_blockdev(Qemu *q, DiskFormat format);
void qemu_image_file(Option *node, const StartImage *image);
void qemu_blockdev_end(Option *node, DiskFormat format);

void qemu_machine(Qemu *q);
void qemu_memory(Qemu *q);
void qemu_firmware(Qemu *q);
void qemu_smbios(Qemu *q);
void qemu_devices(Qemu *q);
void qemu_passthrough(Qemu *q);
void qemu_disks(Qemu *q);
void qemu_seed(Qemu *q);
void qemu_shares(Qemu *q);
void qemu_networks(Qemu *q);
