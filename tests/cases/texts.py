# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the kernel and the boot loader of a machine have in their files."""

import struct


def interrupts(chip):
    return ("           CPU0       CPU1       \n"
            f"   0:         36          0  {chip}IO-APIC    2-edge      timer\n"
            f"   9:          0          4  {chip}IO-APIC    9-fasteoi   acpi\n"
            f" 124:          0          0  {chip}PCI-MSI 16384-edge      PCIe PME\n"
            "NMI:          4          4   Non-maskable interrupts\n")


def kernel_config(arch, extra):
    options = {
        "VFIO": "m", "VFIO_PCI": "m", "VFIO_IOMMU_TYPE1": "m", "IOMMU_SUPPORT": "y",
        "DRM_AMDGPU": "m", "DRM_NOUVEAU": "m",
    }
    if arch == "x86":
        options |= {"INTEL_IOMMU": "y", "INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF": "y", "AMD_IOMMU": "y",
                    "IRQ_REMAP": "y", "VFIO_MDEV": "m", "DRM_I915": "m", "DRM_I915_GVT_KVMGT": "m"}
    else:
        options |= {"ARM_SMMU": "y", "ARM_SMMU_V3": "y"}
    options |= dict(word.split("=") for word in extra)
    lines = {f"CONFIG_{k}={v}" if v != "n" else f"# CONFIG_{k} is not set"
             for k, v in options.items()}
    return "".join(line + "\n" for line in sorted(lines, key=lambda x: x.lstrip("# ")))


MODULE_PATHS = {
    "nvidia": "updates/dkms/nvidia.ko", "nouveau": "kernel/drivers/gpu/drm/nouveau/nouveau.ko",
    "amdgpu": "kernel/drivers/gpu/drm/amd/amdgpu/amdgpu.ko",
    "i915": "kernel/drivers/gpu/drm/i915/i915.ko", "xe": "kernel/drivers/gpu/drm/xe/xe.ko",
    "ast": "kernel/drivers/gpu/drm/ast/ast.ko",
    "mgag200": "kernel/drivers/gpu/drm/mgag200/mgag200.ko",
}


def module_files(version, drivers):
    vfio = "kernel/drivers/vfio/"
    core = [f"{vfio}pci/vfio-pci-core.ko"]
    if version < (6, 2):
        core.append(f"{vfio}vfio_virqfd.ko")
    base = [f"{vfio}vfio.ko", "kernel/virt/lib/irqbypass.ko"]
    dep = {f"{vfio}pci/vfio-pci.ko": core + base, core[0]: core[1:] + base,
           f"{vfio}vfio_iommu_type1.ko": base[:1], f"{vfio}vfio.ko": []}
    dep |= {path: [] for path in core[1:]}
    for name, path in MODULE_PATHS.items():
        if name in drivers or name in ("nouveau", "amdgpu", "i915"):
            dep[path] = []
    text = "".join(f"{path}: {' '.join(needs)}".rstrip() + "\n" for path, needs in dep.items())
    return text, "kernel/drivers/iommu/iommu.ko\nkernel/drivers/pci/pcie/pcieport.ko\n"


def grub_defaults(rest):
    return ("GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || "
            f'echo Debian`\nGRUB_CMDLINE_LINUX_DEFAULT="{rest}"\nGRUB_CMDLINE_LINUX=""\n')


def grub_cfg(kernel, cmdline):
    return ("### BEGIN /etc/grub.d/10_linux ###\n"
            "menuentry 'Debian GNU/Linux' --class debian --class gnu-linux {\n"
            f"\tlinux\t/boot/vmlinuz-{kernel} {cmdline}\n"
            f"\tinitrd\t/boot/initrd.img-{kernel}\n}}\n### END /etc/grub.d/10_linux ###\n")


def efi_variable(name):
    return f"sys/firmware/efi/efivars/{name}-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"


def efi_text(text):
    return struct.pack("<I", 6) + (text + "\0").encode("utf-16-le")
