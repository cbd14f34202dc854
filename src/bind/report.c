// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bind/report.h"

#include "model/message.h"
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

/* What the journal knows a message by. */
typedef struct Message {
        const char *id, *code;
        int level;
} Message;

static const Message messages[] = {
        [BIND_SKIPPED] = { MESSAGE_BIND_FAILED,  "skipped",             LOG_ERR    },
        [BIND_UNCHANGED] = { NULL,                 NULL,                  0          },
        [BIND_DONE] = { MESSAGE_BIND_DONE,    "done",                LOG_NOTICE },
        [BIND_REFUSED] = { MESSAGE_BIND_REFUSED, "native-driver-bound", LOG_ERR    },
        [BIND_NOT_TAKEN] = { MESSAGE_BIND_FAILED,  "not-taken",           LOG_ERR    },
        [BIND_FAILED] = { MESSAGE_BIND_FAILED,  "failed",              LOG_ERR    },
        [BIND_STUCK] = { MESSAGE_BIND_FAILED,  "stuck",               LOG_ERR    },
};

static const GpuPlan *gpu_of(const Plan *plan, const char *subject)
{
        PciAddress address;

        return subject && pci_address_parse(subject, &address) >= 0 ? plan_find_gpu(plan, address)
                                                                    : NULL;
}

static void report_finding(const Plan *plan, const Finding *f)
{
        const char *fix = f->fix ? f->fix : finding_specs[f->code].fix;
        const GpuPlan *gpu = gpu_of(plan, f->subject);
        bool refused = gpu && gpu->guard == GUARD_REFUSED && gpu->refused_for == f->code;
        const LogField fields[] = {
                { "MESSAGE_ID", refused ? MESSAGE_BIND_REFUSED : MESSAGE_FINDING },
                { "CODE",       finding_specs[f->code].code                      },
                { "GPU",        gpu ? gpu->name : NULL                           },
                { "PCI_ADDR",   gpu ? f->subject : NULL                          },
                { "PROBLEM",    f->message                                       },
        };

        log_fields(f->severity == SEVERITY_ERROR ? LOG_ERR : LOG_WARNING, fields,
                   ARRAY_SIZE(fields), "%s (%s): %s", f->message, finding_specs[f->code].code, fix);
}

bool report_findings(const Plan *plan)
{
        bool error = false;

        for (size_t i = 0; i < plan->findings.n; i++) {
                const Finding *f = plan->findings.items + i;

                if (f->severity == SEVERITY_INFO)
                        continue;
                error = error || f->severity == SEVERITY_ERROR;
                report_finding(plan, f);
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

/* What goes wrong with a function, to stand behind its address; NULL: nothing, or memory is short. */
static char *problem_of(Root *root, const BindFunction *f)
{
        switch (f->outcome) {
        case BIND_REFUSED:
                return format_string("stays with %s (native-driver-bound): %s", f->was,
                                     advice(root, f->was));
        case BIND_NOT_TAKEN:
                return format_string(
                        "was not taken by %s: the kernel log tells why. No other driver "
                        "will get it until its driver_override is cleared",
                        f->driver);
        case BIND_FAILED:
                return format_string("cannot be bound: %s: %s", f->step, strerror(-f->error));
        case BIND_STUCK:
                return format_string("cannot be bound: %s does not come back, process %d waits for "
                                     "it; the device is left alone until the next boot",
                                     f->step, (int)f->stuck);
        case BIND_SKIPPED:
        case BIND_UNCHANGED:
        case BIND_DONE:
                break;
        }
        return NULL;
}

static void report_problem(const Slot *slot, PciAddress address, BindOutcome outcome,
                           const char *problem)
{
        const Message *m = messages + outcome;
        char text[PCI_ADDRESS_MAX];
        const LogField fields[] = {
                { "MESSAGE_ID", m->id },
                { "CODE", m->code },
                { "GPU", slot->gpu ? slot->gpu->name : NULL },
                { "PCI_ADDR", pci_address_format(address, text) },
                { "PROBLEM", problem },
        };

        log_fields(m->level, fields, ARRAY_SIZE(fields), "%s %s %s", name_of(slot), text, problem);
}

void report_failure(Root *root, const Slot *slot, int error)
{
        _cleanup_free_ char *general = NULL;
        bool said = false;

        for (size_t i = 0; i < slot->n; i++) {
                const BindFunction *f = slot->functions + i;
                _cleanup_free_ char *problem = problem_of(root, f);

                if (problem)
                        report_problem(slot, f->address, f->outcome, problem);
                said = said || problem;
        }
        if (said)
                return;
        general = format_string("cannot be bound: %s", strerror(-error));
        report_problem(slot, slot->functions[0].address, BIND_FAILED,
                       general ? general : "cannot be bound");
}

void report_no_driver(const Slot *slot)
{
        report_problem(slot, slot->functions[0].address, BIND_SKIPPED,
                       "stays with the host: its driver cannot be loaded");
}

static void add_successes(const Slot *slot, StrBuf *text)
{
        for (size_t i = 0; i < slot->n; i++) {
                const BindFunction *f = slot->functions + i;

                if (f->outcome == BIND_DONE)
                        str_buf_printf(text, "%s %s to %s", text->len ? "," : "",
                                       ADDRESS(f->address), f->is);
        }
}

static void report_success(const Slot *slot)
{
        _cleanup_str_buf_ StrBuf text = {};
        char address[PCI_ADDRESS_MAX];
        const LogField fields[] = {
                { "MESSAGE_ID", messages[BIND_DONE].id },
                { "CODE", messages[BIND_DONE].code },
                { "GPU", slot->gpu ? slot->gpu->name : NULL },
                { "PCI_ADDR", pci_address_format(slot->functions[0].address, address) },
        };

        add_successes(slot, &text);
        if (text.len > 0)
                log_fields(messages[BIND_DONE].level, fields, ARRAY_SIZE(fields), "bound%s",
                           str_buf_get(&text));
}

void report_successes(const SlotList *slots)
{
        _cleanup_str_buf_ StrBuf text = {};

        if (log_takes_fields()) {
                for (size_t i = 0; i < slots->n; i++)
                        report_success(slots->items + i);
                return;
        }
        /* One line, for the kernel log takes no more than ten at a time. */
        for (size_t i = 0; i < slots->n; i++)
                add_successes(slots->items + i, &text);
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
