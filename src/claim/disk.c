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

/* An image of a disk: its own, or the one that it is made on. */
typedef struct Image {
        const Disk *disk;
        const char *what, *source;
        ImageSpec spec;
        bool readonly, made;
} Image;

static Image own_image(const Disk *disk)
{
        return (Image){
                .disk = disk,
                .what = "disk",
                .source = disk->source,
                .spec = { .format = disk->format, .backing_format = disk->backing.format },
                .readonly = disk->readonly,
                .made = disk->has_create
        };
}

static Image backing_image(const Disk *disk)
{
        return (Image){
                .disk = disk,
                .what = "backing",
                .source = disk->backing.source,
                .spec = { .format = disk->backing.format, .is_backing = true },
                .readonly = true
        };
}

static int refuse_image(Stage *s, const Image *image, const char *why)
{
        const Origin *origin = &image->disk->origin;
        int r = refuse(s, "%s:%u: %s %s %s", origin->file ? origin->file : s->instance->file,
                       origin->line, image->what, image->source, why);

        assert(r < 0); /* who analyzes this file alone cannot know */
        return r;
}

static int refuse_image_for_now(Stage *s, const Image *image, const char *why)
{
        s->for_now = true;
        return refuse_image(s, image, why);
}

static int refuse_image_error(Stage *s, const Image *image, int r)
{
        _cleanup_free_ char *why = NULL;

        if (r == -ENOMEM || r == -ECANCELED)
                return r;
        why = format_string("cannot be opened or made: %s", strerror(-r));
        return why ? refuse_image_for_now(s, image, why) : -ENOMEM;
}

static int resolve(Stage *s, const Image *image, char **ret)
{
        const char *value;
        int tag = find_tag(image->source, &value);
        char *name;

        if (tag < 0 || !root_is_host(s->root)) {
                *ret = strdup(image->source);
                return *ret ? 0 : -ENOMEM;
        }
        name = blkid_evaluate_tag(tags[tag].tag, value, NULL);
        if (!name)
                return refuse_image_for_now(s, image, "is not there: no block device has that");
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

/* One that is to be made is a file by the time it is opened. */
static int find_kind(Stage *s, const Image *image, const char *path, struct stat *ret)
{
        int r;

        /* Which device that is, the machine itself tells. */
        if (*path != '/') {
                *ret = (struct stat){ .st_mode = S_IFBLK };
                return 0;
        }
        r = look(s, path, ret);
        if (r == -ENOENT && startswith(path, "/dev/"))
                return refuse_image_for_now(s, image, "is not there");
        if (r == -ENOENT && image->made) {
                *ret = (struct stat){ .st_mode = S_IFREG };
                return 0;
        }
        if (r == -ENOENT)
                return refuse_image(s, image,
                                    image->spec.is_backing
                                            ? "is not there"
                                            : "is not there: create: {size: …} would make it");
        if (r < 0)
                return refuse_image_error(s, image, r);
        if (!S_ISREG(ret->st_mode) && !S_ISBLK(ret->st_mode))
                return refuse_image(s, image, "is neither a file nor a block device");
        return 0;
}

static int decide_image(Stage *s, const Image *image, StartFdKind kind, StrList *paths,
                        StartImage *ret)
{
        struct stat st = {};
        char *path = NULL;
        int r;

        if ((r = resolve(s, image, &path)) < 0 || (r = str_list_take(paths, path)) < 0 ||
            (r = find_kind(s, image, path, &st)) < 0 || (r = start_add_fd(&s->start, kind)) < 0)
                return r;
        *ret = (StartImage){ .fd = r, .block = S_ISBLK(st.st_mode) };
        return 0;
}

static int decide(Stage *s, const Disk *disk)
{
        const Image own = own_image(disk), backing = backing_image(disk);
        StartDisk start = { .image = { .fd = -EBADF }, .backing = { .fd = -EBADF } };
        int r = decide_image(s, &own, START_FD_DISK, &s->disks, &start.image);

        if (r >= 0)
                r = disk->has_backing ? decide_image(s, &backing, START_FD_BACKING, &s->backings,
                                                     &start.backing)
                                      : str_list_add(&s->backings, "");
        return r < 0 ? r : start_add_disk(&s->start, start);
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

        for (size_t i = 0; r >= 0 && i < s->start.n_disks; i++) {
                if (s->start.disks[i].image.block)
                        r = str_list_add(nodes, s->disks.items[i]);
                if (r >= 0 && s->start.disks[i].backing.block)
                        r = str_list_add(nodes, s->backings.items[i]);
        }
        return r;
}

/* Who has it, as far as the kernel tells: "dm-0, md127". */
static int refuse_busy(Stage *s, const Image *image)
{
        _cleanup_str_list_ StrList names = {};
        _cleanup_str_buf_ StrBuf why = {};
        struct stat st = {};
        char path[64];

        str_buf_add(&why, "is in use by the host");
        if (look(s, image->spec.path, &st) >= 0) {
                (void)snprintf(path, sizeof(path), "sys/dev/block/%u:%u/holders", major(st.st_rdev),
                               minor(st.st_rdev));
                (void)!root_list(s->root, path, &names);
        }
        for (size_t i = 0; i < names.n; i++)
                str_buf_printf(&why, "%s%s", i == 0 ? ": part of " : ", ", names.items[i]);
        if (names.n == 0)
                str_buf_add(&why, ": it, or a partition of it, is mounted or part of something");
        return refuse_image_for_now(s, image, str_buf_get(&why));
}

/* What is known by a probe must be what was asked for: udev's links may be behind. */
static int check_tag(Stage *s, const Image *image, blkid_probe probe)
{
        const char *wanted, *is;
        int tag = find_tag(image->source, &wanted);

        if (tag < 0)
                return 0;
        if (blkid_probe_lookup_value(probe, tags[tag].value, &is, NULL) < 0 ||
            strcasecmp(is, wanted) != 0)
                return refuse_image(s, image,
                                    "is another device by now: what it was found by does "
                                    "not stand on it");
        return 0;
}

static int check_usage(Stage *s, const Image *image, blkid_probe probe)
{
        const char *usage, *type = "something else";
        _cleanup_free_ char *why = NULL;

        if (blkid_probe_lookup_value(probe, "USAGE", &usage, NULL) < 0 || !streq(usage, "raid"))
                return 0;
        (void)blkid_probe_lookup_value(probe, "TYPE", &type, NULL);
        why = format_string("carries a signature of %s: it is part of the host's storage", type);
        return why ? refuse_image(s, image, why) : -ENOMEM;
}

static int probe_block(Stage *s, const Image *image, int fd)
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
                r = refuse_image(s, image, "cannot be probed");
        } else {
                r = blkid_do_safeprobe(probe);
                r = r == -2  ? refuse_image(s, image,
                                            "carries signatures of several kinds: wipefs "
                                             "shows them")
                    : r < -1 ? refuse_image(s, image, "cannot be read")
                             : check_usage(s, image, probe);
                if (r >= 0)
                        r = check_tag(s, image, probe);
        }
        blkid_free_probe(probe);
        return r;
}

