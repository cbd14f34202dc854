// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/qemu.h"

/* QEMU opens a descriptor that it was given by this name, with the access that it was opened for. */
static void pass_descriptor(Qemu *q, const char *what, int fd, size_t i)
{
        Option set = option_begin(&q->words, "-add-fd", NULL);

        option_number(&set, "fd", (uint64_t)fd);
        option_number(&set, "set", (uint64_t)fd);
        option_format(&set, "opaque", "%s%zu", what, i);
        option_end(&set);
}

Option qemu_blockdev(Qemu *q, DiskFormat format)
{
        Option node = format == DISK_QCOW2 ? option_begin_json(&q->words, "-blockdev")
                                           : option_begin(&q->words, "-blockdev", NULL);

        option_text(&node, "driver", enum_to_string(&disk_format_table, (int)format));
        return node;
}

void qemu_image_file(Option *node, const StartImage *image)
{
        option_open(node, "file");
        option_text(node, "driver", image->block ? "host_device" : "file");
        if (image->fd >= 0)
                option_format(node, "filename", "/dev/fdset/%d", image->fd);
        else
                option_text(node, "filename", image->path);
        option_close(node);
}

void qemu_blockdev_end(Option *node, DiskFormat format)
{
        if (format == DISK_QCOW2)
                option_null(node, "backing");
        option_end(node);
}

/* It has none of its own: the claim has looked. */
static void backing(Option *node, const DiskBacking *backing, const StartImage *where)
{
        option_open(node, "backing");
        option_text(node, "driver", enum_to_string(&disk_format_table, (int)backing->format));
        option_switch(node, "read-only", true);
        qemu_image_file(node, where);
        if (backing->format == DISK_QCOW2)
                option_null(node, "backing");
        option_close(node);
}

static void image(Qemu *q, size_t i)
{
        const Disk *disk = q->instance->disks + i;
        const StartDisk *where = q->start->disks + i;
        Option node = qemu_blockdev(q, disk->format);

        option_format(&node, "node-name", "image%zu", i);
        option_switch(&node, "read-only", disk->readonly);
        option_text(&node, "discard", "unmap");
        qemu_image_file(&node, &where->image);
        if (!disk->has_backing) {
                qemu_blockdev_end(&node, disk->format);
                return;
        }
        backing(&node, &disk->backing, &where->backing);
        option_end(&node);
}

static void disk_device(Qemu *q, size_t i)
{
        const Disk *disk = q->instance->disks + i;
        Option device = qemu_virtio(q, "virtio-blk-pci", PLACE_DISK, i);

        option_format(&device, "id", "disk%zu", i);
        option_format(&device, "drive", "image%zu", i);
        if (disk->serial)
                option_text(&device, "serial", disk->serial);
        option_number(&device, "bootindex", i + 1);
        option_end(&device);
}

/* It boots from what has a place in the order of booting, and else halts: the seed is a disk too. */
static void boot_order(Qemu *q)
{
        Option boot = option_begin(&q->words, "-boot", NULL);

        option_switch(&boot, "strict", true);
        option_end(&boot);
}

static void check_place(Qemu *q, const char *what, const StartImage *image, size_t i)
{
        if (image->fd >= 0)
                pass_descriptor(q, what, image->fd, i);
        else if (!image->path)
                words_fail(&q->words, -EINVAL);
}

void qemu_disks(Qemu *q)
{
        boot_order(q);
        for (size_t i = 0; i < q->start->n_disks; i++) {
                check_place(q, "disk", &q->start->disks[i].image, i);
                if (q->instance->disks[i].has_backing)
                        check_place(q, "backing", &q->start->disks[i].backing, i);
                if (q->words.error < 0)
                        return;
                image(q, i);
                disk_device(q, i);
        }
}

/* A folder that the guest sees as a FAT file system; cloud-init finds it by its label. */
void qemu_seed(Qemu *q)
{
        Option option;

        if (!q->start->seed)
                return;
        option = option_begin(&q->words, "-blockdev", NULL);
        option_text(&option, "driver", "vvfat");
        option_text(&option, "node-name", "seed");
        option_switch(&option, "read-only", true);
        option_text(&option, "label", "CIDATA");
        option_text(&option, "dir", q->start->seed);
        option_end(&option);
        option = qemu_virtio(q, "virtio-blk-pci", PLACE_SYSTEM, SYSTEM_SEED);
        option_text(&option, "drive", "seed");
        option_end(&option);
}

void qemu_shares(Qemu *q)
{
        for (size_t i = 0; i < q->start->n_shares; i++) {
                Option option = option_begin(&q->words, "-chardev", "socket");

                option_format(&option, "id", "share%zu", i);
                option_number(&option, "fd", (uint64_t)q->start->shares[i]);
                option_end(&option);
                /* There is no older kind of it to leave out. */
                option = option_begin(&q->words, "-device", "vhost-user-fs-pci");
                qemu_place(&option, PLACE_SHARE, i);
                option_format(&option, "chardev", "share%zu", i);
                option_text(&option, "tag", q->instance->shares[i].tag);
                option_end(&option);
        }
}
