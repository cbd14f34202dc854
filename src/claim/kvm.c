// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/stage.h"
#include "device/module.h"

/*
 * What makes KVM work is a module of the processors' maker, which udev loads when it comes to them. A VM
 * that is started at boot may be sooner than that, and opening /dev/kvm loads the rest alone.
 */

#define KVM "sys/class/misc/kvm"

static const struct {
        const char *flag, *module;
} processors[] = {
        { "vmx", "kvm_intel" },
        { "svm", "kvm_amd"   },
};

/* "flags\t\t: fpu vme svm …", of the first processor; all are of one kind. */
static int find_module(void *userdata, char *line, unsigned number)
{
        const char **ret = userdata;
        char *rest = line, *word;

        if (!startswith(line, "flags"))
                return 0;
        while ((word = strsep(&rest, " ")))
                for (size_t i = 0; i < ARRAY_SIZE(processors); i++)
                        if (streq(word, processors[i].flag))
                                *ret = processors[i].module;
        return *ret != NULL;
}

int kvm_ready(Stage *s)
{
        _cleanup_free_ char *command = NULL;
        const char *module = NULL;
        int r;

        if (s->instance->machine.accel != ACCEL_KVM || root_exists(s->root, KVM))
                return 0;
        r = root_scan(s->root, "proc/cpuinfo", 0, find_module, &module);
        if (r < 0)
                return refuse_error(s, r, "cannot read /proc/cpuinfo");
        if (!module)
                return refuse(s,
                              "this host has no KVM: its processors cannot run machines, or its "
                              "firmware keeps them from it; machine: {accel: tcg} in %s emulates",
                              s->instance->file);
        r = module_load(module, &command);
        if (r == -EPERM && command)
                return refuse(s, "modprobe.d has another program load %s: '%s'", module, command);
        if (r < 0)
                return refuse_error(s, r, "cannot load %s, without which there is no KVM", module);
        return 0;
}