static int check_format(Stage *s, const Image *image, int fd)
{
        const char *why = NULL;
        int r = image_check(fd, &image->spec, &why);

        if (r < 0)
                return refuse_image_error(s, image, r);
        return why ? refuse_image(s, image, why) : 0;
}

/* O_EXCL on a block device keeps the host from mounting it as long as the VM has it. What others are made
 * on, several VMs may have. */
static int open_image(Stage *s, const Image *image, bool block)
{
        bool alone = block && !image->spec.is_backing;
        _cleanup_close_ int fd =
                root_open_file(s->root, image->spec.path + 1,
                               (image->readonly ? O_RDONLY : O_RDWR) | (alone ? O_EXCL : 0));
        int r;

        if (fd == -EBUSY)
                return refuse_busy(s, image);
        if (fd < 0)
                return refuse_image_error(s, image, fd);
        r = block ? probe_block(s, image, fd) : 0;
        if (r >= 0)
                r = check_format(s, image, fd);
        return r < 0 ? r : TAKE_FD(fd);
}

static int open_backing(Stage *s, Opened *opened, size_t i, uint64_t *ret_size)
{
        Image image = backing_image(s->instance->disks + i);
        const StartImage *start = &s->start.disks[i].backing;
        int fd, r;

        image.spec.path = s->backings.items[i];
        fd = open_image(s, &image, start->block);
        if (fd < 0)
                return fd;
        r = image_size(fd, image.spec.format, ret_size);
        if (r < 0) {
                safe_close(fd);
                return refuse_image_error(s, &image, r);
        }
        return opened_put(opened, start->fd, fd);
}

static int make(Stage *s, const Image *image, uint64_t backing_size)
{
        uint64_t size = image->disk->create.size;
        int r;

        if (size < backing_size)
                return refuse_image(s, image,
                                    "is not made: create.size is less than what its backing "
                                    "file holds");
        r = image_create(s->root, &image->spec, size);
        return r < 0 ? refuse_image_error(s, image, r) : 0;
}

static int make_and_open(Stage *s, Opened *opened, size_t i)
{
        Image image = own_image(s->instance->disks + i);
        const StartDisk *start = s->start.disks + i;
        uint64_t backing_size = 0;
        int r = 0;

        image.spec.path = s->disks.items[i];
        if (image.disk->has_backing) {
                image.spec.backing = s->backings.items[i];
                r = open_backing(s, opened, i, &backing_size);
        }
        if (r >= 0 && image.made && !root_exists(s->root, image.spec.path + 1))
                r = make(s, &image, backing_size);
        if (r >= 0)
                r = open_image(s, &image, start->image.block);
        return r < 0 ? r : opened_put(opened, start->image.fd, r);
}

int disks_open(Stage *s, Opened *opened)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->start.n_disks; i++)
                r = make_and_open(s, opened, i);
        return r;
}
