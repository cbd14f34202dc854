// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"

/* How the arguments that are wanted come to the kernel: which file we write, or what is to be typed. */

typedef struct LoaderWords {
        const char *name;
        const char *edit;                       /* where people write arguments of their own */
        const char *before, *separator, *after; /* what to type around the arguments */
        void (*add_instruction)(const Builder *b, StrBuf *s); /* where more is to be said */
} LoaderWords;

static const LoaderWords loaders[] = {
        [BOOT_LOADER_UNKNOWN] = {
                .name = "the boot loader",
                .edit = "the boot loader's configuration",
                .before = "add to the boot loader's configuration: ",
                .separator = " ",
        },
        [BOOT_LOADER_GRUB] = {
                .name = "GRUB",
                .edit = "/etc/default/grub",
                .before = "add to GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub and run "
                          "update-grub: ",
                .separator = " ",
        },
        [BOOT_LOADER_GRUBBY] = {
                .name = "grubby",
                .edit = "the arguments that grubby keeps",
                .before = "grubby --update-kernel=ALL --args=\"",
                .separator = " ",
                .after = "\"",
        },
        [BOOT_LOADER_SYSTEMD_BOOT] = {
                .name = "systemd-boot",
                .edit = "/etc/kernel/cmdline",
                .before = "add to /etc/kernel/cmdline and run kernel-install for every kernel: ",
                .separator = " ",
        },
        [BOOT_LOADER_UKI] = {
                .name = "the unified kernel image",
                .edit = "/etc/kernel/cmdline",
                .add_instruction = addon_instruction,
        },
        [BOOT_LOADER_OSTREE] = {
                .name = "rpm-ostree",
                .edit = "the arguments that rpm-ostree kargs shows",
                .before = "rpm-ostree kargs --append-if-missing=",
                .separator = " --append-if-missing=",
        },
        [BOOT_LOADER_BOOTC] = {
                .name = "bootc",
                .edit = "/usr/lib/bootc/kargs.d of the image",
                .before = "write to /usr/lib/bootc/kargs.d/50-gpuhost.toml of the image: "
                          "kargs = [\"",
                .separator = "\", \"",
                .after = "\"]",
        },
        [BOOT_LOADER_RPI] = {
                .name = "the Raspberry Pi's firmware",
                .edit = "/boot/firmware/cmdline.txt",
                .before = "add to the one line of /boot/firmware/cmdline.txt: ",
                .separator = " ",
        },
};

const char *arguments_file(const Machine *m)
{
        return loaders[m->boot_loader.kind].edit;
}

static void add_list(StrBuf *s, const StrList *list, const char *separator)
{
        for (size_t i = 0; i < list->n; i++) {
                if (i > 0)
                        str_buf_add(s, separator);
                str_buf_add(s, list->items[i]);
        }
}

/* What a person does to add the arguments that lack. */
static char *instruction(const Builder *b)
{
        const LoaderWords *loader = loaders + b->machine->boot_loader.kind;
        _cleanup_str_buf_ StrBuf s = {};

        if (loader->add_instruction) {
                loader->add_instruction(b, &s);
                return str_buf_take(&s);
        }
        str_buf_add(&s, loader->before);
        add_list(&s, &b->arguments_missing, loader->separator);
        if (loader->after)
                str_buf_add(&s, loader->after);
        return str_buf_take(&s);
}

static int report(Builder *b, FindingCode code, const StrList *words, const char *format)
{
        _cleanup_free_ char *how = instruction(b);
        _cleanup_str_buf_ StrBuf list = {};
        Finding *f;

        add_list(&list, words, " ");
        if (!how || list.failed)
                return -ENOMEM;
        f = finding_add(&b->plan->findings, code, "host", "%s %s", format, str_buf_get(&list));
        finding_at(f, b->arguments_origin);
        if (code != FINDING_ARGUMENTS_PENDING)
                finding_fix(f, "%s", how);
        return 0;
}

/* An addon is removed without what is needed to make one. */
static bool is_written(const Builder *b)
{
        const BootLoader *loader = &b->machine->boot_loader;

        return boot_loader_is_written(loader->kind) && (loader->addon_lack == ADDON_LACKS_NOTHING ||
                                                        b->plan->kernel_arguments.intended.n == 0);
}

