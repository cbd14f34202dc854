// SPDX-License-Identifier: LGPL-2.1-or-later
/* Each kind of value, wrong: what is said about it and where. Right values are those of
 * test-config-print.c, which must come out as they went in. */
#include "config-world.h"

typedef struct Row {
        const char *text, *remarks;
} Row;

/* Each text as the only file at `path`, whose name the remarks begin with. */
static void try_rows(const char *path, const Row *rows, size_t n)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        _cleanup_free_ char *whole = format_string("etc/gpuhost/%s", path);
        size_t wrong = 0;

        for (size_t i = 0; i < n; i++) {
                _cleanup_str_buf_ StrBuf is = {};
                const char *remarks;

                config_world_write(w, whole, rows[i].text);
                remarks = config_world_load(w);
                for (const char *p = remarks; *p; p += strcspn(p, "\n") + 1)
                        str_buf_printf(&is, "%s%.*s", p == remarks ? "" : "\n",
                                       (int)(strcspn(p, "\n") - strlen(path) - 1),
                                       p + strlen(path) + 1);
                if (streq(str_buf_get(&is), rows[i].remarks))
                        continue;
                print_message("# %s\n# is       %s\n# and not  %s\n", rows[i].text,
                              str_buf_get(&is), rows[i].remarks);
                wrong++;
        }
        assert_int_equal(wrong, 0);
}

