// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/boot.h"

#include "boot/loader.h"

enum { MAX_FILE = 64 * 1024 };

static const BootLoaderSpec *const loaders[] = {
        [BOOT_LOADER_GRUB] = &boot_loader_grub,
        [BOOT_LOADER_SYSTEMD_BOOT] = &boot_loader_kernel_install,
        [BOOT_LOADER_UKI] = &boot_loader_uki,
};

void boot_work_done(BootWork *work)
{
        for (size_t i = 0; i < work->n_files; i++) {
                free(work->files[i].path);
                free(work->files[i].text);
        }
        for (size_t i = 0; i < work->n_commands; i++)
                str_list_done(&work->commands[i].argv);
        free(work->files);
        free(work->commands);
        *work = (BootWork){};
}

int boot_work_add_file(BootWork *work, const char *path, char *text, mode_t mode)
{
        _cleanup_free_ char *owned = text, *name = strdup(path);

        if (!name || !GROW(work->files, work->n_files))
                return -ENOMEM;
        work->files[work->n_files++] = (BootFile){ TAKE_PTR(name), TAKE_PTR(owned), mode };
        return 0;
}

int boot_work_add_command(BootWork *work, const char *const argv[])
{
        _cleanup_str_list_ StrList words = {};

        for (size_t i = 0; argv[i]; i++) {
                int r = str_list_add(&words, argv[i]);

                if (r < 0)
                        return r;
        }
        if (!GROW(work->commands, work->n_commands))
                return -ENOMEM;
        work->commands[work->n_commands++] = (BootCommand){ TAKE_GENERIC(words, (StrList){}) };
        return 0;
}

const BootLoaderSpec *boot_loader_spec(BootLoaderKind kind)
{
        return (size_t)kind < ARRAY_SIZE(loaders) ? loaders[kind] : NULL;
}

int boot_work_want_file(Root *root, const char *path, const char *text, mode_t mode, BootWork *work)
{
        _cleanup_free_ char *there = NULL, *copy = NULL;
        int r = root_read_file(root, path, MAX_FILE, &there, NULL);

        if (r == -ENOMEM)
                return r;
        if (text ? r >= 0 && streq(there, text) : r == -ENOENT)
                return 1;
        copy = text ? strdup(text) : NULL;
        if (text && !copy)
                return -ENOMEM;
        return boot_work_add_file(work, path, TAKE_PTR(copy), mode);
}

/* A new initramfs is a new attempt: with other systems in the menu the count stands still until then. */
#define HOOK "etc/initramfs/post-update.d/gpuhost"
#define HOOK_TEXT                                                                                  \
        "#!/bin/sh\n"                                                                              \
        "# Written by gpuhost apply, removed by gpuhost revert. See gpuhost-boot(7).\n"            \
        "[ ! -x /usr/bin/gpuhost ] || /usr/bin/gpuhost rearm --unless-disarmed --quiet || :\n"

static int hook_work(Root *root, bool wanted, BootWork *work)
{
        return boot_work_want_file(
                root, HOOK,
                wanted && root_exists(root, "usr/sbin/update-initramfs") ? HOOK_TEXT : NULL, 0755,
                work);
}

int boot_arguments_work(Root *root, const Machine *machine, const StrList *arguments, BootWork *ret)
{
        const BootLoaderSpec *loader = boot_loader_spec(machine->boot_loader.kind);
        _cleanup_boot_work_ BootWork work = {};
        int r;

        if (!loader)
                return -EOPNOTSUPP;
        r = loader->arguments_work(root, machine, arguments, &work);
        if (r >= 0)
                r = hook_work(root, arguments, &work);
        if (r < 0)
                return r;
        *ret = TAKE_GENERIC(work, (BootWork){});
        return 0;
}