/* "add iommu.passthrough=1 to the kernel arguments of GRUB" */
static char *write_action(const Builder *b, const LoaderWords *loader)
{
        bool add = b->arguments_missing.n > 0, drop = b->arguments_stale.n > 0;
        _cleanup_str_buf_ StrBuf s = {};

        if (!is_written(b))
                return instruction(b);
        if (add) {
                str_buf_add(&s, "add ");
                add_list(&s, &b->arguments_missing, " ");
        }
        if (drop) {
                str_buf_add(&s, add ? " to, and remove " : "remove ");
                add_list(&s, &b->arguments_stale, " ");
        }
        str_buf_printf(&s, " %s the kernel arguments of %s", drop ? "from" : "to", loader->name);
        return str_buf_take(&s);
}

static int add_write(Builder *b, const LoaderWords *loader)
{
        const char *reason = str_buf_get(&b->arguments_reason);
        int kind = (int)b->machine->boot_loader.kind;

        return step_add(b, (Step){
                                   .code = STEP_KERNEL_ARGUMENTS,
                                   .when = STEP_BOOT,
                                   .target = strdup(enum_to_string(&boot_loader_table, kind)),
                                   .action = write_action(b, loader),
                                   .reason = strdup(b->arguments_missing.n > 0
                                                            ? reason
                                                            : "nothing asks for it any more"),
                                   .origin = b->arguments_origin,
                           });
}

static int add_reboot(Builder *b)
{
        _cleanup_str_buf_ StrBuf words = {};

        add_list(&words, &b->arguments_pending, " ");
        if (words.failed)
                return -ENOMEM;
        return step_add(b, (Step){
                                   .code = STEP_REBOOT_NEEDED,
                                   .when = STEP_REBOOT,
                                   .target = strdup("host"),
                                   .action = strdup("reboot"),
                                   .reason = format_string("the running kernel lacks %s",
                                                           str_buf_get(&words)),
                                   .origin = b->arguments_origin,
                           });
}

static int report_lack(Builder *b)
{
        _cleanup_free_ char *why = format_string(
                "needed, but %s:", addon_lack_words(b->machine->boot_loader.addon_lack));

        return why ? report(b, FINDING_NO_ADDON, &b->arguments_missing, why) : -ENOMEM;
}

/* Said where nothing of ours will bring the arguments: with manage: false, or where nobody knows how. */
int arguments_report(Builder *b)
{
        bool missing = b->arguments_missing.n > 0, pending = b->arguments_pending.n > 0;

        if (b->mode == PLAN_BOOT)
                return 0;
        if (pending && !missing)
                return report(b, FINDING_ARGUMENTS_PENDING, &b->arguments_pending,
                              "configured, but not given to the running kernel:");
        if (missing && pending && !b->config->host.kernel_arguments.manage)
                return report(b, FINDING_ARGUMENTS_UNMANAGED, &b->arguments_missing,
                              "needed, but kernel_arguments: {manage: false} is declared:");
        if (missing && b->machine->boot_loader.kind == BOOT_LOADER_UNKNOWN)
                return report(b, FINDING_BOOT_LOADER_UNKNOWN, &b->arguments_missing,
                              "needed, but it is not known what boots this machine:");
        if (missing && b->machine->boot_loader.addon_lack != ADDON_LACKS_NOTHING)
                return report_lack(b);
        return 0;
}

int arguments_steps(Builder *b)
{
        bool manage = b->config->host.kernel_arguments.manage;
        const LoaderWords *loader = loaders + b->machine->boot_loader.kind;
        bool write = b->arguments_missing.n + b->arguments_stale.n > 0 && manage &&
                     b->machine->boot_loader.kind != BOOT_LOADER_UNKNOWN;
        int r;

        if (write) {
                r = add_write(b, loader);
                if (r < 0)
                        return r;
        }
        if (b->machine->disarmed) /* the running kernel lacks them because it is off */
                return 0;
        b->plan->reboot_pending = b->arguments_missing.n == 0 && b->arguments_pending.n > 0;
        if (b->arguments_pending.n > 0 && (write || b->plan->reboot_pending))
                return add_reboot(b);
        return 0;
}
