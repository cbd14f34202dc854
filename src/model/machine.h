// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* Facts of one machine, as host/ reads them and plan/ looks at them. Nothing in here is a decision. */

#include "model/pci.h"
#include "model/prepared.h"
#include "util/enum-table.h"
#include "util/str.h"

enum { PCI_N_BARS = 6 };

typedef struct VgpuType {
        char *id;   /* "nvidia-256" (mdev), "256" (the newer kind) */
        char *name; /* "NVIDIA L40S-1Q"; NULL where the driver tells none */
        char *description;
        char *device_api; /* mdev only */
        uint32_t available;
        bool creatable; /* mdev: available > 0 */
} VgpuType;

typedef struct VgpuTypeList {
        VgpuType *items;
        size_t n;
} VgpuTypeList;

typedef enum DeviceUse {
        DEVICE_USE_UNKNOWN, /* a fact of the moment, and asked for where it matters */
        DEVICE_USE_NONE,
        DEVICE_USE_HELD,
} DeviceUse;

/* One PCI function. Only GPUs, their slot mates, what MachineWants names, and the members of the groups
 * of all these are read. */
typedef struct PciDevice {
        PciAddress address;
        uint16_t class; /* 0x0300 */
        uint8_t interface, revision;
        PciId id, subsystem;
        char *path;            /* "pci0000:00/0000:00:01.0/0000:01:00.0": where it hangs */
        char *driver;          /* NULL: none */
        char *driver_override; /* NULL: unset */
        char *vendor_name, *device_name; /* NULL: hwdb has none */
        int32_t iommu_group;             /* -1: none */
        int32_t numa_node;               /* -1: not told */
        bool has_iommu;                  /* an IOMMU translates for it, not only a made-up group */
        bool boot_vga, boot_display;
        char *reset_methods;   /* "flr bus"; "": none works; NULL: the kernel does not tell */
        char *power_state;     /* "D0"; NULL: not told */
        int8_t d3cold_allowed; /* -1: not told */
        char *serial;
        uint64_t bar_sizes[PCI_N_BARS];
        uint32_t sriov_total, sriov_vfs; /* 0: not a PF */
        bool is_vf;
        PciAddress physfn;
        StrList drm_nodes;       /* "card0", "renderD128" */
        uint32_t n_connected;    /* connectors with a display */
        VgpuTypeList mdev_types; /* it is a parent of mediated devices */
        VgpuTypeList vgpu_types; /* a VF of the newer kind: nvidia/creatable_vgpu_types */
        bool has_vgpu_attributes;
        char *current_vgpu_type; /* NULL: no such attribute; "0": none set */
        bool dead;               /* its config space reads all ones */
        char *framebuffer; /* of the boot console, that holds memory of it: "efifb"; NULL: none */
        char *cordoned;    /* why nothing new may start on it in this boot; NULL: it may */
        bool stuck;        /* its driver does not come back: no more than this was read */
        char *trouble;     /* what could not be read, in words; NULL: all well */
        DeviceUse use;     /* of the driver that it has, where that was looked at */
        char *used_by;     /* in words; NULL: nobody, or not known */
} PciDevice;

static inline bool pci_device_is_gpu(const PciDevice *d)
{
        return pci_class_is_gpu(d->class);
}

/* A mediated-device parent that is no PCI function. */
typedef struct MdevParent {
        char *name; /* "mtty" */
        VgpuTypeList types;
} MdevParent;

typedef enum IommuKind {
        IOMMU_NONE,
        IOMMU_INTEL,
        IOMMU_AMD,
        IOMMU_VIRTIO,
        IOMMU_ARM_SMMU,
        IOMMU_OTHER,
} IommuKind;

typedef struct IommuFacts {
        IommuKind kind;         /* of what is enabled: /sys/class/iommu */
        IommuKind firmware;     /* of what the firmware's tables offer; IOMMU_NONE: no table */
        bool tables_unreadable; /* so `firmware` is not known */
        bool interrupt_remapping;
        bool unsafe_interrupts; /* allow_unsafe_interrupts is set */
} IommuFacts;

typedef struct IommuGroup {
        int32_t number;
        char *type;          /* "DMA-FQ", "identity"; NULL: not told */
        PciAddress *members; /* by address; every one stands in Machine.devices */
        size_t n_members;
} IommuGroup;

typedef enum ModuleState {
        MODULE_MISSING,
        MODULE_LOADABLE,
        MODULE_BUILTIN,
} ModuleState;

/* The modules that somebody asks about; a row a module, filled for every kernel. */
typedef enum ModuleId {
        MOD_VFIO,
        MOD_VFIO_PCI,
        MOD_VFIO_IOMMU_TYPE1,
        MOD_VFIO_VIRQFD,
        MOD_VFIO_MDEV,
        MOD_KVM,
        MOD_NVIDIA,
        MOD_NOUVEAU,
        MOD_AMDGPU,
        MOD_RADEON,
        MOD_I915,
        MOD_XE,
        _MOD_MAX,
} ModuleId;

