// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/watchdog.h"

#include "host/mounts.h"
#include "host/note.h"

/*
 * The names are shared with boot/, which writes what is read here. GRUB writes to its environment block
 * by the block numbers of that file: so the file has to be there, on a file system that keeps data in
 * plain blocks, on a plain partition.
 */
#define GRUBENV  "boot/grub/grubenv"
#define MENU     "boot/grub/grub.cfg"
#define STATE    "var/lib/gpuhost/kernel-arguments"
#define RESULT   "run/gpuhost/watchdog"
#define VARIABLE "sys/firmware/efi/efivars/GpuhostTries-9c6b6c1e-6f0e-4b44-9f31-5a3a2b1d7c02"

enum { MAX_STATE = 64 * 1024, VARIABLE_SIZE = 4 + 1 };

static int tries_of(int number)
{
        return number >= 0 && number <= BOOT_TRIES ? number : BOOT_UNCOUNTED;
}

static int environment_line(void *userdata, char *line, unsigned number)
{
        const char *value = startswith(line, "gpuhost_tries=");
        BootWatchdog *watchdog = userdata;

        if (!value)
                return 0;
        watchdog->left = strlen(value) == 1 ? tries_of(*value - '0') : BOOT_UNCOUNTED;
        return 1;
}

/* Of the mounts, the one that holds /boot/grub. */
static const Mount *mount_of_grub(const MountList *mounts)
{
        static const char *const points[] = { "/boot/grub", "/boot", "/" };

        for (size_t i = 0; i < ARRAY_SIZE(points); i++)
                for (size_t k = mounts->n; k > 0; k--) /* the last mount hides those before */
                        if (streq(mounts->items[k - 1].point, points[i]))
                                return mounts->items + k - 1;
        return NULL;
}

static bool is_mapped(Root *root, const Mount *mount)
{
        static const char *const marks[] = { "dm", "md", "../md", "bcache" };

        for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
                char path[64];

                (void)snprintf(path, sizeof(path), "sys/dev/block/%u:%u/%s", mount->major,
                               mount->minor, marks[i]);
                if (root_exists(root, path))
                        return true;
        }
        return false;
}

static const char *lack_of_mount(Root *root, const Mount *mount)
{
        static const char *const plain[] = { "ext2", "ext3", "ext4", "vfat", "xfs" };

        if (!mount)
                return "it is not known what /boot/grub is on";
        if (is_mapped(root, mount))
                return "GRUB cannot write to /boot/grub on LVM, RAID or an encrypted volume";
        for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
                if (streq(mount->type, plain[i]))
                        return NULL;
        return "GRUB cannot write to the file system of /boot/grub";
}

static int read_environment(Root *root, Machine *m)
{
        BootWatchdog *watchdog = &m->boot_loader.watchdog;
        _cleanup_mount_list_ MountList mounts = {};
        int r = root_scan(root, GRUBENV, 0, environment_line, watchdog);

        if (r == -ENOENT) {
                watchdog->lack = "there is no " GRUBENV;
                return 0;
        }
        if (r < 0 || (r = mounts_read(root, m, &mounts)) < 0)
                return note_unseen(m, GRUBENV, r);
        watchdog->lack = lack_of_mount(root, mount_of_grub(&mounts));
        if (!watchdog->lack)
                watchdog->kind = BOOT_WATCHDOG_GRUBENV;
        return 0;
}

typedef struct Menu {
        bool ours, prober, others;
} Menu;

/* What os-prober found, and what is started by a loader of its own. */
static int menu_line(void *userdata, char *line, unsigned number)
{
        Menu *menu = userdata;
        bool marker = startswith(line, "### BEGIN ");

        if (marker)
                menu->prober = strstr(line, "/30_os-prober ");
        line += strspn(line, " \t");
        if (startswith(line, "chainloader ") || (menu->prober && startswith(line, "menuentry "))) {
                menu->others = true;
                return 1;
        }
        if (startswith(line, "set gpuhost_args=")) {
                menu->ours = true;
                return 1;
        }
        return marker && menu->prober;
}

static int read_grub(Root *root, Machine *m)
{
        Menu menu = {};
        int r = root_scan(root, MENU, 0, menu_line, &menu);

        if (r < 0 && r != -ENOENT)
                return note_unseen(m, MENU, r);
        m->boot_loader.other_systems = menu.others;
        m->boot_loader.watchdog.installed = menu.ours && root_exists(root, STATE);
        return read_environment(root, m);
}

/* A byte behind the four of attributes. The firmware's own variable tells that others can be read. */
static int read_variable(Root *root, Machine *m)
{
        BootWatchdog *watchdog = &m->boot_loader.watchdog;
        _cleanup_free_ char *data = NULL;
        size_t n = 0;
        int r;

        if (!root_exists(root, "sys/firmware/efi/efivars/"
                               "BootCurrent-8be4df61-93ca-11d2-aa0d-00e098032b8c"))
                return 0;
        watchdog->kind = BOOT_WATCHDOG_EFI;
        r = root_read_file(root, VARIABLE, VARIABLE_SIZE, &data, &n);
        if (r < 0)
                return note_unseen(m, VARIABLE, r);
        if (n == VARIABLE_SIZE)
                watchdog->left = tries_of((unsigned char)data[4]);
        watchdog->installed = watchdog->left != BOOT_UNCOUNTED;
        return 0;
}

/* Documentation/arch/x86/boot.rst has the numbers of loaders: kexec-tools is 0xd, in the upper half. */
static bool started_by_kexec(Root *root)
{
        char type[16];

        return root_read(root, "proc/sys/kernel/bootloader_type", type, sizeof(type)) >= 0 &&
               streq(type, "208");
}

int watchdog_read(Root *root, Machine *m)
{
        BootWatchdog *watchdog = &m->boot_loader.watchdog;
        char result[16];
        int r = 0;

        watchdog->left = BOOT_UNCOUNTED;
        m->boot_loader.kexec = started_by_kexec(root);
        watchdog->inactive =
                root_read(root, RESULT, result, sizeof(result)) >= 0 && streq(result, "inactive");
        if (m->boot_loader.kind == BOOT_LOADER_GRUB)
                r = read_grub(root, m);
        else
                watchdog->lack = "the boot loader cannot count";
        return r < 0 || watchdog->kind != BOOT_WATCHDOG_NONE ? r : read_variable(root, m);
}
