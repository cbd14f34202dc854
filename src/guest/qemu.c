// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/qemu.h"

#include "guest/vmm.h"

static const struct {
        uint8_t first, slots;
} places[] = {
        [PLACE_SYSTEM] = { 0x02, 1  },
          [PLACE_NETWORK] = { 0x03, 4  },
          [PLACE_DISK] = { 0x07, 8  },
        [PLACE_SHARE] = { 0x0f, 2  },
          [PLACE_PORT] = { 0x11, 12 },
};

enum { FUNCTIONS_OF_A_SLOT = 8 };

void qemu_place(Option *option, Place place, size_t i)
{
        size_t slot = i / FUNCTIONS_OF_A_SLOT, function = i % FUNCTIONS_OF_A_SLOT;

        if (slot >= places[place].slots)
                words_fail(option->words, -E2BIG);
        option_text(option, "bus", "pcie.0");
        option_format(option, "addr", "%02zx.%zx", places[place].first + slot, function);
        if (function == 0)
                option_switch(option, "multifunction", true);
}

Option qemu_virtio(Qemu *q, const char *driver, Place place, size_t i)
{
        Option device = option_begin(&q->words, "-device", driver);

        qemu_place(&device, place, i);
        option_switch(&device, "disable-legacy", true);
        return device;
}

/* Whether the decisions are about this instance. Secure Boot that is declared and not had is no start. */
static bool fits(const Instance *instance, const GuestStart *start)
{
        const Firmware *firmware = &instance->firmware;
        bool boots_kernel = instance->kernel.image;

        return start->qemu && start->qemu[0] == '/' && start->n_disks == instance->n_disks &&
               start->n_networks == instance->n_networks && start->n_shares == instance->n_shares &&
               (!firmware->secure_boot || start->firmware.secure_boot) &&
               (boots_kernel || firmware->type != FIRMWARE_UEFI || start->firmware.code) &&
               firmware->tpm == (start->tpm_fd >= 0);
}

static int qemu_command(const Instance *instance, const GuestStart *start, StrList *argv)
{
        static void (*const parts[])(Qemu *q) = {
                qemu_machine,  qemu_memory, qemu_firmware, qemu_smbios, qemu_devices,
                qemu_networks, qemu_disks,  qemu_seed,     qemu_shares, qemu_passthrough,
        };
        Qemu q = { .instance = instance, .start = start };

        if (!fits(instance, start))
                return -EINVAL;
        words_add_word(&q.words, start->qemu);
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                parts[i](&q);
        if (q.words.error < 0) {
                int r = q.words.error;

                words_done(&q.words);
                return r;
        }
        *argv = q.words.list;
        return 0;
}

const Vmm vmm_qemu = {
        .name = "qemu",
        .program = "qemu-system-x86_64",
        .command = qemu_command,
};