extern const char *const module_names[_MOD_MAX]; /* with underscores, as the kernel spells them */

typedef enum KconfigState {
        KCONFIG_UNKNOWN,
        KCONFIG_NO,
        KCONFIG_MODULE,
        KCONFIG_YES,
} KconfigState;

/* A module of an initramfs that would take a function, by the ID of its device. */
typedef struct ImageDriver {
        PciAddress address;
        char *module; /* with underscores */
} ImageDriver;

/* The built initramfs of a kernel. */
typedef struct InitramfsImage {
        char *path; /* "boot/initrd.img-6.1.0-32-amd64"; NULL: there is none, or none was looked for */
        char *trouble;    /* why nothing is known of it, in words; NULL: all of this is */
        bool has_binder;  /* gpuhost-bind, and what runs it */
        char *difference; /* a file of the configuration that it has otherwise, or not; NULL: none */
        StrList modules;  /* those of module_names and of MachineWants.drivers that it carries */
        ImageDriver *drivers;
        size_t n_drivers;
} InitramfsImage;

typedef enum InitramfsTool {
        INITRAMFS_UNKNOWN,
        INITRAMFS_TOOLS, /* update-initramfs */
        INITRAMFS_DRACUT,
        INITRAMFS_MKINITCPIO,
} InitramfsTool;

/* An installed kernel. */
typedef struct Kernel {
        char *version;
        bool running;
        ModuleState modules[_MOD_MAX];
        StrList missing; /* of MachineWants.drivers: those that no module of this kernel provides */
        bool config_readable;
        KconfigState intel_iommu_default_on, intel_iommu_default_on_intgpu_off, amd_iommu, iommufd,
                vfio_device_cdev;
        InitramfsImage image;
} Kernel;

typedef enum BootLoaderKind {
        BOOT_LOADER_UNKNOWN,
        BOOT_LOADER_GRUB,         /* grub-mkconfig: Debian, Ubuntu, Arch */
        BOOT_LOADER_GRUBBY,       /* BLS entries and grubby: Fedora, RHEL */
        BOOT_LOADER_SYSTEMD_BOOT, /* kernel-install */
        BOOT_LOADER_UKI,          /* unified kernel image, booted by whatever */
        BOOT_LOADER_OSTREE,
        BOOT_LOADER_BOOTC,
        BOOT_LOADER_RPI,
} BootLoaderKind;

extern const EnumTable iommu_kind_table, module_state_table, boot_loader_table, device_use_table;

/* gpuhost writes the configuration of this one; for others it tells what is to be typed. */
bool boot_loader_is_written(BootLoaderKind kind) _pure_;

/* Who counts the boots that do not come up, so that a host which fails with passthrough disarms itself. */
typedef enum BootWatchdogKind {
        BOOT_WATCHDOG_NONE,    /* nobody can */
        BOOT_WATCHDOG_GRUBENV, /* GRUB, in its environment block */
        BOOT_WATCHDOG_EFI,     /* gpuhost-bind, in a variable of the firmware */
} BootWatchdogKind;

/* There in a boot that the firmware's count has put off: the kernel command line knows nothing of it. */
#define BOOT_OFF_FILE "run/gpuhost/off"

/* How many boots in a row may fail, and the value of a counter that does not count. */
enum { BOOT_TRIES = 3, BOOT_UNCOUNTED = -1 };

typedef struct BootWatchdog {
        BootWatchdogKind kind;
        int left;         /* boots that may still fail; 0: this host has disarmed itself */
        bool installed;   /* what boots next counts, and knows how to disarm */
        bool inactive;    /* this boot was to be counted, and was not */
        const char *lack; /* why the boot loader can't count, in words; NULL: it can */
} BootWatchdog;

/* Of our addon, on the partition from which a unified kernel image has come: systemd-stub(7). */
#define BOOT_ADDONS "loader/addons"
#define BOOT_ADDON  BOOT_ADDONS "/gpuhost.addon.efi"

/* Why none can be made that would be heeded; the first that holds. */
typedef enum AddonLack {
        ADDON_LACKS_NOTHING,
        ADDON_LACKS_READER,    /* the stub in the image is too old for it */
        ADDON_LACKS_PARTITION, /* which is not mounted */
        ADDON_LACKS_TOOL,      /* ukify */
        ADDON_LACKS_STUB,      /* what ukify makes it of */
        ADDON_LACKS_KEY,       /* under Secure Boot what is not signed is passed over */
} AddonLack;

