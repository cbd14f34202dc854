// SPDX-License-Identifier: LGPL-2.1-or-later
#include <blkid/blkid.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "claim/image.h"
#include "claim/start.h"
#include "util/fd.h"

/* "UUID=…": how libblkid and udev call it, and how a probe of the device does. */
static const struct {
        const char *tag, *value;
} tags[] = {
        { "UUID",      "UUID"            },
        { "LABEL",     "LABEL"           },
        { "PARTUUID",  "PART_ENTRY_UUID" },
        { "PARTLABEL", "PART_ENTRY_NAME" },
};

/* The row of a source that is no path, and what follows its '='. */
static int find_tag(const char *source, const char **ret_value)
{
        for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
                const char *rest = startswith(source, tags[i].tag);

                if (rest && *rest == '=') {
                        *ret_value = rest + 1;
                        return (int)i;
                }
        }
        return -ENOENT;
}

static const char *file_of(const Stage *s, const Disk *disk)
{
        return disk->origin.file ? disk->origin.file : s->instance->file;
}

static int refuse_disk(Stage *s, const Disk *disk, const char *why)
{
        return refuse(s, "%s:%u: disk %s %s", file_of(s, disk), disk->origin.line, disk->source,
                      why);
}

static int refuse_disk_for_now(Stage *s, const Disk *disk, const char *why)
{
        return refuse_for_now(s, "%s:%u: disk %s %s", file_of(s, disk), disk->origin.line,
                              disk->source, why);
}

static int refuse_disk_error(Stage *s, const Disk *disk, int r)
{
        return r == -ENOMEM || r == -ECANCELED ? r : refuse_disk_for_now(s, disk, strerror(-r));
}

static int resolve(Stage *s, const Disk *disk, char **ret)
{
        const char *value;
        int tag = find_tag(disk->source, &value);
        char *name;

        if (tag < 0) {
                *ret = strdup(disk->source);
                return *ret ? 0 : -ENOMEM;
        }
        name = blkid_evaluate_tag(tags[tag].tag, value, NULL);
        if (!name)
                return refuse_disk_for_now(s, disk, "is not there: no block device has that");
        *ret = name;
        return 0;
}

static int look(const Stage *s, const char *path, struct stat *ret)
{
        _cleanup_close_ int fd = root_open_file(s->root, path + 1, O_PATH);

        if (fd < 0)
                return fd;
        return fstat(fd, ret) < 0 ? -errno : 0;
}

static int make(Stage *s, const Disk *disk, const char *path)
{
        int r;

        if (disk->format != DISK_RAW)
                return refuse_disk(s, disk,
                                   "is not there, and create: with format: qcow2 is not "
                                   "supported by this version of gpuhost: qemu-img create");
        r = image_create(s->root, path + 1, disk->create.size);
        return r < 0 ? refuse_disk_error(s, disk, r) : 0;
}

static int find_kind(Stage *s, const Disk *disk, const char *path, struct stat *ret)
{
        int r = look(s, path, ret);

        if (r == -ENOENT && startswith(path, "/dev/"))
                return refuse_disk_for_now(s, disk, "is not there");
        if (r == -ENOENT && disk->has_create) {
                *ret = (struct stat){ .st_mode = S_IFREG };
                return 0;
        }
        if (r == -ENOENT)
                return refuse_disk(s, disk, "is not there: create: {size: …} would make it");
        if (r < 0)
                return refuse_disk_error(s, disk, r);
        if (!S_ISREG(ret->st_mode) && !S_ISBLK(ret->st_mode))
                return refuse_disk(s, disk, "is neither a file nor a block device");
        return 0;
}

/* One that is to be made is a file by the time it is opened. */
static int decide(Stage *s, const Disk *disk)
{
        StartDisk start = { .image = { .fd = -EBADF } };
        struct stat st = {};
        char *path = NULL;
        int r;

        if ((r = resolve(s, disk, &path)) < 0 || (r = str_list_take(&s->disks, path)) < 0 ||
            (r = find_kind(s, disk, s->disks.items[s->disks.n - 1], &st)) < 0 ||
            (r = start_add_fd(&s->start, START_FD_DISK)) < 0)
                return r;
        start.image.fd = r;
        start.image.block = S_ISBLK(st.st_mode);
        return start_add_disk(&s->start, start);
}

int disks_decide(Stage *s)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->instance->n_disks; i++)
                r = decide(s, s->instance->disks + i);
        return r;
}

int disks_list(const Stage *s, StrList *nodes)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->start.n_disks; i++)
                if (s->start.disks[i].image.block)
                        r = str_list_add(nodes, s->disks.items[i]);
        return r;
}

