// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generator/generate.h"

#include "config/config.h"
#include "generator/instances.h"
#include "host/arguments.h"

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
        { "rescue.target", "gpuhost-boot-ok.service", true }, /* somebody is there */
        { "multi-user.target", "gpuhost-kernel-args.service" },
};

static int want_units(Output *out, bool off)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(wants); i++) {
                _cleanup_free_ char *to = NULL;

                if (off && !wants[i].when_off)
                        continue;
                to = format_string(UNIT_DIR "%s", wants[i].unit);
                r = to ? output_link(out, wants[i].target, wants[i].unit, to) : -ENOMEM;
        }
        return r;
}

int generate(const GeneratorArguments *arguments, Root *root)
{
        static const MachineWants nothing = {};
        const char *initrd = getenv("SYSTEMD_IN_INITRD");
        _cleanup_(config_closep) ConfigReader *reader = NULL;
        _cleanup_machine_ Machine machine = {};
        _cleanup_output_ Output out = OUTPUT_NONE;
        _cleanup_diag_ Diag diag = {};
        int r;

        /* There gpuhost-bind is run before udev by other means. */
        if (initrd && streq(initrd, "1"))
                return 0;
        r = output_open(arguments->dry_run ? NULL : arguments->folder, &out);
        if (r >= 0)
                r = arguments_read(root, &nothing, &machine);
        if (r >= 0)
                r = config_open(root, 0, &diag, &reader);
        if (r < 0)
                return r;
        if (config_host(reader)->declared || !config_host_valid(reader))
                r = want_units(&out, machine.disarmed);
        return r < 0 ? r : instances_generate(reader, &diag, machine.disarmed, &out);
}
