// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/config.h"

#include "util/buf.h"

DEFINE_ENUM_TABLE(gpu_role_table, "role", [ROLE_HOST] = "host", [ROLE_PASSTHROUGH] = "passthrough",
                  [ROLE_ON_DEMAND] = "on-demand", [ROLE_VGPU] = "vgpu");
DEFINE_ENUM_TABLE(gpu_policy_table, "GPU policy", [POLICY_EXCLUSIVE] = "exclusive",
                  [POLICY_SWITCH] = "switch", [POLICY_SHARED] = "shared");
DEFINE_ENUM_TABLE(instance_kind_table, "kind", [INSTANCE_VM] = "vm",
                  [INSTANCE_CONTAINER] = "container", [INSTANCE_PROFILE] = "profile");
DEFINE_ENUM_TABLE(engine_table, "engine", [ENGINE_PODMAN] = "podman", [ENGINE_NSPAWN] = "nspawn");
DEFINE_ENUM_TABLE(accel_table, "accelerator", [ACCEL_KVM] = "kvm", [ACCEL_TCG] = "tcg");
DEFINE_ENUM_TABLE(firmware_type_table,
                  "firmware type", [FIRMWARE_UEFI] = "uefi", [FIRMWARE_BIOS] = "bios");
DEFINE_ENUM_TABLE(disk_format_table, "disk format", [DISK_RAW] = "raw", [DISK_QCOW2] = "qcow2");
DEFINE_ENUM_TABLE(network_type_table, "network type", [NETWORK_USER] = "user",
                  [NETWORK_BRIDGE] = "bridge", [NETWORK_TAP] = "tap", [NETWORK_NONE] = "none");
DEFINE_ENUM_TABLE(health_type_table, "health check", [HEALTH_RUNNING] = "running",
                  [HEALTH_READY] = "ready", [HEALTH_HTTP] = "http", [HEALTH_TCP] = "tcp");
DEFINE_ENUM_TABLE(restart_policy_table, "restart policy", [RESTART_NEVER] = "never",
                  [RESTART_ON_FAILURE] = "on-failure", [RESTART_ALWAYS] = "always");

bool instance_name_valid(const char *s)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
        size_t n = strlen(s);

        return n > 0 && n <= INSTANCE_NAME_MAX && s[0] != '_' && s[0] != '-' &&
               strspn(s, allowed) == n;
}

char *instance_expand(const char *instance, const char *text)
{
        _cleanup_str_buf_ StrBuf out = {};

        while (*text) {
                size_t n = strcspn(text, "%");

                str_buf_add_n(&out, text, n);
                text += n;
                if (!*text)
                        break;
                str_buf_add(&out, text[1] == 'i' ? instance : "%");
                text += text[1] ? 2 : 1;
        }
        return str_buf_take(&out);
}
