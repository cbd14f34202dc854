// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/finding.h"

#include <stdarg.h>

#include "util/str.h"

#define E SEVERITY_ERROR
#define W SEVERITY_WARNING
#define I SEVERITY_INFO

/* clang-format off */
const FindingSpec finding_specs[_FINDING_MAX] = {
        [FINDING_CONFIG_SYNTAX]        = { "config-syntax", E, "a file is not well-formed YAML", "correct the line that is shown" },
        [FINDING_CONFIG_SCHEMA]        = { "config-schema", E, "a key or value is not what gpuhost.yaml(5) describes", "correct the line that is shown" },
        [FINDING_CONFIG_REFERENCE]     = { "config-reference", E, "a name refers to nothing", "correct the name, or declare what it means" },
        [FINDING_CONFIG_UNTRUSTED]     = { "config-untrusted", E, "a file can be written by others than root", "chown root:root FILE && chmod go-w FILE" },
        [FINDING_CONFIG_UNREADABLE]    = { "config-unreadable", E, "a file cannot be read", "see the reason that is shown" },
        [FINDING_CONFIG_IGNORED_KEY]   = { "config-ignored-key", I, "a key of another tool's manifest has no meaning here", "nothing needs to be done" },
        [FINDING_NAME_CLASH]           = { "name-clash", E, "two instances have one name", "rename one of them" },
        [FINDING_PORT_CLASH]           = { "port-clash", W, "two instances forward one port of the host", "give one of them another port, or never run both at once" },
        [FINDING_IOMMU_OFF_FIRMWARE]   = { "iommu-off-firmware", E, "the firmware offers no IOMMU", "switch VT-d or AMD-Vi (IOMMU) on in the firmware setup" },
        [FINDING_IOMMU_OFF]            = { "iommu-off", E, "the firmware offers an IOMMU, but the kernel does not use it", "gpuhost apply, then reboot" },
        [FINDING_NO_INTERRUPT_REMAPPING] = { "no-interrupt-remapping", E, "the IOMMU does not remap interrupts: binding works, VMs will not start", "switch interrupt remapping (x2APIC) on in the firmware setup" },
        [FINDING_ACS_OVERRIDE]         = { "acs-override", W, "IOMMU groups are made up by an ACS override: isolation is not real", "remove pcie_acs_override= from the kernel arguments" },
        [FINDING_ID_MISMATCH]          = { "id-mismatch", E, "another device stands at the address than the one declared", "correct the address in the gpus: entry" },
        [FINDING_NO_SUCH_GPU]          = { "no-such-gpu", E, "no GPU of this machine is what an instance asks for", "gpuhost list shows what there is" },
        [FINDING_ENTRY_UNUSED]         = { "entry-unused", W, "a gpus: entry matches no GPU", "gpuhost list shows what there is" },
        [FINDING_NOT_ALLOWED]          = { "not-allowed", E, "a GPU is to leave the host, but the allowlist does not say so", "add its vendor:device to allowlist in host.d" },
        [FINDING_GROUP_NOT_ISOLATED]   = { "group-not-isolated", E, "the IOMMU group of a GPU holds a device that stays with the host", "move the card to another slot" },
        [FINDING_PROTECTED]            = { "protected", E, "the host cannot do without a device that would leave it", "choose another device" },
        [FINDING_CONSOLE]              = { "console", E, "the GPU drives the boot console", "set allow_console: true in its gpus: entry to give it away all the same" },
        [FINDING_LAST_DISPLAY]         = { "last-display", E, "the GPU is the last display of the host", "set allow_console: true in its gpus: entry to give it away all the same" },
        [FINDING_CORDONED]             = { "cordoned", W, "nothing new starts on the GPU", "remove cordoned: true from its gpus: entry; or reboot, which lifts what a failed reset has set" },
        [FINDING_NO_RESET]             = { "no-reset", W, "the kernel knows no way to reset the device", "expect to reboot the host between two users of it" },
        [FINDING_RESET_SHARED]         = { "reset-shared", I, "a GPU is reset only together with other functions", "nothing needs to be done while all functions of the card go to one VM, which resets them together" },
        [FINDING_DEVICE_DEAD]          = { "device-dead", E, "a device does not answer any more", "power the host off and on: a reboot may not be enough" },
        [FINDING_FRAMEBUFFER]          = { "framebuffer", W, "the boot console's framebuffer holds memory of a GPU that leaves the host", "add initcall_blacklist=sysfb_init to kernel_arguments: {extra: []} in host.d, then gpuhost apply and reboot" },
        [FINDING_HOST_CAN_SLEEP]       = { "host-can-sleep", I, "the host can suspend, and GPUs of VMs do not survive that", "systemctl mask sleep.target, or stop the VMs before" },
        [FINDING_DEVICE_UNREADABLE]    = { "device-unreadable", W, "a device answers with nonsense or not at all", "look into the kernel log for it" },
        [FINDING_DRIVER_MISSING]       = { "driver-missing", E, "the kernel has no such driver", "install the module, or correct driver: in the gpus: entry" },
        [FINDING_SRIOV_UNSUPPORTED]    = { "sriov-unsupported", E, "the device or its driver offers no virtual functions", "remove vfs: from its gpus: entry" },
        [FINDING_SRIOV_RANGE]          = { "sriov-range", E, "more virtual functions are asked for than the device has", "lower vfs: in its gpus: entry" },
        [FINDING_VGPU_UNSUPPORTED]     = { "vgpu-unsupported", E, "the GPU offers no vGPUs", "load the vendor's vGPU host driver, or choose another role" },
        [FINDING_HUGEPAGES_MIXED]      = { "hugepages-mixed", E, "huge pages of one size are declared with and without a node", "give each of them a node:, or none" },
        [FINDING_ROLE_FAILED]          = { "role-failed", E, "a GPU, or huge pages, could not be prepared at boot", "remove the cause, then systemctl restart gpuhost-prepare" },
        [FINDING_POLICY_CONFLICT]      = { "policy-conflict", E, "several instances have access to a GPU that only one may have", "set gpu_policy: shared or switch, or give one of them another GPU" },
        [FINDING_POLICY_SHARED]        = { "policy-shared", W, "containers share a GPU", "expect no isolation of video memory between them on consumer GPUs" },
        [FINDING_SWITCH_AUTOSTART]     = { "switch-autostart", E, "several instances on one GPU start at boot, and only one can", "keep autostart: true in one of them" },
        [FINDING_ROLE_MISMATCH]        = { "role-mismatch", E, "an instance asks for a GPU of a role that it cannot use", "change role: of the GPU, or ask for another one" },
        [FINDING_GPU_REFUSED]          = { "gpu-refused", E, "an instance asks for a GPU that must stay with the host", "see the finding about that GPU" },
        [FINDING_VGPU_PROFILE_UNKNOWN] = { "vgpu-profile-unknown", E, "an instance asks for a vGPU that no GPU offers", "gpuhost resources shows what is offered" },
        [FINDING_NO_CAPACITY]          = { "no-capacity", E, "more GPUs are asked for than there are", "lower count or replicas, or add GPUs to the role" },
        [FINDING_DEVICE_NOT_ALLOWED]   = { "device-not-allowed", E, "an allowlist does not let a device pass to an instance", "add its vendor:device to that allowlist" },
        [FINDING_DEVICE_MISSING]       = { "device-missing", E, "there is no device at an address", "correct the address" },
        [FINDING_DEVICE_UNSUITABLE]    = { "device-unsuitable", E, "a device cannot be given to a VM", "choose another device" },
        [FINDING_DEVICE_SHARED]        = { "device-shared", E, "two VMs ask for one device", "give it to one of them" },
        [FINDING_FOREIGN_VFIO_IDS]     = { "foreign-vfio-ids", W, "vfio-pci is told ids, which takes every card of that kind", "remove the ids: gpuhost binds device by device" },
        [FINDING_FOREIGN_BLACKLIST]    = { "foreign-blacklist", W, "the native driver of a GPU is blacklisted", "remove the line: gpuhost keeps the driver away from single devices" },
        [FINDING_FOREIGN_DRIVERCTL]    = { "foreign-driverctl", W, "driverctl has an override for a device that gpuhost manages", "driverctl unset-override DEVICE" },
        [FINDING_FOREIGN_MDEVCTL]      = { "foreign-mdevctl", W, "mdevctl defines mediated devices on a GPU that gpuhost manages", "mdevctl undefine, or leave this GPU out of host.d" },
        [FINDING_FOREIGN_LIBVIRT]      = { "foreign-libvirt", W, "a libvirt domain takes and returns a device that gpuhost manages", "set managed='no' in the domain" },
        [FINDING_FOREIGN_SOFTDEP]      = { "foreign-softdep", I, "a softdep orders vfio-pci before a GPU driver", "it can be removed: gpuhost needs no such order" },
        [FINDING_STALE_VFIO_VIRQFD]    = { "stale-vfio-virqfd", I, "vfio_virqfd is asked for, and no installed kernel has it as a module", "remove the line" },
        [FINDING_ARGUMENT_WITHOUT_EFFECT] = { "argument-without-effect", I, "a kernel argument says nothing to the kernel", "remove it" },
        [FINDING_ARGUMENTS_PENDING]    = { "arguments-pending", W, "the running kernel lacks arguments that are configured", "reboot" },
        [FINDING_ARGUMENTS_UNMANAGED]  = { "arguments-unmanaged", W, "kernel arguments are needed, and gpuhost is told not to manage them", "add them to the boot loader's configuration" },
        [FINDING_BOOT_LOADER_UNKNOWN]  = { "boot-loader-unknown", W, "kernel arguments are needed, and the boot loader is not known", "add them to the boot loader's configuration" },
        [FINDING_NO_ADDON]             = { "no-addon", W, "kernel arguments are needed, and no addon can be made for the unified kernel image", "see the reason that is shown" },
        [FINDING_INITRAMFS_STALE]      = { "initramfs-stale", W, "the initramfs of a kernel would bind GPUs otherwise than declared", "gpuhost apply" },
        [FINDING_INITRAMFS_UNREADABLE] = { "initramfs-unreadable", W, "the initramfs of a kernel cannot be looked into", "see the reason that is shown" },
        [FINDING_INITRAMFS_UNMANAGED]  = { "initramfs-unmanaged", I, "the initramfs is made by a tool that gpuhost does not write for", "keep the native driver out of the initramfs" },
        [FINDING_DISARMED]             = { "disarmed", W, "gpuhost is off for this boot", "gpuhost rearm" },
        [FINDING_WATCHDOG_NONE]        = { "watchdog-none", W, "nobody counts boots that do not come up", "keep another way to reach the machine, and gpuhost=off for its kernel command line, at hand" },
        [FINDING_WATCHDOG_INACTIVE]    = { "watchdog-inactive", W, "the boot loader has not counted this boot", "run update-grub and reboot; if this comes again, look whether /boot/grub/grubenv can be written" },
        [FINDING_UNSEEN]               = { "unseen", I, "something could not be looked at", "run as root" },
};
/* clang-format on */

