// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bind/report.h"

#include "util/log.h"

#define ADDRESS(a) pci_address_format((a), (char[PCI_ADDRESS_MAX]){})

void report_diag(const Diag *diag)
{
        for (size_t i = 0; i < diag->n; i++) {
                const DiagItem *item = diag->items + i;

                if (item->severity == SEVERITY_ERROR)
                        log_error("%s:%u:%u: %s%s%s", item->file, item->line, item->column,
                                  item->message, item->hint ? "; " : "",
                                  item->hint ? item->hint : "");
        }
}

bool report_findings(const FindingList *findings)
{
        bool error = false;

        for (size_t i = 0; i < findings->n; i++) {
                const Finding *f = findings->items + i;
                const char *fix = f->fix ? f->fix : finding_specs[f->code].fix;

                if (f->severity == SEVERITY_INFO)
                        continue;
                error = error || f->severity == SEVERITY_ERROR;
                log_message(f->severity == SEVERITY_ERROR ? LOG_ERR : LOG_WARNING, "%s (%s): %s",
                            f->message, finding_specs[f->code].code, fix);
        }
        return error;
}

static const char *name_of(const Slot *slot)
{
        return slot->gpu && slot->gpu->name ? slot->gpu->name : "GPU";
}

void report_holders(const Slot *slot, const HolderList *holders)
{
        for (size_t i = 0; i < holders->n; i++) {
                _cleanup_str_buf_ StrBuf text = {};

                holder_format(holders->items + i, &text);
                log_warning("%s %s: %s", name_of(slot), ADDRESS(slot->functions[0].address),
                            str_buf_get(&text));
        }
        if (holders->incomplete)
                log_warning("%s %s: not all processes could be looked at", name_of(slot),
                            ADDRESS(slot->functions[0].address));
}

/* A driver that is a module can be forestalled; one that is built in can not. */
static const char *advice(Root *root, const char *driver)
{
        _cleanup_free_ char *module = format_string("sys/bus/pci/drivers/%s/module", driver);

        if (module && root_exists(root, module))
                return "it was faster, perhaps from the initramfs: "
                       "update that (update-initramfs -u, dracut -f) and reboot";
        return "it is built into this kernel: stop who uses the device and run "
               "/usr/lib/gpuhost/gpuhost-bind, or keep the device with the host";
}

/* False if there is nothing to say of this one. */
static bool report_function(Root *root, const Slot *slot, const BindFunction *f)
{
        char address[PCI_ADDRESS_MAX];

        pci_address_format(f->address, address);
        switch (f->outcome) {
        case BIND_REFUSED:
                log_error("%s %s stays with %s (native-driver-bound): %s", name_of(slot), address,
                          f->was, advice(root, f->was));
                return true;
        case BIND_NOT_TAKEN:
                log_error("%s %s was not taken by %s: the kernel log tells why. No other driver "
                          "will get it until its driver_override is cleared",
                          name_of(slot), address, f->driver);
                return true;
        case BIND_FAILED:
                log_error("%s %s: %s: %s", name_of(slot), address, f->step, strerror(-f->error));
                return true;
        case BIND_STUCK:
                log_error("%s %s: %s does not come back, process %d waits for it; the device is "
                          "left alone until the next boot",
                          name_of(slot), address, f->step, (int)f->stuck);
                return true;
        case BIND_SKIPPED:
        case BIND_UNCHANGED:
        case BIND_DONE:
                break;
        }
        return false;
}

void report_failure(Root *root, const Slot *slot, int error)
{
        bool said = false;

        for (size_t i = 0; i < slot->n; i++)
                said = report_function(root, slot, slot->functions + i) || said;
        if (!said)
                log_error("%s %s: cannot bind: %s", name_of(slot),
                          ADDRESS(slot->functions[0].address), strerror(-error));
}

/* One line, for the kernel log takes no more than ten at a time. */
void report_successes(const SlotList *slots)
{
        _cleanup_str_buf_ StrBuf text = {};

        for (size_t i = 0; i < slots->n; i++)
                for (size_t k = 0; k < slots->items[i].n; k++) {
                        const BindFunction *f = slots->items[i].functions + k;

                        if (f->outcome == BIND_DONE)
                                str_buf_printf(&text, "%s %s to %s", text.len ? "," : "",
                                               ADDRESS(f->address), f->is);
                }
        if (text.len > 0)
                log_notice("bound%s", str_buf_get(&text));
}

static void print_for_people(Root *root, const BindFunction *f)
{
        char driver[DRIVER_NAME_MAX] = "";

        if (function_driver(root, f->address, driver) < 0 || !driver[0])
                memcpy(driver, "none", sizeof("none"));
        printf("%s to %s (now %s)\n", ADDRESS(f->address), f->driver, driver);
}

static void print_for_programs(Root *root, const BindFunction *f)
{
        char path[PCI_ADDRESS_MAX + 32], address[PCI_ADDRESS_MAX], alias[128];

        (void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/modalias",
                       pci_address_format(f->address, address));
        if (root_read(root, path, alias, sizeof(alias)) >= 0)
                printf("%s %s %s\n", address, f->driver, alias);
}

void report_intentions(Root *root, const SlotList *slots, bool list)
{
        for (size_t i = 0; i < slots->n; i++)
                for (size_t k = 0; k < slots->items[i].n; k++)
                        (list ? print_for_programs
                              : print_for_people)(root, slots->items[i].functions + k);
}
