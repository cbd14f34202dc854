// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/capture.h"

#include <inttypes.h>

#include "host.h"

static char *capture(TestRoot *t)
{
        _cleanup_str_buf_ StrBuf out = {};
        char *text;

        assert_int_equal(capture_write(t->root, NULL, NULL, &out), 0);
        text = str_buf_take(&out);
        assert_non_null(text);
        return text;
}

/* Everything that a plan could look at, as text. */
static void describe(TestRoot *t, StrBuf *out)
{
        _cleanup_machine_ Machine m = {};
        char a[PCI_ADDRESS_MAX];

        assert_int_equal(machine_read(t->root, MACHINE_ALL, NULL, &m), 0);
        for (size_t i = 0; i < m.n_devices; i++) {
                const PciDevice *d = m.devices + i;

                str_buf_printf(out,
                               "%s %04x %04x:%04x %04x:%04x %s %s %s %s %d %d %d %d %s %" PRIu64
                               " %u %u %zu %u %zu %zu %s %s\n",
                               pci_address_format(d->address, a), d->class, d->id.vendor,
                               d->id.device, d->subsystem.vendor, d->subsystem.device, d->driver,
                               d->driver_override, d->vendor_name, d->device_name, d->iommu_group,
                               d->numa_node, d->has_iommu, d->boot_vga, d->reset_methods,
                               d->bar_sizes[0], d->sriov_total, d->sriov_vfs, d->drm_nodes.n,
                               d->n_connected, d->mdev_types.n, d->vgpu_types.n, d->path,
                               d->trouble);
        }
        for (size_t i = 0; i < m.n_groups; i++)
                str_buf_printf(out, "group %d %s %zu\n", m.groups[i].number, m.groups[i].type,
                               m.groups[i].n_members);
        str_buf_printf(out, "iommu %d %d %d\n", m.iommu.kind, m.iommu.firmware,
                       m.iommu.interrupt_remapping);
        for (size_t i = 0; i < m.n_kernels; i++)
                for (int k = 0; k < _MOD_MAX; k++)
                        str_buf_printf(out, "%s %d %d %d\n", m.kernels[i].version,
                                       m.kernels[i].running, m.kernels[i].modules[k],
                                       m.kernels[i].iommufd);
        str_buf_printf(out, "boot %d %s %zu\n", m.boot_loader.kind, m.boot_loader.evidence,
                       m.boot_loader.configured.n);
        for (size_t i = 0; i < m.n_protections; i++)
                str_buf_printf(out, "%s %s\n", pci_address_format(m.protections[i].address, a),
                               m.protections[i].why);
        for (size_t i = 0; i < m.n_foreign; i++)
                str_buf_printf(out, "%s:%u %s\n", m.foreign[i].file, m.foreign[i].line,
                               m.foreign[i].text);
        for (size_t i = 0; i < m.n_claims; i++)
                str_buf_printf(out, "%s\n", m.claims[i].instance);
        assert_false(out->failed);
}

static void says_the_same_as_the_machine(void **state)
{
        static const char *const machines[] = {
                "amd-navi",  "arm64-smmu",  "foreign",       "hostile",      "laptop-hybrid",
                "mdev-t4",   "server-8gpu", "storage-stack", "systemd-boot", "uki",
                "usb-route", "vgpu-l40s",   "vmd",
        };

        for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
                _cleanup_test_root_ TestRoot machine = test_root_machine(machines[i]),
                                             captured = {};
                _cleanup_free_ char *text = capture(&machine), *again = NULL;
                _cleanup_str_buf_ StrBuf a = {}, b = {};

                print_message("# %s\n", machines[i]);
                captured = test_root_text(text);
                describe(&machine, &a);
                describe(&captured, &b);
                assert_string_equal(str_buf_get(&a), str_buf_get(&b));
                again = capture(&captured);
                assert_string_equal(again, text);
                assert_true(strlen(text) < 200 * 1024);
        }
}

static void holds_no_secrets(void **state)
{
        static const char *const secrets[] = {
                "6c0f0d7b", "hunter2", "secret-host", "192.168",  "aabbccddeeff", "e04c68",
                "13-24-35", "joe",     "t0ken",       "vnc-pass", "A8C0",
        };
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f etc/gpuhost/host.d/50-site.yaml 0644 \"# by joe\\ngpus: [{match: {serial: "
                "13-24-35}}]\\n\"\n"
                "l etc/gpuhost/host.d/60-off.yaml -> /dev/null\n"
                "f etc/gpuhost/vm.d/a.yaml 0644 \"environment: {TOKEN: t0ken}\\n\"\n"
                "f etc/gpuhost/vm.d/a.yaml~ 0644 \"hunter2\\n\"\n"
                "f etc/libvirt/qemu/a.xml 0600 \"<domain>\\n<uuid>6c0f0d7b-5a3c-4f27-9d4e-"
                "0a4d9e9a1b2c</uuid><graphics passwd='vnc-pass'/>\\n<hostdev type='pci' "
                "managed='yes'><source><address domain='0' bus='1' slot='0' "
                "function='0'/></source></hostdev></domain>\\n\"\n"
                "f proc/cmdline 0444 \"root=UUID=6c0f0d7b-5a3c-4f27-9d4e-0a4d9e9a1b2c "
                "ip=192.168.7.9 systemd.hostname=secret-host rd.iscsi.password=hunter2 "
                "rd.luks.uuid=0a1b2c3d-0000-4000-8000-aabbccddeeff\\n\"\n"
                "f proc/net/route 0444 \"enx00e04c680001\\t00000000\\t0102A8C0\\t0003\\t0\\t0\\t100"
                "\\t00000000\\t0\\t0\\t0\\n\"\n"
                "l sys/bus/pci/devices/0000:01:00.0 -> ../../../devices/pci0000:00/0000:01:00.0\n"
                "l sys/class/net/enx00e04c680001 -> "
                "../../devices/pci0000:00/0000:00:14.0/usb1/net/enx00e04c680001\n"
                "f sys/devices/pci0000:00/0000:01:00.0/class 0444 \"0x030000\\n\"\n"
                "f sys/devices/pci0000:00/0000:01:00.0/serial_number 0444 \"13-24-35\\n\"\n");
        _cleanup_free_ char *text = capture(&t);

        for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
                print_message("# %s\n", secrets[i]);
                assert_null(strstr(text, secrets[i]));
        }
        assert_non_null(strstr(text, "match: {serial: serial-1}"));
        assert_non_null(strstr(text, "serial_number 0444 \"serial-1\\n\""));
        assert_non_null(strstr(text, "l etc/gpuhost/host.d/60-off.yaml -> /dev/null\n"));
        assert_non_null(strstr(text, "net/enx020000000001\n"));
        assert_non_null(strstr(text, "\\n\\n<hostdev type='pci' managed='yes'><source>"));
}

static void this_very_machine(void **state)
{
        _cleanup_str_buf_ StrBuf a = {}, b = {};
        _cleanup_(root_freep) Root *root = NULL;

        assert_int_equal(root_open("/", &root), 0);
        assert_int_equal(capture_write(root, NULL, NULL, &a), 0);
        assert_int_equal(capture_write(root, NULL, NULL, &b), 0);
        assert_string_equal(str_buf_get(&a), str_buf_get(&b));
        assert_true(a.len < 200 * 1024);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(says_the_same_as_the_machine),
                cmocka_unit_test(holds_no_secrets),
                cmocka_unit_test(this_very_machine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
