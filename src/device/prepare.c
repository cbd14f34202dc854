// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/prepare.h"

#include <fcntl.h>
#include <unistd.h>

#include "device/sriov.h"
#include "device/watch.h"
#include "util/fd.h"
#include "util/parse.h"

#define PAGES "hugepages/hugepages-2048kB/nr_hugepages"

enum {
        /* The PF's driver starts firmware for each VF, and NVIDIA's program reloads the driver. */
        VFS_TIMEOUT = 30 * 1000 * 1000,
        /* The kernel moves what is in the way, a page at a time. */
        PAGES_TIMEOUT = 60 * 1000 * 1000,
        ATTRIBUTE_TIMEOUT = 10 * 1000 * 1000,

        PATH_SIZE = 128,
};

/* Who waits for the kernel is told, so that one can look at its stack. */
static int say_stuck(const char *what, pid_t pid, char **ret_problem)
{
        *ret_problem =
                format_string("%s does not come back, process %d waits for it", what, (int)pid);
        return -ETIMEDOUT;
}

static char *attribute_path(const Step *step, const char *name, char buf[static PATH_SIZE])
{
        (void)snprintf(buf, PATH_SIZE, "sys/bus/pci/devices/%s/%s", step->target, name);
        return buf;
}

/* 0 when it has as many as are wanted, or more where the vendor's program made them. */
static int verify_vfs(Root *root, const Step *step, bool more, char **ret_problem)
{
        char path[PATH_SIZE], text[32];
        uint64_t is = 0;
        int r = root_read(root, attribute_path(step, "sriov_numvfs", path), text, sizeof(text));

        if (r >= 0)
                r = parse_u64(text, &is);
        if (r >= 0 && (is == step->number || (more && is > step->number)))
                return 0;
        *ret_problem = format_string("its driver says that it made %llu VFs, and there are %llu",
                                     (unsigned long long)step->number, (unsigned long long)is);
        return r < 0 ? r : -EIO;
}

static int prepare_by_tool(Root *root, const Step *step, char **ret_problem)
{
        const char *const argv[] = { step->vfs_tool, "-e", step->target, NULL };
        pid_t stuck = 0;
        int r = watched_run(argv, VFS_TIMEOUT, &stuck);

        if (r == -ETIMEDOUT)
                return say_stuck(step->vfs_tool, stuck, ret_problem);
        if (r == 0)
                return verify_vfs(root, step, true, ret_problem);
        *ret_problem = r < 0 ? format_string("%s: %s", step->vfs_tool, strerror(-r))
                             : format_string("%s ended with %d", step->vfs_tool, r);
        return r < 0 ? r : -EIO;
}

static int prepare_vfs(Root *root, const Step *step, char **ret_problem)
{
        PciAddress address;
        pid_t stuck = 0;
        int r = pci_address_parse(step->target, &address);

        if (r < 0 || step->number > UINT32_MAX)
                return -EINVAL;
        if (step->vfs_tool && root_is_host(root) && access(step->vfs_tool, X_OK) >= 0)
                return prepare_by_tool(root, step, ret_problem);
        /* Before Linux 4.14 there was no such attribute, and older drivers of NVIDIA lack it. */
        r = sriov_set_autoprobe(root, address, step->native_vfs, ATTRIBUTE_TIMEOUT, &stuck);
        if (r == 0 || r == -ENOENT)
                r = sriov_set_vfs(root, address, (uint32_t)step->number, VFS_TIMEOUT, &stuck);
        if (r == -ETIMEDOUT)
                return say_stuck("its driver", stuck, ret_problem);
        if (r == -EIO)
                return verify_vfs(root, step, false, ret_problem);
        if (r < 0)
                *ret_problem =
                        format_string("cannot make %llu VFs: %s", (unsigned long long)step->number,
                                      r == -ENOENT ? "its driver offers none" : strerror(-r));
        return r;
}

static int write_pages(Root *root, const Step *step, const char *path, char **ret_problem)
{
        char text[32];
        pid_t stuck = 0;
        int r;

        (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)step->number);
        r = watched_write(root, path, text, PAGES_TIMEOUT, &stuck);
        if (r == -ETIMEDOUT)
                return say_stuck("the kernel", stuck, ret_problem);
        if (r < 0)
                *ret_problem = format_string("cannot reserve %s pages: %s", text, strerror(-r));
        return r;
}

/* The number only grows: what others have reserved is theirs. */
static int prepare_hugepages(Root *root, const Step *step, char **ret_problem)
{
        char path[PATH_SIZE], node[32] = "";
        uint64_t is = 0;

        if (step->node >= 0)
                (void)snprintf(node, sizeof(node), " on node %d", step->node);
        if (step->node >= 0)
                (void)snprintf(path, sizeof(path), "sys/devices/system/node/node%d/" PAGES,
                               step->node);
        else
                (void)snprintf(path, sizeof(path), "sys/kernel/mm/" PAGES);
        for (int written = 0;; written++) {
                char text[32];
                int r = root_read(root, path, text, sizeof(text));

                if (r >= 0)
                        r = parse_u64(text, &is);
                if (r < 0) {
                        *ret_problem = format_string("this kernel has no pages of 2M%s", node);
                        return r;
                }
                if (is >= step->number)
                        return 0;
                if (written)
                        break;
                r = write_pages(root, step, path, ret_problem);
                if (r < 0)
                        return r;
        }
        *ret_problem =
                format_string("only %llu of %llu pages of 2M could be reserved%s: memory is "
                              "too small, or in pieces too small",
                              (unsigned long long)is, (unsigned long long)step->number, node);
        return -ENOSPC;
}

static int prepare_d3cold(Root *root, const Step *step, char **ret_problem)
{
        char path[PATH_SIZE];
        pid_t stuck = 0;
        int r = watched_write(root, attribute_path(step, "d3cold_allowed", path),
                              step->number ? "1" : "0", ATTRIBUTE_TIMEOUT, &stuck);

        if (r == -ETIMEDOUT)
                return say_stuck("the kernel", stuck, ret_problem);
        if (r < 0)
                *ret_problem = format_string("cannot write d3cold_allowed: %s", strerror(-r));
        return r;
}

static int (*const preparers[_STEP_MAX])(Root *root, const Step *step, char **ret_problem) = {
        [STEP_SRIOV_VFS] = prepare_vfs,
        [STEP_HUGEPAGES] = prepare_hugepages,
        [STEP_D3COLD] = prepare_d3cold,
};

bool step_is_prepared(StepCode code)
{
        return preparers[code];
}

int step_prepare(Root *root, const Step *step, char **ret_problem)
{
        *ret_problem = NULL;
        return preparers[step->code] ? preparers[step->code](root, step, ret_problem) : -EOPNOTSUPP;
}
