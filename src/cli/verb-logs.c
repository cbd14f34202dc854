// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include "cli/object.h"
#include "cli/verb.h"

#define JOURNALCTL "/usr/bin/journalctl"

static int add(StrList *argv, const char *format, const char *value)
{
        _cleanup_str_buf_ StrBuf word = {};

        str_buf_add(&word, format);
        str_buf_add(&word, value);
        return word.failed ? -ENOMEM : str_list_add(argv, str_buf_get(&word));
}

static int add_options(const Arguments *a, StrList *argv)
{
        static const char *const outputs[] = {
                [JSON_PRETTY] = "json-pretty", [JSON_SHORT] = "json"
        };
        const struct {
                bool given;
                const char *word;
        } flags[] = {
                { a->no_pager, "--no-pager" },
                { a->quiet,    "--quiet"    },
                { a->follow,   "--follow"   },
        };
        char number[16];
        int r = str_list_add(argv, JOURNALCTL);

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(flags); i++)
                if (flags[i].given)
                        r = str_list_add(argv, flags[i].word);
        (void)snprintf(number, sizeof(number), "%d", a->lines);
        if (r >= 0 && a->lines >= 0)
                r = add(argv, "--lines=", number);
        if (r >= 0 && a->json != JSON_OFF)
                r = add(argv, "--output=", outputs[a->json]);
        return r;
}

/* Programs beside QEMU, in units of their own. */
static int add_helpers(const Instance *instance, StrList *argv)
{
        int r = instance->firmware.tpm ? add(argv, "--unit=gpu-vm-tpm@", instance->name) : 0;

        for (size_t i = 0; r >= 0 && i < instance->n_shares; i++) {
                _cleanup_free_ char *share =
                        format_string("%s.%s.service", instance->name, instance->shares[i].tag);

                r = share ? add(argv, "--unit=gpu-vm-share@", share) : -ENOMEM;
        }
        return r;
}

/* The units of an instance, or of its replicas. -ENOENT when there is none. */
static int add_units(const Session *s, const char *name, StrList *argv)
{
        static const char *const units[] = {
                [INSTANCE_VM] = "--unit=gpu-vm@",
                [INSTANCE_CONTAINER] = "--unit=gpu-container@",
        };
        bool found = false;

        for (size_t i = 0; i < s->config.n_instances; i++) {
                const Instance *instance = s->config.instances[i];
                int r;

                if (!object_is_instance(instance, name))
                        continue;
                found = true;
                r = add(argv, units[instance->kind], instance->name);
                if (r >= 0)
                        r = add_helpers(instance, argv);
                if (r < 0)
                        return r;
        }
        return found ? 0 : -ENOENT;
}

/* What we have said about it, by address and by name, and what the kernel has. */
static int add_gpu(const GpuPlan *gpu, StrList *argv)
{
        char address[PCI_ADDRESS_MAX];
        const struct {
                const char *field, *value;
        } matches[] = {
                { "PCI_ADDR=", pci_address_format(gpu->device->address, address) },
                { "GPU=", address },
                { "_KERNEL_DEVICE=+pci:", address },
                { "GPU=", gpu->name },
        };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(matches); i++) {
                if (!matches[i].value)
                        continue;
                r = i > 0 ? str_list_add(argv, "+") : 0;
                if (r >= 0)
                        r = add(argv, matches[i].field, matches[i].value);
        }
        return r;
}

static int add_matches(const Session *s, const char *name, StrList *argv)
{
        const char *near = NULL;
        const GpuPlan *gpu;
        int r = add_units(s, name, argv);

        if (r != -ENOENT)
                return r;
        r = object_find_gpu(s, name, &gpu, &near);
        return r < 0 ? object_unresolved(s, name, r, near) : add_gpu(gpu, argv);
}

/* In our place, so that its pager, its signals and its exit status are those of this. */
static int become(const Session *s, const StrList *argv)
{
        char **words = calloc(argv->n + 1, sizeof(char *));
        int r;

        if (!words)
                return -ENOMEM;
        memcpy(words, argv->items, argv->n * sizeof(char *));
        (void)execv(words[0], words);
        r = -errno;
        free(words);
        session_error(s, "cannot run %s: %s", JOURNALCTL, strerror(-r));
        return r;
}

/* Of another machine there is no journal here, and this is what shows it there. */
static void print_command(const StrList *argv, StrBuf *out)
{
        for (size_t i = 0; i < argv->n; i++) {
                str_buf_add(out, i > 0 ? " " : "");
                text_add(out, argv->items[i]);
        }
        str_buf_add_char(out, '\n');
}

int verb_logs(Session *s, StrBuf *out)
{
        _cleanup_str_list_ StrList argv = {};
        int r = add_options(s->arguments, &argv);

        if (r >= 0)
                r = add_matches(s, s->arguments->words[0], &argv);
        if (r < 0)
                return r;
        if (!s->arguments->root)
                return become(s, &argv);
        print_command(&argv, out);
        return STATUS_DONE;
}