/* clang-format off */
static void host(void **state)
{
        static const Row rows[] = {
                { "- a\n", "1:1: a file of host.d is a map of keys | expected lines such as 'gpu_policy: …'" },
                { "gpu_polcy: shared\n", "1:1: unknown key 'gpu_polcy' | did you mean 'gpu_policy'?" },
                { "zebra: 1\n", "1:1: unknown key 'zebra'" },
                { "passthrough: 1\n", "1:1: unknown key 'passthrough'" },
                { "host_passthrough: true\n", "1:1: unknown key 'host_passthrough' | it stands below 'iommu:'" },
                { "\"a\\e[31mb\": 1\n", "1:1: unknown key 'a\\x1b[31mb'" },
                { "[a]: 1\n", "1:1: a key must be one word" },
                { "<<: {gpu_policy: shared}\n", "1:1: merge keys ('<<') are not read | write the keys out, or put them into a profile" },
                { "gpu_policy:\n", "1:12: 'gpu_policy' has no value | give it one, or remove the key" },
                { "gpu_policy: ~\n", "1:13: 'gpu_policy' has no value | give it one, or remove the key" },
                { "gpu_policy: exlusive\n", "1:13: 'exlusive' is no value for 'gpu_policy' | did you mean 'exclusive'? expected exclusive, switch or shared" },
                { "gpu_policy: 7\n", "1:13: '7' is no value for 'gpu_policy' | expected exclusive, switch or shared" },
                { "gpu_policy: [shared]\n", "1:13: 'gpu_policy' takes one value, not a list | expected exclusive, switch or shared" },
                { "allowlist: \"10de:*\"\n", "1:12: 'allowlist' takes a list, not one value | expected a list such as [\"10de:*\"]" },
                { "allowlist: [{a: b}]\n", "1:13: 'allowlist' takes one value, not a map | expected vendor:device or vendor:*, such as 10de:2204 or 10de:*" },
                { "allowlist: [~]\n", "1:13: 'allowlist' has no value | give it one, or remove the key" },
                { "allowlist: [10de]\n", "1:13: '10de' is no value for 'allowlist' | all devices of a vendor are written 10de:*" },
                { "allowlist: [\"*\"]\n", "1:13: '*' is no value for 'allowlist' | a vendor must be named: 10de:*" },
                { "allowlist: [\"0x10de:0x2204\"]\n", "1:13: '0x10de:0x2204' is no value for 'allowlist' | IDs have no 0x: 10de:2204" },
                { "allowlist: [10de:22*]\n", "1:13: '10de:22*' is no value for 'allowlist' | expected vendor:device or vendor:*, such as 10de:2204 or 10de:*" },
                { "gpus: {name: x}\n", "1:7: 'gpus' takes a list, not a map | expected a list such as [{match: {id: \"10de:2204\"}, role: passthrough}]" },
                { "gpus: [x]\n", "1:8: an item of 'gpus' is a map, not one value | expected a list such as [{match: {id: \"10de:2204\"}, role: passthrough}]" },
                { "gpus: [{name: a}]\n", "1:8: a gpus: entry needs 'match' | match: which GPU is meant; all that stands must hold" },
                { "gpus: [{match: {}}]\n", "1:16: 'match' says nothing, which would be every GPU | give it address, id, subsystem, slot or serial" },
                { "gpus: [{match: {address: 01:00.0}}]\n", "1:26: '01:00.0' is no value for 'address' | a PCI address needs its domain: 0000:01:00.0" },
                { "gpus: [{match: {address: 0000:01:00.8}}]\n", "1:26: '0000:01:00.8' is no value for 'address' | expected a PCI address such as 0000:01:00.0" },
                { "gpus: [{match: {subsystem: \"10de:*\"}}]\n", "1:28: '10de:*' is no value for 'subsystem' | expected vendor:device, such as 10de:2204" },
                { "gpus: [{match: {slot: 0000:00:01.0}}]\n", "1:23: '0000:00:01.0' is no value for 'slot' | expected the path above a device, such as pci0000:00/0000:00:01.0" },
                { "gpus: [{match: {id: 10de:2204}, name: Bad Name}]\n", "1:39: 'Bad Name' is no value for 'name' | expected a name of at most 32 letters, digits, '.', '_' and '-'" },
                { "gpus: [{match: {id: 10de:2204}, driver: ../evil}]\n", "1:41: '../evil' is no value for 'driver' | expected the name of a kernel module" },
                { "gpus: [{match: {id: 10de:2204}, vfs: 0}]\n", "1:38: '0' is no value for 'vfs' | expected a whole number from 1 to 65535" },
                { "gpus: [{match: {id: 10de:2204}, cordoned: yes}]\n", "1:43: 'yes' is no value for 'cordoned' | write true" },
                { "gpus: [{match: {id: 10de:2204}, cordoned: OFF}]\n", "1:43: 'OFF' is no value for 'cordoned' | write false" },
                { "gpus: [{match: {id: 10de:2204}, cordoned: \"true\"}]\n", "1:43: 'cordoned' is a bool, and \"true\" is text | write true without quotes" },
                { "gpus: [{match: {id: 10de:2204}, cordoned: maybe}]\n", "1:43: 'maybe' is no value for 'cordoned' | expected true or false" },
                { "gpus:\n- {name: a, match: {id: 10de:1}}\n", "2:25: '10de:1' is no value for 'id' | expected vendor:device or vendor:*, such as 10de:2204 or 10de:*" },
                { "gpus:\n- {name: a, match: {id: 10de:2204}}\n- {name: a, match: {id: 10de:2205}}\n", "3:4: two gpus: entries are named 'a'; the first in /etc/gpuhost/host.d/a.yaml:2 | give one of them another name" },
                { "iommu: {host_pass: true}\n", "1:9: unknown key 'host_pass' | did you mean 'host_passthrough'?" },
                { "hugepages: [{size: 1G}]\n", "1:13: a hugepages: entry needs 'count' | count: how many pages" },
                { "hugepages: [{size: 4K, count: 1}]\n", "1:20: '4K' is no value for 'size' | expected 2M or 1G" },
                { "hugepages: [{size: 1G, count: 010}]\n", "1:31: '010' is no value for 'count' | write 10: a leading zero means different things" },
                { "hugepages: [{size: 1G, count: 1e3}]\n", "1:31: '1e3' is no value for 'count' | expected a whole number from 1 to 16777216" },
                { "hugepages: [{size: 1G, count: \"1\"}]\n", "1:31: 'count' is a number, and \"1\" is text | write 1 without quotes" },
                { "hugepages: [{size: 1G, count: 1, node: 0}, {size: 1G, count: 1, node: 0}]\n", "1:44: pages of 1G of one node twice; the first in /etc/gpuhost/host.d/a.yaml:1 | write one entry, or begin with 'hugepages: []'" },
                { "kernel_arguments: {extra: [\"a b\"]}\n", "1:28: 'a b' is no value for 'extra' | one argument an item, without spaces" },
                { "kernel_arguments: {extra: [\"a=$(b)\"]}\n", "1:28: 'a=$(b)' is no value for 'extra' | expected an argument such as pcie_aspm=off, without quotes and the like" },
                { "gpu_policy: shared\niommu: {}\ngpu_policy: switch\n", "3:1: key 'gpu_policy' stands twice; first in line 1" },
                { "gpu_policy: wrong\ngpu_policy: shared\n", "1:13: 'wrong' is no value for 'gpu_policy' | expected exclusive, switch or shared\n2:1: key 'gpu_policy' stands twice; first in line 1" },
                { "engine: podman\n", "1:1: unknown key 'engine'" },
        };

        try_rows("host.d/a.yaml", rows, ARRAY_SIZE(rows));
}

