// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/qemu.h"

static void flash(Qemu *q, const char *node, char *path, bool qcow2, bool readonly)
{
        DiskFormat format = qcow2 ? DISK_QCOW2 : DISK_RAW;
        Option image = qemu_blockdev(q, format);

        option_text(&image, "node-name", node);
        option_switch(&image, "read-only", readonly);
        qemu_image_file(&image, &(StartImage){ .path = path, .fd = -EBADF });
        qemu_blockdev_end(&image, format);
}

static void global(Qemu *q, const char *driver, const char *property, const char *value)
{
        Option option = option_begin(&q->words, "-global", NULL);

        option_text(&option, "driver", driver);
        option_text(&option, "property", property);
        option_text(&option, "value", value);
        option_end(&option);
}

static void window(Qemu *q)
{
        Option option = option_begin(&q->words, "-fw_cfg", NULL);

        option_text(&option, "name", "opt/ovmf/X-PciMmio64Mb");
        option_number(&option, "string", q->start->mmio64_mb);
        option_end(&option);
}

static void uefi(Qemu *q)
{
        const StartFirmware *firmware = &q->start->firmware;

        flash(q, "firmware", firmware->code, firmware->code_qcow2, true);
        if (firmware->vars)
                flash(q, "nvram", firmware->vars, firmware->vars_qcow2, false);
        if (firmware->smm) {
                global(q, "cfi.pflash01", "secure", "on");
                /* What wakes from S3 runs before the flash is locked again. */
                global(q, "ICH9-LPC", "disable_s3", "1");
        }
        if (q->start->mmio64_mb)
                window(q);
}

static void kernel(Qemu *q)
{
        const KernelBoot *boot = &q->instance->kernel;

        words_add_text(&q->words, "-kernel", boot->image);
        if (boot->initrd)
                words_add_text(&q->words, "-initrd", boot->initrd);
        if (boot->arguments)
                words_add_text(&q->words, "-append", boot->arguments);
}

static void tpm(Qemu *q)
{
        Option option = option_begin(&q->words, "-chardev", "socket");

        option_text(&option, "id", "tpm-socket");
        option_number(&option, "fd", (uint64_t)q->start->tpm_fd);
        option_end(&option);
        option = option_begin(&q->words, "-tpmdev", "emulator");
        option_text(&option, "id", "tpm");
        option_text(&option, "chardev", "tpm-socket");
        option_end(&option);
        option = option_begin(&q->words, "-device", "tpm-crb");
        option_text(&option, "tpmdev", "tpm");
        option_end(&option);
}

void qemu_firmware(Qemu *q)
{
        if (q->start->firmware.code)
                uefi(q);
        if (q->instance->kernel.image)
                kernel(q);
        if (q->start->tpm_fd >= 0)
                tpm(q);
}

/* OEM strings, where the guest's systemd looks for credentials. Secrets are in files. */
void qemu_smbios(Qemu *q)
{
        Option option;

        for (size_t i = 0; i < q->start->credentials.n; i++) {
                option = option_begin(&q->words, "-smbios", NULL);
                option_number(&option, "type", 11);
                option_text(&option, "path", q->start->credentials.items[i]);
                option_end(&option);
        }
        if (!q->start->notify_port)
                return;
        option = option_begin(&q->words, "-smbios", NULL);
        option_number(&option, "type", 11);
        option_format(&option, "value", "io.systemd.credential:vmm.notify_socket=vsock-stream:2:%u",
                      q->start->notify_port);
        option_end(&option);
}