const FindingSpec *finding_spec_find(const char *code)
{
        for (size_t i = 0; i < _FINDING_MAX; i++)
                if (streq(finding_specs[i].code, code))
                        return finding_specs + i;
        return NULL;
}

static void finding_done(Finding *f)
{
        free(f->subject);
        free(f->message);
        free(f->fix);
        free(f->file);
}

Finding *finding_add(FindingList *list, FindingCode code, const char *subject, const char *format,
                     ...)
{
        Finding f = { .code = code, .severity = finding_specs[code].severity };
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&f.message, format, ap);
        va_end(ap);
        if (n < 0)
                f.message = NULL;
        if (!f.message || free_and_strdup(&f.subject, subject) < 0 || !GROW(list->items, list->n)) {
                finding_done(&f);
                list->failed = true;
                return NULL;
        }
        list->items[list->n] = f;
        return list->items + list->n++;
}

void finding_fix(Finding *finding, const char *format, ...)
{
        va_list ap;

        if (!finding)
                return;
        va_start(ap, format);
        if (vasprintf(&finding->fix, format, ap) < 0)
                finding->fix = NULL; /* the table's is shown instead */
        va_end(ap);
}

void finding_at(Finding *finding, Origin origin)
{
        if (!finding || !origin.file)
                return;
        finding->line = origin.line;
        finding->column = origin.column;
        if (free_and_strdup(&finding->file, origin.file) < 0)
                finding->line = 0;
}

