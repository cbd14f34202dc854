// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "claim/stage.h"
#include "device/module.h"
#include "device/settle.h"
#include "util/clock.h"
#include "util/fd.h"

/*
 * What makes KVM work is a module of the processors' maker, which udev loads when it comes to them. A VM
 * that is started at boot may be sooner than that, and opening /dev/kvm loads the rest alone. The node is
 * root's then, until udev has come to it as well.
 */

#define KVM  "sys/class/misc/kvm"
#define NODE "dev/kvm"

enum { NODE_TIMEOUT = 30 * 1000 * 1000 };

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

/* Where there is none, QEMU says so itself. */
static bool node_is_given(Root *root, const void *path)
{
        _cleanup_close_ int fd = root_open_file(root, path, O_PATH | O_NOFOLLOW);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return true;
        return (st.st_mode & 0006) == 0006 || (st.st_gid != 0 && (st.st_mode & 0060) == 0060);
}

static int node_await(Stage *s)
{
        if (node_is_given(s->root, NODE))
                return 0;
        (void)sd_notifyf(false, "EXTEND_TIMEOUT_USEC=%d", 2 * NODE_TIMEOUT);
        device_await(s->root, node_is_given, NODE, clock_now_usec() + NODE_TIMEOUT);
        if (node_is_given(s->root, NODE))
                return 0;
        return refuse_for_now(s,
                              "udev has not given /" NODE " to the group kvm within %d s, so that "
                              "QEMU cannot open it: udevadm trigger --action=add /" NODE
                              " asks again",
                              NODE_TIMEOUT / 1000000);
}

static int module_ready(Stage *s)
{
        _cleanup_free_ char *command = NULL;
        const char *module = NULL;
        int r;

        if (root_exists(s->root, KVM))
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

int kvm_ready(Stage *s)
{
        int r;

        if (s->instance->machine.accel != ACCEL_KVM)
                return 0;
        r = module_ready(s);
        return r < 0 ? r : node_await(s);
}
