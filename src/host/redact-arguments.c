// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/redact.h"

#include "util/kernel-arguments.h"

/* Values that may be shown: what a plan looks at, and what tells nothing of the owner. '-' and '_' are
 * one in names of parameters. */
static const char *const shown[] = {
        "BOOT_IMAGE",
        "acpi",
        "amd_iommu",
        "console",
        "default_hugepagesz",
        "efi",
        "gpuhost",
        "hugepages",
        "hugepagesz",
        "initcall_blacklist",
        "intel_iommu",
        "intremap",
        "iommu",
        "isolcpus",
        "loglevel",
        "mitigations",
        "modprobe.blacklist",
        "module_blacklist",
        "nohz_full",
        "pci",
        "pcie_acs_override",
        "pcie_aspm",
        "pcie_ports",
        "rcu_nocbs",
        "rd.driver.blacklist",
        "rd.driver.pre",
        "systemd.unit",
        "transparent_hugepage",
        "video",
};

/* Parameters of these modules. */
static const char *const shown_modules[] = {
        "amdgpu",    "drm",    "i915",    "iommu",         "kvm",        "kvm_amd",
        "kvm_intel", "mdev",   "nouveau", "nvidia",        "nvidia_drm", "nvidia_modeset",
        "pci_stub",  "pciehp", "radeon",  "snd_hda_intel", "vfio",       "vfio_iommu_type1",
        "vfio_pci",  "xe",
};

static bool same_name(const char *a, const char *b, size_t n)
{
        if (strlen(b) != n)
                return false;
        for (size_t i = 0; i < n; i++)
                if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
                        return false;
        return true;
}

static bool is_shown(const char *word, size_t n)
{
        size_t module = strcspn(word, ".");

        for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
                if (same_name(word, shown[i], n))
                        return true;
        for (size_t i = 0; module < n && i < ARRAY_SIZE(shown_modules); i++)
                if (same_name(word, shown_modules[i], module))
                        return true;
        return false;
}

/* root= and resume= keep their form where the value can be taken out of it. */
static bool is_device(const char *word, size_t name, const char *value)
{
        const char *dev = startswith(value, "/dev/");

        if (!same_name(word, "root", name) && !same_name(word, "resume", name))
                return false;
        if (startswith(value, "UUID="))
                return strlen(value) == strlen("UUID=") + 36;
        return dev && (startswith(dev, "mapper/") || !strpbrk(dev, "/-."));
}

/* Two values of one argument are told apart: "redacted", "redacted-2". */
static int add_placeholder(Redactor *r, const char *word, size_t name, StrBuf *out)
{
        StrList *seen = r->seen + REDACT_ARGUMENT;
        unsigned number = 1;
        size_t i;

        for (i = 0; i < seen->n && !streq(seen->items[i], word); i++)
                if (strncmp(seen->items[i], word, name + 1) == 0)
                        number++;
        if (i == seen->n) {
                int k = str_list_add(seen, word);

                if (k < 0)
                        return k;
        }
        str_buf_add_n(out, word, name + 1);
        str_buf_add(out, "redacted");
        if (number > 1)
                str_buf_printf(out, "-%u", number);
        return 0;
}

int redact_argument(Redactor *r, const char *word, StrBuf *out)
{
        size_t name = strcspn(word, "=");
        const char *value = word[name] ? word + name + 1 : "";

        if (!*value || startswith(value, "redacted") || r->surveying)
                str_buf_add(out, word);
        else if (is_shown(word, name) || is_device(word, name, value))
                return redact_text(r, word, strlen(word), false, out);
        else
                return add_placeholder(r, word, name, out);
        return 0;
}

/* A value with spaces needs its quotes again; one with quotes inside cannot have them. */
static int add_argument(Redactor *r, const char *word, StrBuf *out)
{
        _cleanup_str_buf_ StrBuf redacted = {};
        const char *text;
        int k = redact_argument(r, word, &redacted);

        if (k < 0)
                return k;
        text = str_buf_get(&redacted);
        if (strpbrk(text, " \t") && strchr(text, '"'))
                str_buf_add(out, "redacted");
        else if (strpbrk(text, " \t"))
                str_buf_printf(out, "\"%s\"", text);
        else
                str_buf_add(out, text);
        return redacted.failed ? -ENOMEM : 0;
}

int redact_arguments(Redactor *r, const char *line, StrBuf *out)
{
        _cleanup_str_list_ StrList words = {};
        int k = kernel_arguments_split(line, &words);

        for (size_t i = 0; k >= 0 && i < words.n; i++) {
                if (i > 0)
                        str_buf_add_char(out, ' ');
                k = add_argument(r, words.items[i], out);
        }
        return k;
}
