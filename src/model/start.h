// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * What was decided about one start of a VM, on the machine it starts on: all that the command line of
 * its VMM needs and that its file does not say. Who claims devices fills it in; guest/ turns it, with
 * the Instance, into an argument vector. It owns all that it points to.
 */

#include "model/config.h"
#include "model/firmware.h"
#include "model/pci.h"
#include "model/vmm-process.h"

/* What is opened before the VMM starts, since its user may not. The names that the descriptors have in
 * the service manager's store are made of these. */
typedef enum StartFdKind {
        START_FD_DISK,
        START_FD_BACKING, /* of a disk */
        START_FD_TAP,
        START_FD_VHOST_NET,
        START_FD_VSOCK,
        START_FD_TPM,     /* a connection to swtpm */
        START_FD_SHARE,   /* to virtiofsd */
        START_FD_IOMMUFD, /* /dev/iommu */
        START_FD_VFIO,    /* /dev/vfio/devices/vfioN */
        _START_FD_KIND_MAX,
} StartFdKind;

extern const EnumTable start_fd_kind_table;

/* A PCI function, or a mediated device, that the guest gets. */
typedef struct StartFunction {
        PciAddress address; /* on the host; of no meaning beside `sysfsdev` */
        char *sysfsdev;     /* a mediated device's folder in sysfs; NULL: it is a PCI function */
        char *romfile;      /* instead of the ROM that it has; NULL: its own */
        unsigned slot;      /* root port, from 0: functions of one slot of the host share one */
        int fd;             /* START_FD_VFIO; negative: QEMU opens its group. Needs `iommufd` */
} StartFunction;

typedef struct StartFirmware {
        char *code, *vars; /* flash images; code NULL: the VMM's own BIOS. vars NULL: none */
        bool code_qcow2, vars_qcow2; /* else raw */
        bool secure_boot, smm; /* flash is written from SMM alone, so that the guest can't forge */
} StartFirmware;

/* A file or block device that holds an image. A descriptor has just the access that the image has: QEMU
 * takes none that was opened O_RDWR for what is read-only. */
typedef struct StartImage {
        char *path; /* NULL: by descriptor */
        int fd;     /* negative: by path */
        bool block; /* a block device */
} StartImage;

/* One of Instance.disks, in their order. */
typedef struct StartDisk {
        StartImage image;
        StartImage backing; /* where the disk has one */
} StartDisk;

/* One of Instance.networks, in their order. */
typedef struct StartNetwork {
        int fd;       /* tap, bridge: of /dev/net/tun */
        int vhost_fd; /* of /dev/vhost-net; negative: none */
} StartNetwork;

typedef struct GuestStart {
        char *qemu; /* path of the program */
        unsigned qemu_major, qemu_minor;
        /* Of this host, and not /etc/machine-id itself: the guest may see it. MACs and UUIDs that are
         * made from a VM's name differ between hosts by it. */
        uint8_t host_id[16];

        StrList fds;   /* by name: the i-th is descriptor VMM_FD_FIRST + i; see start_add_fd() */
        char *console; /* where the socket of the serial console is made */

        StartFunction *functions; /* by slot, then address */
        size_t n_functions;
        bool iommufd;       /* instead of VFIO's groups */
        int iommufd_fd;     /* negative: QEMU opens /dev/iommu */
        uint64_t mmio64_mb; /* least window for large BARs; 0: the firmware's own choice does */

        int32_t numa_node; /* of its memory; -1: none */
        bool prealloc;  /* memory is taken before the guest runs: hugepages, and what VFIO pins */
        HostCpus *cpus; /* one for each CPU of the guest; none: not pinned */
        size_t n_cpus;

        StartFirmware firmware;
        int tpm_fd; /* START_FD_TPM; negative: no TPM */
        StartDisk *disks;
        size_t n_disks;
        StartNetwork *networks;
        size_t n_networks;
        int *shares; /* START_FD_SHARE, in order of Instance.shares */
        size_t n_shares;
        char *seed;          /* folder of cloud-init's NoCloud; NULL: none */
        StrList credentials; /* files that hold what guest_credential() made */

        uint32_t vsock_cid;   /* 0: no vsock */
        int vsock_fd;         /* of /dev/vhost-vsock, negative: QEMU opens it */
        uint32_t notify_port; /* where the guest's sd_notify() arrives; 0: nobody listens */
} GuestStart;

/* All zero but for descriptors and the NUMA node, which are -1. */
void start_init(GuestStart *start);
void start_done(GuestStart *start);
#define _cleanup_start_ _cleanup_(start_done)

/* Each adds one, whose strings then belong to `start`; they are freed when that fails. */
int start_add_function(GuestStart *start, StartFunction function) _must_check_;
int start_add_disk(GuestStart *start, StartDisk disk) _must_check_;
int start_add_network(GuestStart *start, StartNetwork network) _must_check_;
int start_add_share(GuestStart *start, int fd) _must_check_;
int start_add_cpus(GuestStart *start, HostCpus cpus) _must_check_;

/* The firmware that was chosen, with the variables of this VM; NULL for one that keeps none. */
int start_set_firmware(GuestStart *start, const FirmwareDescriptor *firmware,
                       const char *vars) _must_check_;

/* Names one more descriptor, "disk0", "tap1", "vsock", and returns the number that the VMM will know it
 * by; its name is the last of `fds`. */
int start_add_fd(GuestStart *start, StartFdKind kind) _must_check_;