/* Who has it, as far as the kernel tells: "dm-0, md127". */
static int refuse_busy(Stage *s, const Disk *disk, const char *device)
{
        _cleanup_str_list_ StrList names = {};
        _cleanup_str_buf_ StrBuf why = {};
        struct stat st = {};
        char path[64];

        str_buf_add(&why, "is in use by the host");
        if (look(s, device, &st) >= 0) {
                (void)snprintf(path, sizeof(path), "sys/dev/block/%u:%u/holders", major(st.st_rdev),
                               minor(st.st_rdev));
                (void)!root_list(s->root, path, &names);
        }
        for (size_t i = 0; i < names.n; i++)
                str_buf_printf(&why, "%s%s", i == 0 ? ": part of " : ", ", names.items[i]);
        if (names.n == 0)
                str_buf_add(&why, ": it, or a partition of it, is mounted or part of something");
        return refuse_disk_for_now(s, disk, str_buf_get(&why));
}

/* What is known by a probe must be what was asked for: udev's links may be behind. */
static int check_tag(Stage *s, const Disk *disk, blkid_probe probe)
{
        const char *wanted, *is;
        int tag = find_tag(disk->source, &wanted);

        if (tag < 0)
                return 0;
        if (blkid_probe_lookup_value(probe, tags[tag].value, &is, NULL) < 0 ||
            strcasecmp(is, wanted) != 0)
                return refuse_disk(s, disk,
                                   "is another device by now: what it was found by does "
                                   "not stand on it");
        return 0;
}

static int check_usage(Stage *s, const Disk *disk, blkid_probe probe)
{
        const char *usage, *type = "something else";
        _cleanup_free_ char *why = NULL;

        if (blkid_probe_lookup_value(probe, "USAGE", &usage, NULL) < 0 || !streq(usage, "raid"))
                return 0;
        (void)blkid_probe_lookup_value(probe, "TYPE", &type, NULL);
        why = format_string("carries a signature of %s: it is part of the host's storage", type);
        return why ? refuse_disk(s, disk, why) : -ENOMEM;
}

static int probe_block(Stage *s, const Disk *disk, int fd)
{
        blkid_probe probe = blkid_new_probe();
        int r = -ENOMEM;

        if (!probe)
                return r;
        (void)blkid_probe_enable_superblocks(probe, 1);
        (void)blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID |
                                                               BLKID_SUBLKS_LABEL |
                                                               BLKID_SUBLKS_USAGE);
        (void)blkid_probe_enable_partitions(probe, 1);
        (void)blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
        if (blkid_probe_set_device(probe, fd, 0, 0) < 0) {
                r = refuse_disk(s, disk, "cannot be probed");
        } else {
                r = blkid_do_safeprobe(probe);
                r = r == -2  ? refuse_disk(s, disk,
                                           "carries signatures of several kinds: wipefs "
                                            "shows them")
                    : r < -1 ? refuse_disk(s, disk, "cannot be read")
                             : check_usage(s, disk, probe);
                if (r >= 0)
                        r = check_tag(s, disk, probe);
        }
        blkid_free_probe(probe);
        return r;
}

static int check_format(Stage *s, const Disk *disk, int fd)
{
        const char *why = NULL;
        int r = image_check(fd, disk->format, &why);

        if (r < 0)
                return refuse_disk_error(s, disk, r);
        return why ? refuse_disk(s, disk, why) : 0;
}

/* O_EXCL on a block device keeps the host from mounting it as long as the VM has it. */
static int open_disk(Stage *s, const Disk *disk, const char *path, bool block)
{
        _cleanup_close_ int fd = root_open_file(
                s->root, path + 1, (disk->readonly ? O_RDONLY : O_RDWR) | (block ? O_EXCL : 0));
        int r;

        if (fd == -EBUSY)
                return refuse_busy(s, disk, path);
        if (fd < 0)
                return refuse_disk_error(s, disk, fd);
        r = block ? probe_block(s, disk, fd) : 0;
        if (r >= 0)
                r = check_format(s, disk, fd);
        return r < 0 ? r : TAKE_FD(fd);
}

static int make_and_open(Stage *s, Opened *opened, size_t i)
{
        const Disk *disk = s->instance->disks + i;
        const StartImage *image = &s->start.disks[i].image;
        const char *path = s->disks.items[i];
        int r = 0;

        if (disk->has_create && !root_exists(s->root, path + 1))
                r = make(s, disk, path);
        if (r >= 0)
                r = open_disk(s, disk, path, image->block);
        return r < 0 ? r : opened_put(opened, image->fd, r);
}

int disks_open(Stage *s, Opened *opened)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->start.n_disks; i++)
                r = make_and_open(s, opened, i);
        return r;
}
