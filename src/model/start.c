// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/start.h"

DEFINE_ENUM_TABLE(start_fd_kind_table,
                  "descriptor", [START_FD_DISK] = "disk", [START_FD_BACKING] = "backing",
                  [START_FD_TAP] = "tap", [START_FD_VHOST_NET] = "vhost-net",
                  [START_FD_VSOCK] = "vsock", [START_FD_TPM] = "tpm", [START_FD_SHARE] = "share",
                  [START_FD_IOMMUFD] = "iommufd", [START_FD_VFIO] = "vfio");

void start_init(GuestStart *start)
{
        *start = (GuestStart){
                .iommufd_fd = -EBADF,
                .numa_node = -1,
                .tpm_fd = -EBADF,
                .vsock_fd = -EBADF,
        };
}

static void function_done(StartFunction *function)
{
        free(function->sysfsdev);
        free(function->romfile);
}

static void disk_done(StartDisk *disk)
{
        free(disk->image.path);
        free(disk->backing.path);
}

static void firmware_done(StartFirmware *firmware)
{
        free(firmware->code);
        free(firmware->vars);
}

void start_done(GuestStart *start)
{
        for (size_t i = 0; i < start->n_functions; i++)
                function_done(start->functions + i);
        for (size_t i = 0; i < start->n_disks; i++)
                disk_done(start->disks + i);
        for (size_t i = 0; i < start->n_cpus; i++)
                free(start->cpus[i].items);
        free(start->functions);
        free(start->disks);
        free(start->networks);
        free(start->shares);
        free(start->cpus);
        firmware_done(&start->firmware);
        str_list_done(&start->fds);
        str_list_done(&start->credentials);
        free(start->qemu);
        free(start->console);
        free(start->seed);
        start_init(start);
}

int start_add_function(GuestStart *start, StartFunction function)
{
        if (!GROW(start->functions, start->n_functions)) {
                function_done(&function);
                return -ENOMEM;
        }
        start->functions[start->n_functions++] = function;
        return 0;
}

int start_add_disk(GuestStart *start, StartDisk disk)
{
        if (!GROW(start->disks, start->n_disks)) {
                disk_done(&disk);
                return -ENOMEM;
        }
        start->disks[start->n_disks++] = disk;
        return 0;
}

int start_add_network(GuestStart *start, StartNetwork network)
{
        if (!GROW(start->networks, start->n_networks))
                return -ENOMEM;
        start->networks[start->n_networks++] = network;
        return 0;
}

int start_add_share(GuestStart *start, int fd)
{
        if (!GROW(start->shares, start->n_shares))
                return -ENOMEM;
        start->shares[start->n_shares++] = fd;
        return 0;
}

int start_add_cpus(GuestStart *start, HostCpus cpus)
{
        if (!GROW(start->cpus, start->n_cpus)) {
                free(cpus.items);
                return -ENOMEM;
        }
        start->cpus[start->n_cpus++] = cpus;
        return 0;
}

int start_set_firmware(GuestStart *start, const FirmwareDescriptor *firmware, const char *vars)
{
        int r = free_and_strdup(&start->firmware.code, firmware->code);

        if (r >= 0)
                r = free_and_strdup(&start->firmware.vars, vars);
        if (r < 0)
                return r;
        start->firmware.code_qcow2 = firmware->code_qcow2;
        start->firmware.vars_qcow2 = firmware->vars_qcow2;
        start->firmware.secure_boot = firmware->secure_boot && firmware->enrolled_keys;
        start->firmware.smm = firmware->requires_smm;
        return 0;
}

/* Whether a VM may have several of them. */
static bool is_numbered(StartFdKind kind)
{
        return kind != START_FD_VSOCK && kind != START_FD_IOMMUFD && kind != START_FD_TPM;
}

static unsigned count_named(const StrList *fds, const char *kind)
{
        unsigned n = 0;

        for (size_t i = 0; i < fds->n; i++) {
                const char *rest = startswith(fds->items[i], kind);

                if (rest && ascii_isdigit(*rest))
                        n++;
        }
        return n;
}

int start_add_fd(GuestStart *start, StartFdKind kind)
{
        const char *name = enum_to_string(&start_fd_kind_table, (int)kind);
        int r;

        if (is_numbered(kind))
                r = str_list_take(&start->fds,
                                  format_string("%s%u", name, count_named(&start->fds, name)));
        else if (str_list_contains(&start->fds, name))
                return -EEXIST;
        else
                r = str_list_add(&start->fds, name);
        return r < 0 ? r : VMM_FD_FIRST + (int)start->fds.n - 1;
}
