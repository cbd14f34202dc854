// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/helper.h"
#include "claim/start.h"
#include "config/object.h"
#include "config/tables.h"

/* As gpu-vm-tpm@.service has them. */
#define SWTPM  "usr/bin/swtpm"
#define FOLDER "run/gpu-vm-tpm/"

int tpm_check(Stage *s)
{
        const Firmware *firmware = &s->instance->firmware;
        const Origin *origin;

        if (!firmware->tpm || root_exists(s->root, SWTPM))
                return 0;
        origin = object_origin(&firmware_table, firmware, &firmware->tpm);
        return refuse(s,
                      "%s:%u: firmware.tpm needs swtpm, and there is no /" SWTPM
                      ": install the package swtpm",
                      origin && origin->file ? origin->file : s->instance->file,
                      origin ? origin->line : 0);
}

static char *unit_of(const Stage *s)
{
        return format_string("gpu-vm-tpm@%s.service", s->name);
}

int tpm_decide(Stage *s)
{
        if (!s->instance->firmware.tpm)
                return 0;
        s->start.tpm_fd = start_add_fd(&s->start, START_FD_TPM);
        return s->start.tpm_fd < 0 ? s->start.tpm_fd : 0;
}

int tpm_open(Stage *s, Opened *opened)
{
        _cleanup_free_ char *unit = unit_of(s), *path = format_string(FOLDER "%s/socket", s->name);
        int r;

        if (!s->instance->firmware.tpm)
                return 0;
        if (!unit || !path)
                return -ENOMEM;
        r = helper_start(s, unit, path);
        return r < 0 ? r : opened_put(opened, s->start.tpm_fd, r);
}

void tpm_stop(Stage *s)
{
        _cleanup_free_ char *unit = unit_of(s), *folder = format_string(FOLDER "%s", s->name);

        if (unit && folder && root_exists(s->root, folder))
                helper_stop(s, unit);
}
