// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generator/generate.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "host/arguments.h"
#include "util/fd.h"

#define UNIT_DIR "/usr/lib/systemd/system/"

/* What is pulled in by what where host.d declares something. With an error in it too: the unit fails
 * then, and says what is wrong where people look. */
static const struct {
        const char *target, *unit;
        bool when_off; /* while gpuhost is off, too: it takes nothing */
} wants[] = {
        { "sysinit.target", "gpuhost-bind.service" },
        { "multi-user.target", "gpuhost.target" },
        { "gpuhost.target", "gpuhost-prepare.service" },
        { "multi-user.target", "gpuhost-boot-ok.service", true },
        { "multi-user.target", "gpuhost-kernel-args.service" },
};

static int make_link(int dir, const char *target, const char *unit)
{
        _cleanup_free_ char *folder = format_string("%s.wants", target);
        _cleanup_free_ char *link = format_string("%s.wants/%s", target, unit);
        _cleanup_free_ char *to = format_string(UNIT_DIR "%s", unit);

        if (!folder || !link || !to)
                return -ENOMEM;
        if (mkdirat(dir, folder, 0755) < 0 && errno != EEXIST)
                return -errno;
        return symlinkat(to, dir, link) < 0 && errno != EEXIST ? -errno : 0;
}

static int write_units(const GeneratorArguments *arguments, bool off)
{
        _cleanup_close_ int dir = -EBADF;

        if (!arguments->dry_run) {
                dir = open(arguments->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (dir < 0)
                        return -errno;
        }
        for (size_t i = 0; i < ARRAY_SIZE(wants); i++) {
                int r = 0;

                if (off && !wants[i].when_off)
                        continue;
                if (arguments->dry_run)
                        printf("%s.wants/%s -> " UNIT_DIR "%s\n", wants[i].target, wants[i].unit,
                               wants[i].unit);
                else
                        r = make_link(dir, wants[i].target, wants[i].unit);
                if (r < 0)
                        return r;
        }
        return 0;
}

int generate(const GeneratorArguments *arguments, Root *root)
{
        static const MachineWants nothing = {};
        const char *initrd = getenv("SYSTEMD_IN_INITRD");
        _cleanup_machine_ Machine machine = {};
        _cleanup_config_ Config config = {};
        _cleanup_diag_ Diag diag = {};
        int r;

        /* There gpuhost-bind is run before udev by other means. */
        if (initrd && streq(initrd, "1"))
                return 0;
        r = arguments_read(root, &nothing, &machine);
        if (r < 0)
                return r;
        r = config_load(root, CONFIG_HOST_ONLY, &config, &diag);
        if (r < 0)
                return r;
        return config.host.declared || !config.host_valid ? write_units(arguments, machine.disarmed)
                                                          : 0;
}
