// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bind/early.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/fd.h"
#include "util/log.h"

/* Always spelled so by the kernel. Of variant drivers some have a '-' and some a '_'. */
#define GENERIC_DRIVER "vfio-pci"

static bool is_generic(const char *name)
{
        return streq(name, GENERIC_DRIVER) || streq(name, "vfio_pci");
}

static bool spell(Root *root, const char *wanted, char ret[static DRIVER_NAME_MAX])
{
        if (!is_generic(wanted))
                return driver_find(root, wanted, ret) >= 0;
        memcpy(ret, GENERIC_DRIVER, sizeof(GENERIC_DRIVER));
        return true;
}

static bool can_wait(Root *root, const BindFunction *f, char ret_driver[static DRIVER_NAME_MAX])
{
        char has[DRIVER_NAME_MAX];

        return function_driver(root, f->address, has) >= 0 && !has[0] && f->driver &&
               spell(root, f->driver, ret_driver);
}

int slot_take_early(Writer *writer, Slot *slot)
{
        int r;

        for (size_t i = 0; i < slot->n; i++)
                if (!can_wait(writer->root, slot->functions + i, slot->drivers[i]))
                        return 0;
        for (size_t i = 0; i < slot->n; i++)
                slot->functions[i].driver = slot->drivers[i];
        r = slot_override(writer, slot->functions, slot->n, SLOT_WRITE_TIMEOUT);
        return r < 0 ? r : 1;
}

void slot_give_back(Writer *writer, const Slot *slot)
{
        BindFunction functions[SLOT_FUNCTIONS]; /* what is recorded is that they were not bound */
        int r;

        memcpy(functions, slot->functions, sizeof(functions));
        for (size_t i = 0; i < slot->n; i++)
                functions[i].driver = NULL;
        r = slot_bind(writer, functions, slot->n, SLOT_WRITE_TIMEOUT);
        if (r < 0)
                log_error("cannot give %s back to its native driver: %s",
                          pci_address_format(functions[0].address, (char[PCI_ADDRESS_MAX]){}),
                          strerror(-r));
}

static int tell(const char *path, const char *text)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t n = strlen(path);

        if (fd < 0)
                return -errno;
        if (n == 0 || n >= sizeof(address.sun_path) || (*path != '/' && *path != '@'))
                return -EINVAL;
        memcpy(address.sun_path, path, n);
        if (*path == '@')
                address.sun_path[0] = '\0';
        if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
                return -errno;
        return 0;
}

void tell_ready(void)
{
        const char *path = getenv("NOTIFY_SOCKET");
        int r = path ? tell(path, "READY=1") : 0;

        if (r < 0)
                log_warning("cannot tell systemd that the boot may go on: %s", strerror(-r));
        (void)unsetenv("NOTIFY_SOCKET");
}
