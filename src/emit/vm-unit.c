// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/vm-unit.h"

#include <inttypes.h>

#include "util/parse.h"
#include "util/str.h"

/* How long QEMU has to go when the guest did not in stop_timeout. */
#define STOP_MARGIN (30 * UINT64_C(1000000))

static const char written_by[] = "Written by gpuhost-generator. See gpu-vm@.service(8).";

/* Of thousands of instances: printf() would cost more than all else here. */
static void join(char *buf, const char *prefix, const char *name, const char *suffix)
{
        (void)stpcpy(stpcpy(stpcpy(buf, prefix), name), suffix);
}

void vm_unit_name(const char *instance, char buf[static VM_UNIT_NAME_MAX])
{
        assert(strlen(instance) <= INSTANCE_NAME_MAX);
        join(buf, "gpu-vm@", instance, ".service");
}

void vm_target_name(const char *declaration, char buf[static VM_UNIT_NAME_MAX])
{
        assert(strlen(declaration) <= INSTANCE_NAME_MAX);
        join(buf, "gpu-vm-", declaration, ".target");
}

static void add_part(StrBuf *text, const char *part)
{
        str_buf_add(text, ": ");
        str_buf_add(text, part);
}

/* `text` and "what its owner calls it"; of a wrong file the reason, as `systemctl status` shows no
 * other line of ours before a start. */
static void add_description(UnitText *unit, StrBuf *text, const Instance *instance,
                            const DiagItem *problem)
{
        if (problem) {
                add_part(text, problem->file ? problem->file : instance->file);
                if (problem->line > 0)
                        str_buf_printf(text, ":%u:%u", problem->line, problem->column);
                add_part(text, problem->message);
        } else if (instance->description && *instance->description) {
                add_part(text, instance->description);
        }
        if (text->failed)
                unit->text.failed = true;
        else
                unit_prose(unit, "Description", str_buf_get(text));
}

/* A disk may turn up long after the file systems: at boot its VM waits for it, as a mount would. */
static void add_device(UnitText *unit, const char *path)
{
        enum { UNIT_NAME_MAX = 255 };
        _cleanup_free_ char *name = unit_name_of_device(path);

        if (!name) {
                unit->text.failed = true;
                return;
        }
        if (strlen(name) > UNIT_NAME_MAX)
                return;
        unit_value(unit, "Wants", name);
        unit_value(unit, "After", name);
}

static void add_path(UnitText *unit, const char *path)
{
        if (!path)
                return;
        if (startswith(path, "/dev/"))
                add_device(unit, path);
        else
                unit_word(unit, "RequiresMountsFor", path);
}

/* udev escapes what a label may hold besides these: then it is found when the VM starts, or not. */
static bool is_plain_tag(const char *value)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789#+-.:=@_";

        return value[strspn(value, plain)] == '\0';
}

