// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/initramfs.h"

static int add_build(const Machine *m, const char *version, BootWork *work)
{
        const char *const tools[] = { "/usr/sbin/update-initramfs", "-u", "-k", version, NULL };
        const char *const dracut[] = { "/usr/bin/dracut", "--force", "--kver", version, NULL };

        switch (m->initramfs_tool) {
        case INITRAMFS_TOOLS:
                return boot_work_add_command(work, tools);
        case INITRAMFS_DRACUT:
                return boot_work_add_command(work, dracut);
        case INITRAMFS_MKINITCPIO:
        case INITRAMFS_UNKNOWN:
                break;
        }
        return -EOPNOTSUPP;
}

int boot_initramfs_work(Root *root, const Machine *m, const StrList *versions, BootWork *ret)
{
        _cleanup_boot_work_ BootWork work = {};

        for (size_t i = 0; i < m->n_kernels; i++) {
                const Kernel *k = m->kernels + i;
                bool wanted =
                        versions ? str_list_contains(versions, k->version) : k->image.has_binder;
                int r = wanted ? add_build(m, k->version, &work) : 0;

                if (r < 0)
                        return r;
        }
        *ret = TAKE_GENERIC(work, (BootWork){});
        return 0;
}
