// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/loader.h"

#include "host/attributes.h"
#include "host/efi-variable.h"
#include "host/note.h"
#include "host/watchdog.h"
#include "util/kernel-arguments.h"

#define WRITTEN "var/lib/gpuhost/kernel-arguments"

enum { MAX_CONFIGURED = 1024 * 1024 };

static const char loader_info[] = EFI_VARIABLE_OF_LOADER("LoaderInfo");
static const char stub_info[] = EFI_VARIABLE_OF_LOADER("StubInfo");

/* The firmware's own record of what ran before the kernel. */
static bool booted_as(Root *root, BootLoaderKind *ret, const char **ret_evidence)
{
        char name[256];

        if (efi_variable_text(root, stub_info, name, sizeof(name)) >= 0) {
                *ret = BOOT_LOADER_UKI;
                *ret_evidence = stub_info;
                return true;
        }
        if (efi_variable_text(root, loader_info, name, sizeof(name)) < 0)
                return false;
        if (startswith(name,
                       "GRUB")) /* its module bli writes this; what GRUB reads is told below */
                return false;
        *ret = startswith(name, "systemd-boot") ? BOOT_LOADER_SYSTEMD_BOOT : BOOT_LOADER_UNKNOWN;
        *ret_evidence = loader_info;
        return true;
}

typedef struct Mark {
        BootLoaderKind kind;
        const char *path, *and; /* both must be there */
        bool unless_efi;
} Mark;

/* The first that fits. An image-based system owns its boot loader; a folder of grub.cfg says least. */
static const Mark image_marks[] = {
        { BOOT_LOADER_OSTREE, "run/ostree-booted", "usr/bin/rpm-ostree", false },
        { BOOT_LOADER_BOOTC,  "run/ostree-booted", "usr/bin/bootc",      false },
        { BOOT_LOADER_OSTREE, "run/ostree-booted", NULL,                 false },
};
static const Mark disk_marks[] = {
        { BOOT_LOADER_RPI,    "boot/firmware/config.txt", NULL,                  true  },
        { BOOT_LOADER_GRUBBY, "usr/sbin/grubby",          "boot/loader/entries", false },
        { BOOT_LOADER_GRUB,   "boot/grub/grub.cfg",       NULL,                  false },
        { BOOT_LOADER_GRUB,   "boot/grub2/grub.cfg",      NULL,                  false },
};

static const Mark *find_mark(Root *root, const Mark *marks, size_t n, bool efi)
{
        for (size_t i = 0; i < n; i++)
                if (!(marks[i].unless_efi && efi) && root_exists(root, marks[i].path) &&
                    (!marks[i].and || root_exists(root, marks[i].and)))
                        return marks + i;
        return NULL;
}

static void recognise(Root *root, BootLoader *b, const char **ret_evidence)
{
        const Mark *mark = find_mark(root, image_marks, ARRAY_SIZE(image_marks), b->efi);

        if (!mark && booted_as(root, &b->kind, ret_evidence))
                return;
        if (!mark)
                mark = find_mark(root, disk_marks, ARRAY_SIZE(disk_marks), b->efi);
        if (!mark)
                return;
        b->kind = mark->kind;
        *ret_evidence = mark->path;
}

/* All of a file's words; none where it is absent. */
static int read_words(Root *root, const char *path, StrList *ret)
{
        _cleanup_free_ char *text = NULL;
        int r = root_read_file(root, path, MAX_CONFIGURED, &text, NULL);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return kernel_arguments_split(text, ret);
}

/* GRUB gets all of ours from our grub.d/08_gpuhost, which emits this file, one word a line. The file of
 * kernel-install holds ours among others' words. Of other loaders nothing is known without their tools. */
static const char *configured_in(BootLoaderKind kind)
{
        switch (kind) {
        case BOOT_LOADER_GRUB:
                return WRITTEN;
        case BOOT_LOADER_SYSTEMD_BOOT:
        case BOOT_LOADER_UKI:
                return "etc/kernel/cmdline";
        default:
                return NULL;
        }
}

static int read_configured(Root *root, Machine *m)
{
        BootLoader *b = &m->boot_loader;
        const char *path = configured_in(b->kind);
        int r = path ? read_words(root, path, &b->configured) : 0;

        if (r < 0)
                return note_unseen(m, path, r);
        b->configured_known = path;
        r = read_words(root, WRITTEN, &b->written);
        return r < 0 ? note_unseen(m, WRITTEN, r) : 0;
}

int loader_read(Root *root, const MachineWants *wants, Machine *m)
{
        BootLoader *b = &m->boot_loader;
        const char *evidence = NULL;
        int r;

        b->efi = root_exists(root, "sys/firmware/efi");
        recognise(root, b, &evidence);
        if (evidence) {
                b->evidence = format_string("/%s", evidence);
                if (!b->evidence)
                        return -ENOMEM;
        }
        r = read_configured(root, m);
        return r < 0 ? r : watchdog_read(root, m);
}
