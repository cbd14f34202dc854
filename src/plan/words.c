// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/words.h"

static const struct {
        uint16_t mask, class;
        const char *words;
} class_words[] = {
        { 0xffff, 0x0106, "SATA controller"    },
        { 0xffff, 0x0108, "NVMe drive"         },
        { 0xff00, 0x0100, "storage controller" },
        { 0xffff, 0x0280, "network controller" },
        { 0xff00, 0x0200, "network card"       },
        { 0xff00, 0x0300, "display controller" },
        { 0xffff, 0x0403, "audio function"     },
        { 0xffff, 0x0680, "switch"             },
        { 0xff00, 0x0600, "bridge"             },
        { 0xffff, 0x0c03, "USB controller"     },
        { 0xff00, 0x1200, "accelerator"        },
};

const char *pci_class_words(uint16_t class)
{
        for (size_t i = 0; i < ARRAY_SIZE(class_words); i++)
                if ((class & class_words[i].mask) == class_words[i].class)
                        return class_words[i].words;
        return "device";
}

char *gpu_label(const GpuPlan *gpu, char *buf, size_t size)
{
        (void)snprintf(buf, size, gpu->name ? "GPU %s (%s)" : "GPU %s",
                       ADDRESS(gpu->device->address), gpu->name);
        return buf;
}

void words_add(StrBuf *b, const char *word, size_t i, size_t n)
{
        /* One that is left over is as long as "and 1 others". */
        if (n > LIST_SHOWN + 1 && i >= LIST_SHOWN) {
                if (i == LIST_SHOWN)
                        str_buf_printf(b, " and %zu others", n - LIST_SHOWN);
                return;
        }
        if (i > 0)
                str_buf_add(b, i + 1 == n ? " and " : ", ");
        str_buf_add(b, word);
}

void words_add_device(StrBuf *b, const Machine *machine, const PciDevice *device, size_t i,
                      size_t n)
{
        const Protection *protection = machine_find_protection(machine, device->address);
        _cleanup_str_buf_ StrBuf words = {};

        str_buf_printf(&words, "%s (%s", ADDRESS(device->address), pci_class_words(device->class));
        if (device->driver)
                str_buf_printf(&words, ", driver %s", device->driver);
        if (protection)
                str_buf_printf(&words, ", %s", protection->why);
        str_buf_add_char(&words, ')');
        b->failed = b->failed || words.failed;
        words_add(b, str_buf_get(&words), i, n);
}

void words_add_origin(StrBuf *b, Origin origin)
{
        if (origin.file)
                str_buf_printf(b, " (%s:%u)", origin.file, origin.line);
}

void words_add_match(StrBuf *s, const GpuMatch *m)
{
        const char *separator = "";

        if (m->has_id) {
                str_buf_add(s, device_pattern_format(m->id, (char[PCI_ID_MAX]){}));
                separator = ", ";
        }
        if (m->has_subsystem) {
                str_buf_printf(s, "%ssubsystem %s", separator, ID(m->subsystem));
                separator = ", ";
        }
        if (m->serial) {
                str_buf_printf(s, "%sserial number %s", separator, m->serial);
                separator = ", ";
        }
        if (m->slot)
                str_buf_printf(s, "%sslot %s", separator, m->slot);
}

void words_add_roles(StrBuf *b, const Plan *plan)
{
        for (size_t i = 0; i < plan->n_gpus; i++) {
                const GpuPlan *g = plan->gpus + i;
                _cleanup_str_buf_ StrBuf word = {};

                str_buf_printf(&word, "%s is %s", LABEL(g),
                               enum_to_string(&gpu_role_table, g->role));
                b->failed = b->failed || word.failed;
                words_add(b, str_buf_get(&word), i, plan->n_gpus);
        }
}