static void vm(void **state)
{
        static const Row rows[] = {
                { "engine: podman\n", "1:1: 'engine' is a key of containers, not of VMs" },
                { "cpu_cores: 8\n", "1:1: unknown key 'cpu_cores' | it stands below 'resources:'" },
                { "gpus: true\n", "1:1: unknown key 'gpus' | did you mean 'gpu'?" },
                { "description: \"a\\nb\"\n", "1:14: 'a\\nb' is no value for 'description' | expected a line of at most 256 bytes" },
                { "description: \"a\\L\"\n", "1:14: 'a\\u2028' is no value for 'description' | expected a line of at most 256 bytes" },
                { "autostart: on\n", "1:12: 'on' is no value for 'autostart' | write true" },
                { "replicas: 0\n", "1:11: '0' is no value for 'replicas' | expected a whole number from 1 to 256" },
                { "restart: sometimes\n", "1:10: 'sometimes' is no value for 'restart' | expected never, on-failure or always" },
                { "start_timeout: 1y\n", "1:16: '1y' is no value for 'start_timeout' | expected a duration such as 30s or 5min, from 1s to 1d" },
                { "stop_timeout: 500ms\n", "1:15: '500ms' is no value for 'stop_timeout' | expected a duration such as 30s or 5min, from 1s to 1d" },
                { "profiles: default\n", "1:11: 'profiles' takes a list, not one value | expected a list such as [default, cuda-guest]" },
                { "profiles: [defualt]\n", "1:12: no profile is named 'defualt' | did you mean 'default'?" },
                { "profiles: [default, default]\n", "1:21: 'default' stands twice in 'profiles'" },
                { "resources: {cpu_cores: 0}\n", "1:24: '0' is no value for 'cpu_cores' | expected a whole number from 1 to 4096" },
                { "resources: {memory_mb: 16GB}\n", "1:24: '16GB' is no value for 'memory_mb' | write 16384: it counts MiB" },
                { "resources: {memory_mb: 1K}\n", "1:24: '1K' is no value for 'memory_mb' | expected a whole number of MiB from 1 to 67108864" },
                { "resources: {hugepages: true}\n", "1:24: 'true' is no value for 'hugepages' | expected 2M, 1G or none" },
                { "resources: {hugepages: 1G, memory_mb: 1000}\n", "1:28: memory_mb: 1000 MiB are no whole number of pages of 1G" },
                { "resources: {numa: left}\n", "1:19: 'left' is no value for 'numa' | expected auto, none or the number of a node" },
                { "resources: {cpu_pinning: 3-1}\n", "1:26: '3-1' is no value for 'cpu_pinning' | expected auto, none or CPUs such as 0-3,8" },
                { "resources: {cpu_pinning: \"0-3,2\"}\n", "1:26: '0-3,2' is no value for 'cpu_pinning' | a CPU stands twice in it" },
                { "resources: {cpu_pinning: \"0,1\", cpu_cores: 4}\n", "1:13: cpu_pinning names 2 CPUs for cpu_cores: 4" },
                { "gpu: maybe\n", "1:6: 'maybe' is no value for 'gpu' | a GPU is named {name: maybe}; expected true, {name: …}, {match: {…}, count: …}, {profile: …}, or a list of these" },
                { "gpu: \"true\"\n", "1:6: 'true' is no value for 'gpu' | expected true, {name: …}, {match: {…}, count: …}, {profile: …}, or a list of these" },
                { "gpu: [false]\n", "1:7: 'false' is no value for 'gpu' | expected true, {name: …}, {match: {…}, count: …}, {profile: …}, or a list of these" },
                { "gpu: {}\n", "1:6: a GPU request without keys | expected true, {name: …}, {match: {…}, count: …}, {profile: …}, or a list of these" },
                { "gpu: {nmae: big}\n", "1:7: unknown key 'nmae' | did you mean 'name'?" },
                { "gpu: {name: big}\n", "1:7: no gpus: entry is named 'big'" },
                { "gpu: {name: 01:00.0}\n", "1:13: '01:00.0' is no value for 'name' | a PCI address needs its domain: 0000:01:00.0" },
                { "gpu: {name: 0000:01:00.0, count: 2}\n", "1:6: 'name' and 'count' exclude each other | a name means one GPU" },
                { "gpu: {name: 0000:01:00.0, match: {id: 10de:*}}\n", "1:6: 'name' and 'match' exclude each other | a name means one GPU" },
                { "gpu: {profile: \"\"}\n", "1:16: '' is no value for 'profile' | expected a vGPU type such as L40S-1Q" },
                { "devices: {pci_passthrough: [0000:02:00.0, 0000:02:00.0]}\n", "1:43: '0000:02:00.0' stands twice in 'pci_passthrough'" },
                { "machine: {accel: xen}\n", "1:18: 'xen' is no value for 'accel' | expected kvm or tcg" },
                { "machine: {cpu: \"host,+x\"}\n", "1:16: 'host,+x' is no value for 'cpu' | expected a CPU model of QEMU" },
                { "firmware: {type: bios, secure_boot: true}\n", "1:11: secure_boot needs firmware of type uefi | write type: uefi, or secure_boot: false" },
                { "firmware: {type: uefi}\nkernel: {image: /vmlinuz}\n", "1:1: 'firmware' and 'kernel' exclude each other | a kernel boots without firmware: remove one of them" },
                { "kernel: {initrd: /initrd}\n", "1:9: kernel needs 'image' | image: the kernel that is booted without firmware" },
                { "kernel: {image: vmlinuz}\n", "1:17: 'vmlinuz' is no value for 'image' | a path is absolute: it begins with '/'" },
                { "kernel: {image: /boot/../vmlinuz}\n", "1:17: '/boot/../vmlinuz' is no value for 'image' | a path holds no '..'" },
                { "disks: [{format: raw}]\n", "1:9: a disk needs 'source' | source: a path, UUID=, LABEL=, PARTUUID= or PARTLABEL=; %i is the instance" },
                { "disks: [{source: \"UUID=\"}]\n", "1:18: 'UUID=' is no value for 'source' | expected an absolute path, UUID=, LABEL=, PARTUUID= or PARTLABEL=" },
                { "disks: [{source: /a/%n}]\n", "1:18: '/a/%n' is no value for 'source' | '%i' is the instance's name, '%%' a percent sign" },
                { "disks: [{source: /a, format: vmdk}]\n", "1:30: 'vmdk' is no value for 'format' | expected raw or qcow2" },
                { "disks: [{source: /a, create: {}}]\n", "1:30: create needs 'size' | size: how large it is made" },
                { "disks: [{source: /a, create: {size: 0}}]\n", "1:37: '0' is no value for 'size' | expected a size such as 512M, 70G or 16GiB" },
                { "disks: [{source: LABEL=a, create: {size: 1G}}]\n", "1:9: 'create' needs a path as 'source' | what LABEL=a names is there or not" },
                { "disks: [{source: /a, create: {size: 1G}, readonly: true}]\n", "1:9: 'create' and 'readonly: true' exclude each other | nobody could ever write to the disk" },
                { "disks: [{source: /a, serial: \"a b\"}]\n", "1:30: 'a b' is no value for 'serial' | expected at most 20 letters, digits, '.', '_' and '-'" },
                { "networks: [{type: bridge}]\n", "1:12: a network of type bridge needs 'bridge'" },
                { "networks: [{type: tap, tap: t, ports: [\"1:1\"]}]\n", "1:12: 'ports' means nothing on a network of type tap" },
                { "networks: [{type: none, mac: 52:54:00:12:34:56}]\n", "1:12: 'mac' means nothing on a network of type none" },
                { "networks: [{mac: 53:54:00:12:34:56}]\n", "1:18: '53:54:00:12:34:56' is no value for 'mac' | the address of a group; make its first byte even, such as 52" },
                { "networks: [{mac: 52-54-00-12-34-56}]\n", "1:18: '52-54-00-12-34-56' is no value for 'mac' | expected a MAC address such as 52:54:00:12:34:56" },
                { "networks: [{type: bridge, bridge: br0/x}]\n", "1:35: 'br0/x' is no value for 'bridge' | expected a network interface such as br0" },
                { "networks: [{type: tap, tap: a-name-too-long0}]\n", "1:29: 'a-name-too-long0' is no value for 'tap' | expected a network interface such as tap0 or tap-%i" },
                { "networks: [{type: tap, tap: t, address: \"a b\"}]\n", "1:41: 'a b' is no value for 'address' | expected an IP address or a host name" },
                { "networks: [{ports: [80]}]\n", "1:21: '80' is no value for 'ports' | both sides are named, the host's first: 80:80" },
                { "networks: [{ports: [0:80]}]\n", "1:21: '0:80' is no value for 'ports' | expected [ADDRESS:]HOST:GUEST[/udp], such as 8080:80" },
                { "networks: [{ports: [80:65536]}]\n", "1:21: '80:65536' is no value for 'ports' | expected [ADDRESS:]HOST:GUEST[/udp], such as 8080:80" },
                { "networks: [{ports: [\"::1:80:80\"]}]\n", "1:21: '::1:80:80' is no value for 'ports' | expected [ADDRESS:]HOST:GUEST[/udp], such as 8080:80" },
                { "networks: [{ports: [\"1.2.3:80:80\"]}]\n", "1:21: '1.2.3:80:80' is no value for 'ports' | expected [ADDRESS:]HOST:GUEST[/udp], such as 8080:80" },
                { "networks: [{ports: [\"80:80/sctp\"]}]\n", "1:21: '80:80/sctp' is no value for 'ports' | expected [ADDRESS:]HOST:GUEST[/udp], such as 8080:80" },
                { "networks: [{ports: [\"[::1]:80:80\"]}]\n", "1:12: port 80 of the host is forwarded from ::1 | QEMU forwards from IPv4 alone: leave the address out" },
                { "networks: [{ports: [\"80:80\", \"127.0.0.1:80:81\"]}]\n", "1:30: port 80 of the host is forwarded twice; first in /etc/gpuhost/vm.d/a.yaml:1" },
                { "shares: [{source: /a, tag: t}, {source: /b, tag: t}]\n", "1:32: two shares have the tag 't'; first in /etc/gpuhost/vm.d/a.yaml:1" },
                { "shares: [{source: /srv}]\n", "1:10: a share needs 'tag' | tag: what the guest mounts" },
                { "shares: [{source: /srv, tag: a/b}]\n", "1:30: 'a/b' is no value for 'tag' | expected at most 36 letters, digits, '.', '_' and '-'" },
                { "credentials: {../a: /b}\n", "1:15: '../a' is no name in 'credentials' | a name holds letters, digits, '.', '_' and '-'" },
                { "credentials: {a: b}\n", "1:18: 'b' is no value for 'a' | a path is absolute: it begins with '/'" },
                { "credentials: {a: /b, a: /c}\n", "1:22: key 'a' stands twice; first in line 1" },
                { "cloud_init: {user_data: u}\n", "1:25: 'u' is no value for 'user_data' | a path is absolute: it begins with '/'" },
                { "health_check: {type: icmp}\n", "1:22: 'icmp' is no value for 'type' | expected running, ready, http or tcp" },
                { "health_check: {timeout_ms: 30s, port: 80}\n", "1:28: '30s' is no value for 'timeout_ms' | write 30000: it counts milliseconds" },
                { "health_check: {type: tcp, port: 80, endpoint: /}\n", "1:15: 'endpoint' means nothing for a check of type tcp" },
                { "health_check: {type: ready, port: 80}\n", "1:15: 'port' means nothing for a check of type ready" },
                { "health_check: {endpoint: health, port: 80}\n", "1:26: 'health' is no value for 'endpoint' | expected a path such as /health" },
                { "health_check: {type: http}\n", "1:1: health_check needs a port | port: the guest's port, or workload: {base_url: …}" },
                { "workload: {base_url: ftp://a}\n", "1:22: 'ftp://a' is no value for 'base_url' | expected a URL such as http://127.0.0.1:8080" },
                { "workload: {base_url: \"http://a:0\"}\n", "1:22: 'http://a:0' is no value for 'base_url' | expected a URL such as http://127.0.0.1:8080" },
        };

        try_rows("vm.d/a.yaml", rows, ARRAY_SIZE(rows));
}

