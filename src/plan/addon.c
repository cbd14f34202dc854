// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"

/* A unified kernel image takes our arguments from an addon. What keeps one from being made, and what is
 * to be typed then. */

static const struct {
        const char *why, *how;
} lacks[] = {
        [ADDON_LACKS_READER] = {
                "the stub in the unified kernel image is older than systemd 254 and reads no addons",
                "add to the command line of which the image is made (/etc/kernel/cmdline), and make "
                "the image again: ",
        },
        [ADDON_LACKS_PARTITION] = {
                "the partition from which the unified kernel image came is not mounted on /efi, "
                "/boot/efi or /boot",
                NULL,
        },
        [ADDON_LACKS_TOOL] = {
                "ukify, which makes addons for unified kernel images, is not installed",
                "apt install systemd-ukify, then gpuhost apply",
        },
        [ADDON_LACKS_STUB] = {
                "ukify has nothing to make an addon of",
                "apt install systemd-boot-efi, then gpuhost apply",
        },
        [ADDON_LACKS_KEY] = {
                "Secure Boot passes over an addon that is not signed, and /etc/systemd/ukify.conf "
                "names no key",
                NULL,
        },
};

const char *addon_lack_words(AddonLack lack)
{
        return lacks[lack].why;
}

static void add_words(StrBuf *s, const StrList *words)
{
        for (size_t i = 0; i < words->n; i++)
                str_buf_printf(s, "%s%s", i > 0 ? " " : "", words->items[i]);
}

/* It holds all of ours: what was there before is replaced. */
static void add_command(StrBuf *s, const Builder *b)
{
        const char *esp = b->machine->boot_loader.esp ? b->machine->boot_loader.esp : "boot/efi";

        str_buf_printf(s,
                       "mkdir -p /%s/" BOOT_ADDONS " && ukify build --output=/%s/" BOOT_ADDON
                       " --cmdline=\"",
                       esp, esp);
        add_words(s, &b->plan->kernel_arguments.intended);
        str_buf_add(s, "\"");
}

void addon_instruction(const Builder *b, StrBuf *s)
{
        const BootLoader *loader = &b->machine->boot_loader;

        switch (loader->addon_lack) {
        case ADDON_LACKS_READER:
                str_buf_add(s, lacks[loader->addon_lack].how);
                add_words(s, &b->arguments_missing);
                return;
        case ADDON_LACKS_PARTITION:
                str_buf_printf(s, "mount %s /boot/efi, then gpuhost apply",
                               loader->partition ? loader->partition : "it on");
                return;
        case ADDON_LACKS_TOOL:
        case ADDON_LACKS_STUB:
                str_buf_add(s, lacks[loader->addon_lack].how);
                return;
        case ADDON_LACKS_KEY:
        case ADDON_LACKS_NOTHING:
                break;
        }
        add_command(s, b);
        if (loader->addon_lack == ADDON_LACKS_KEY)
                str_buf_add(s,
                            " --secureboot-private-key=KEY --secureboot-certificate=CERTIFICATE");
}
