// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/esp.h"

#include <strings.h>

#include "host/efi-variable.h"
#include "host/mounts.h"
#include "host/note.h"

enum { UUID_MAX = 37 };

/* Looking below such a folder has a mount on demand mounted. */
static const struct {
        const char *point, *below;
} places[] = {
        { "/efi",      "efi/loader"      },
        { "/boot/efi", "boot/efi/loader" },
        { "/boot",     "boot/loader"     },
};

static bool is_uuid(const char *s)
{
        return strlen(s) == UUID_MAX - 1 && s[strspn(s, "0123456789abcdefABCDEF-")] == '\0';
}

/* Of the partition with the image itself, by newer stubs, or else of the first that told. */
static bool read_partition(Root *root, char uuid[static UUID_MAX])
{
        static const char *const names[] = { EFI_VARIABLE_OF_LOADER("StubDevicePartUUID"),
                                             EFI_VARIABLE_OF_LOADER("LoaderDevicePartUUID") };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (efi_variable_secret_text(root, names[i], uuid, UUID_MAX) >= 0 && is_uuid(uuid))
                        return true;
        return false;
}

typedef struct Sought {
        const char *uuid;
        bool other;
} Sought;

/* udev's own record. It names a disk, so that no observer is to see the line. */
static int partition_line(void *userdata, char *line, unsigned number)
{
        Sought *sought = userdata;
        const char *uuid = startswith(line, "E:ID_PART_ENTRY_UUID=");

        if (uuid)
                sought->other = strcasecmp(uuid, sought->uuid) != 0;
        return 0;
}

/* On a RAID nothing is known of a partition, and there is only one to choose. */
static bool is_other(Root *root, const Mount *mount, const char *uuid)
{
        _cleanup_free_ char *record =
                format_string("run/udev/data/b%u:%u", mount->major, mount->minor);
        Sought sought = { .uuid = uuid };

        return record && *uuid && root_scan(root, record, 0, partition_line, &sought) >= 0 &&
               sought.other;
}

/* Of several mounts on one place the last is seen. */
static const Mount *mount_on(const MountList *mounts, const char *point)
{
        for (size_t i = mounts->n; i-- > 0;)
                if (streq(mounts->items[i].point, point))
                        return mounts->items + i;
        return NULL;
}

static const Mount *choose(Root *root, const MountList *mounts, const char *uuid)
{
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                const Mount *mount = mount_on(mounts, places[i].point);

                if (mount && streq(mount->type, "vfat") && !is_other(root, mount, uuid))
                        return mount;
        }
        return NULL;
}

int esp_read(Root *root, Machine *m)
{
        BootLoader *b = &m->boot_loader;
        _cleanup_mount_list_ MountList mounts = {};
        const Mount *mount;
        char uuid[UUID_MAX];
        int r;

        if (!read_partition(root, uuid))
                *uuid = '\0';
        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                (void)root_exists(root, places[i].below);
        r = mounts_read(root, m, &mounts);
        if (r < 0)
                return r;
        mount = choose(root, &mounts, uuid);
        if (mount && free_and_strdup(&b->esp, mount->point + 1) < 0)
                return -ENOMEM;
        for (char *c = uuid; *c; c++) /* as udev names its links */
                *c = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
        if (*uuid)
                b->partition = format_string("/dev/disk/by-partuuid/%s", uuid);
        return *uuid && !b->partition ? -ENOMEM : 0;
}