static void container(void **state)
{
        static const Row rows[] = {
                { "firmware: {type: uefi}\n", "1:1: 'firmware' is a key of VMs, not of containers" },
                { "resources: {hugepages: 1G}\n", "1:13: 'hugepages' is a key of VMs, not of containers" },
                { "engine: docker\n", "1:9: 'docker' is no value for 'engine' | expected podman or nspawn" },
                { "image: -x\n", "1:8: '-x' is no value for 'image' | expected an image such as docker.io/library/debian:13" },
                { "command: ls\n", "1:10: 'command' takes a list, not one value | expected a list such as [a, b]" },
                { "environment: [A=b]\n", "1:14: 'environment' takes a map, not a list | expected a map such as {NAME: value}" },
                { "environment: {A-B: c}\n", "1:15: 'A-B' is no name in 'environment' | a variable's name holds letters, digits and '_'" },
                { "environment: {A: [b]}\n", "1:18: 'A' takes one value, not a list | expected text without control characters" },
                { "environment: {A: \"\\e\"}\n", "1:18: '\\x1b' is no value for 'A' | expected text without control characters" },
                { "environment: {A: ~}\n", "1:18: 'A' has no value | give it one, or remove the key" },
                { "storage_volumes: {a: {size: 1G}}\n", "1:19: volume 'a' needs 'path' | path: where the container sees it" },
                { "storage_volumes: {a: 1G}\n", "1:22: 'a' takes a map, not one value | expected a map such as {models: {size: 70G, path: /models}}" },
                { "storage_volumes: {a: {path: /a}, a: {path: /b}}\n", "1:34: key 'a' stands twice; first in line 1" },
                { "mounts: [{source: /a}]\n", "1:10: a mount needs 'path' | path: where the container sees it" },
                { "health_check: {type: ready}\n", "1:15: a check of type ready is for VMs | expected running, http or tcp" },
                { "health_check: {type: tcp, port: 80}\n", "1:27: health_check asks on port 80, which no port of the host leads to | add \"80:80\" to ports" },
        };

        try_rows("container.d/a.yaml", rows, ARRAY_SIZE(rows));
}

static void profile(void **state)
{
        static const Row rows[] = {
                { "profiles: [a]\n", "1:1: 'profiles' is a key of VMs and containers, not of profiles" },
                { "replicas: 2\n", "1:1: 'replicas' is a key of VMs and containers, not of profiles" },
                { "image: a\nfirmware: {type: uefi}\n", "" },
        };

        try_rows("profile.d/a.yaml", rows, ARRAY_SIZE(rows));
}
/* clang-format on */

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(host),
                cmocka_unit_test(vm),
                cmocka_unit_test(container),
                cmocka_unit_test(profile),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