typedef struct BootLoader {
        BootLoaderKind kind;
        bool efi;
        char *evidence;     /* what it was recognised by: "/boot/grub/grub.cfg" */
        StrList configured; /* arguments that the next boot will have through our own file */
        bool configured_known;
        StrList written;    /* those of them that are ours, where others write to the same file */
        bool other_systems; /* its menu starts other systems too */
        bool kexec;         /* this kernel was started by another, and not by a boot loader */
        char *esp;       /* of a unified kernel image: where its partition is mounted: "boot/efi" */
        char *partition; /* that partition, "/dev/disk/by-partuuid/…"; NULL: not known */
        bool addon;      /* there is a file of that name */
        AddonLack addon_lack;
        BootWatchdog watchdog;
} BootLoader;

/* Huge pages of 2M that a NUMA node has at present. */
typedef struct NodePages {
        int32_t node;
        uint64_t pages;
} NodePages;

/* A PCI function that the running host cannot do without. */
typedef struct Protection {
        PciAddress address;
        char *why; /* "holds / (nvme0n1p2)", "carries the default route (enp5s0)" */
} Protection;

typedef enum ForeignKind {
        FOREIGN_VFIO_IDS,  /* vfio-pci.ids= or `options vfio-pci ids=` */
        FOREIGN_BLACKLIST, /* of a GPU driver */
        FOREIGN_DRIVERCTL,
        FOREIGN_MDEVCTL,
        FOREIGN_LIBVIRT_MANAGED,
        FOREIGN_VFIO_VIRQFD, /* named where no kernel has it any more */
        FOREIGN_ACS_OVERRIDE,
        FOREIGN_SOFTDEP, /* softdep GPUDRIVER pre: vfio-pci */
} ForeignKind;

/* Somebody else's configuration of the same ground. */
typedef struct Foreign {
        ForeignKind kind;
        char *file; /* "/etc/modprobe.d/vfio.conf"; "/proc/cmdline" */
        unsigned line;
        char *text; /* the word or line that says so */
        bool has_address;
        PciAddress address; /* of the device it is about */
        StrList ids;        /* vfio-pci ids, or the modules that are blacklisted */
} Foreign;

/* A VM whose unit has processes. */
typedef struct Running {
        char *instance;
        uint64_t memory;  /* bytes, of all of them; 0: not known */
        uint64_t seconds; /* since it was started; 0: not known */
} Running;

/* Who holds a GPU at present: a file under /run/gpuhost/claims. */
typedef struct Claim {
        PciAddress address;
        char *instance;
} Claim;

/* What a configuration mentions, and host/ would not look at by itself. */
typedef struct MachineWants {
        PciAddress *addresses; /* of pci_passthrough and of match: */
        size_t n_addresses;
        StrList drivers; /* "nvgrace-gpu-vfio-pci": as sysfs and driver: spell them */
        bool images;     /* whether it matters what initramfs images hold */
} MachineWants;

void machine_wants_done(MachineWants *wants);
#define _cleanup_machine_wants_ _cleanup_(machine_wants_done)

typedef struct Machine {
        PciDevice *
                devices; /* by address: GPUs, slot mates, what is wanted, members of their groups */
        size_t n_devices;
        size_t n_functions; /* of the whole machine */
        IommuGroup *groups; /* by number: those of all GPUs, slot mates and wanted devices */
        size_t n_groups;
        IommuFacts iommu;
        MdevParent *mdev_parents;
        size_t n_mdev_parents;
        StrList arguments; /* running kernel's, one a word */
        Kernel *kernels;   /* by version, the running one marked */
        size_t n_kernels;
        InitramfsTool initramfs_tool;
        BootLoader boot_loader;
        Protection *protections; /* by address */
        size_t n_protections;
        Foreign *foreign;
        size_t n_foreign;
        Claim *claims; /* by address */
        size_t n_claims;
        Running *running; /* by instance */
        size_t n_running;
        PreparedList prepared;
        uint64_t hugepages_2m_total; /* running, all nodes */
        NodePages *hugepages_2m;     /* the same by node; none where the kernel does not tell */
        size_t n_hugepages_2m;
        bool can_sleep; /* suspend or hibernate, and nobody has forbidden it */
        bool disarmed;  /* gpuhost=off or a recovery word on the command line */
        StrList unseen; /* what could not be read without root, in words */
} Machine;

/* Whether a device with this driver is out of the host's hands. */
bool driver_is_vfio(const char *driver) _pure_;

const PciDevice *machine_find_device(const Machine *m, PciAddress address) _pure_;
const IommuGroup *machine_find_group(const Machine *m, int32_t number) _pure_;
const Protection *machine_find_protection(const Machine *m, PciAddress address) _pure_;

/* Whether an IOMMU translates for it, as far as can be known: virtio's takes a device in when a driver is
 * first offered to it, and shows nothing before. */
bool machine_translates(const Machine *m, const PciDevice *d) _pure_;

/* Frees all that it holds. */
void machine_done(Machine *m);
#define _cleanup_machine_ _cleanup_(machine_done)
void kernel_done(Kernel *k);
void pci_device_done(PciDevice *d);
void vgpu_type_list_done(VgpuTypeList *list);
