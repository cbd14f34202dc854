// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/firmware.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim/start.h"
#include "host/firmware.h"
#include "util/fd.h"

#define STATE_FOLDER "var/lib/gpuhost/vm"
#define VARIABLES    "nvram.fd"

enum { MAX_VARIABLES = 64 * 1024 * 1024 };

static int copy(int from, int to)
{
        off_t left = MAX_VARIABLES;
        ssize_t n;

        while (left > 0 && (n = sendfile(to, from, NULL, (size_t)left)) != 0) {
                if (n < 0)
                        return -errno;
                left -= n;
        }
        return left > 0 ? 0 : -EFBIG;
}

/* The folder is the VM's user's, who may have put anything there: what stands under the name is left to
 * QEMU, which opens it as that user, and nothing of it is followed. Newer systemd leaves the folder to nobody
 * and maps that to the VM's user, so the file has the folder's owner. */
static int make_variables(Stage *s, const char *path, const char *from)
{
        _cleanup_close_ int folder = root_open_file(s->root, path, O_RDONLY | O_DIRECTORY),
                            source = root_open_file(s->root, from + 1, O_RDONLY), fd = -EBADF;
        struct stat st, owner;
        char link[64];
        int r;

        if (folder < 0 || source < 0)
                return folder < 0 ? folder : source;
        if (fstat(folder, &owner) < 0)
                return -errno;
        if (fstatat(folder, VARIABLES, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                return 0;
        fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = copy(source, fd);
        if (r < 0)
                return r;
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        if (fchown(fd, owner.st_uid, owner.st_gid) < 0 || fsync(fd) < 0 ||
            linkat(AT_FDCWD, link, folder, VARIABLES, AT_SYMLINK_FOLLOW) < 0)
                return -errno;
        return 0;
}

static int use(Stage *s, const FirmwareDescriptor *f)
{
        StartFirmware *own = &s->start.firmware;

        if (free_and_strdup(&own->code, f->code) < 0)
                return -ENOMEM;
        own->code_qcow2 = f->code_qcow2;
        own->vars_qcow2 = f->vars_qcow2;
        own->secure_boot = s->instance->firmware.secure_boot;
        own->smm = f->requires_smm;
        if (!f->vars)
                return 0;
        own->vars = format_string("/" STATE_FOLDER "/%s/" VARIABLES, s->name);
        return own->vars ? free_and_strdup(&s->variables_from, f->vars) : -ENOMEM;
}

static int find_uefi(Stage *s)
{
        const Firmware *wanted = &s->instance->firmware;
        _cleanup_firmware_list_ FirmwareList list = {};
        const FirmwareDescriptor *f;
        int r = vmm_version(s);

        if (r < 0)
                return r;
        r = firmware_read(s->root, &list);
        if (r < 0)
                return refuse_error(s, r, "cannot read /usr/share/qemu/firmware");
        f = firmware_choose(&list, wanted, s->start.qemu_major, s->start.qemu_minor);
        if (!f)
                return refuse(s,
                              "%s: firmware: no UEFI firmware%s is described in "
                              "/usr/share/qemu/firmware: install OVMF",
                              s->instance->file, wanted->secure_boot ? " with Secure Boot" : "");
        return use(s, f);
}

int firmware_decide(Stage *s)
{
        const Instance *i = s->instance;

        if (i->kernel.image)
                return 0;
        if (i->n_disks == 0)
                return refuse(s,
                              "%s: there is nothing to boot from: say disks: or kernel:", i->file);
        return i->firmware.type == FIRMWARE_BIOS ? 0 : find_uefi(s);
}

int firmware_make(Stage *s)
{
        _cleanup_free_ char *path = format_string(STATE_FOLDER "/%s", s->name);
        int r;

        if (!s->variables_from)
                return 0;
        r = path ? make_variables(s, path, s->variables_from) : -ENOMEM;
        return r < 0 ? refuse_error(s, r, "cannot copy %s to %s", s->variables_from,
                                    s->start.firmware.vars)
                     : 0;
}