bool finding_list_has(const FindingList *list, Severity at_least)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].severity <= at_least)
                        return true;
        return false;
}

static int compare_words(const char *a, const char *b)
{
        return strcmp(a ? a : "", b ? b : "");
}

static int compare_findings(const void *pa, const void *pb)
{
        const Finding *a = pa, *b = pb;
        int r;

        if (a->severity != b->severity)
                return a->severity < b->severity ? -1 : 1;
        if (a->code != b->code)
                return a->code < b->code ? -1 : 1;
        r = compare_words(a->file, b->file);
        if (r)
                return r;
        if (a->line != b->line)
                return a->line < b->line ? -1 : 1;
        if (a->column != b->column)
                return a->column < b->column ? -1 : 1;
        r = compare_words(a->subject, b->subject);
        return r ? r : compare_words(a->message, b->message);
}

void finding_list_sort(FindingList *list)
{
        if (list->n > 1)
                qsort(list->items, list->n, sizeof(Finding), compare_findings);
}

void finding_list_done(FindingList *list)
{
        for (size_t i = 0; i < list->n; i++)
                finding_done(list->items + i);
        free(list->items);
        *list = (FindingList){};
}

int finding_list_add_diag(FindingList *list, const Diag *diag)
{
        for (size_t i = 0; i < diag->n; i++) {
                const DiagItem *item = diag->items + i;
                const FindingSpec *spec = finding_spec_find(item->code);
                Finding *f;

                assert(spec);
                f = finding_add(list, (FindingCode)(spec - finding_specs), item->file, "%s",
                                item->message);
                if (!f)
                        return -ENOMEM;
                f->severity = item->severity;
                finding_at(
                        f,
                        (Origin){ .file = item->file, .line = item->line, .column = item->column });
                if (item->hint)
                        finding_fix(f, "%s", item->hint);
        }
        return diag->failed ? -ENOMEM : 0;
}