static void add_source(UnitText *unit, const char *source)
{
        static const struct {
                const char *tag, *folder;
        } folders[] = {
                { "UUID=",      "/dev/disk/by-uuid/"      },
                { "LABEL=",     "/dev/disk/by-label/"     },
                { "PARTUUID=",  "/dev/disk/by-partuuid/"  },
                { "PARTLABEL=", "/dev/disk/by-partlabel/" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
                const char *value = startswith(source, folders[i].tag);
                _cleanup_free_ char *path = NULL;

                if (!value || !is_plain_tag(value))
                        continue;
                path = format_string("%s%s", folders[i].folder, value);
                if (path)
                        add_device(unit, path);
                else
                        unit->text.failed = true;
                return;
        }
        if (source[0] == '/')
                add_path(unit, source);
}

static void add_disk(UnitText *unit, const Instance *instance, const char *text)
{
        _cleanup_free_ char *source = instance_expand(instance->name, text);

        if (source)
                add_source(unit, source);
        else
                unit->text.failed = true;
}

static void add_disks(UnitText *unit, const Instance *instance)
{
        for (size_t i = 0; i < instance->n_disks; i++) {
                const Disk *disk = instance->disks + i;

                add_disk(unit, instance, disk->source);
                if (disk->has_backing)
                        add_disk(unit, instance, disk->backing.source);
        }
}

static void add_files(UnitText *unit, const Instance *instance)
{
        add_path(unit, instance->kernel.image);
        add_path(unit, instance->kernel.initrd);
        for (size_t i = 0; i < instance->n_shares; i++)
                add_path(unit, instance->shares[i].source);
        add_path(unit, instance->cloud_init.user_data);
        add_path(unit, instance->cloud_init.meta_data);
        add_path(unit, instance->cloud_init.network_config);
        for (size_t i = 0; i < instance->credentials.n; i++)
                add_path(unit, instance->credentials.items[i].value);
}

/* A bridge or a tap is made by whoever manages the network; QEMU's own user network needs none. */
static void add_network(UnitText *unit, const Instance *instance)
{
        for (size_t i = 0; i < instance->n_networks; i++) {
                NetworkType type = instance->networks[i].type;

                if (type != NETWORK_BRIDGE && type != NETWORK_TAP)
                        continue;
                unit_value(unit, "Wants", "network-online.target");
                unit_value(unit, "After", "network-online.target");
                return;
        }
}

/* A start that fails again and again ends at last, where systemd is too old to wait longer each time. */
static void add_start_limit(UnitText *unit, const Instance *instance)
{
        if (instance->restart == RESTART_NEVER)
                return;
        unit_value(unit, "StartLimitIntervalSec", "10min");
        unit_value(unit, "StartLimitBurst", "10");
}

static void add_service(UnitText *unit, const Instance *instance)
{
        static const char *const restart[] = {
                [RESTART_ON_FAILURE] = "on-failure",
                [RESTART_ALWAYS] = "always",
        };
        char duration[FORMAT_DURATION_MAX];

        unit_section(unit, "Service");
        unit_value(unit, "TimeoutStartSec", format_duration(instance->start_timeout, duration));
        unit_value(unit, "TimeoutStopSec",
                   format_duration(instance->stop_timeout + STOP_MARGIN, duration));
        if (instance->restart != RESTART_NEVER)
                unit_value(unit, "Restart", restart[instance->restart]);
}

void vm_unit_dropin(UnitText *unit, const Instance *instance, const char *declaration,
                    const DiagItem *problem)
{
        _cleanup_str_buf_ StrBuf text = {};
        char target[VM_UNIT_NAME_MAX];

        str_buf_add(&text, "VM ");
        str_buf_add(&text, instance->name);
        if (instance->replica)
                str_buf_printf(&text, ", replica %" PRIu32 " of %" PRIu32, instance->replica,
                               instance->replicas);
        unit_comment(unit, written_by);
        unit_section(unit, "Unit");
        unit_value(unit, "SourcePath", instance->file);
        add_description(unit, &text, instance, problem);
        if (instance->replica) {
                vm_target_name(declaration, target);
                unit_value(unit, "PartOf", target);
        }
        if (problem)
                return;
        add_network(unit, instance);
        add_disks(unit, instance);
        add_files(unit, instance);
        add_start_limit(unit, instance);
        add_service(unit, instance);
}

/* It wants them, and does not require them: one that fails or is stopped is no reason to stop all. */
void vm_unit_target(UnitText *unit, const Instance *declaration, const DiagItem *problem)
{
        _cleanup_str_buf_ StrBuf text = {};

        str_buf_printf(&text, "VMs %s, %" PRIu32 " replica%s", declaration->name,
                       declaration->replicas, declaration->replicas == 1 ? "" : "s");
        unit_comment(unit, written_by);
        unit_section(unit, "Unit");
        unit_value(unit, "SourcePath", declaration->file);
        add_description(unit, &text, declaration, problem);
        unit_value(unit, "Documentation", "man:gpu-vm@.service(8)");
        for (uint32_t i = 1; i <= declaration->replicas; i++) {
                char replica[VM_UNIT_NAME_MAX + sizeof("-4294967295")];

                (void)snprintf(replica, sizeof(replica), "gpu-vm@%s-%" PRIu32 ".service",
                               declaration->name, i);
                unit_value(unit, "Wants", replica);
        }
}
