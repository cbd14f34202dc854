// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/machine.h"

#include "host/addon.h"
#include "host/arguments.h"
#include "host/block.h"
#include "host/claims.h"
#include "host/foreign.h"
#include "host/hugepages.h"
#include "host/initramfs.h"
#include "host/iommu.h"
#include "host/kernels.h"
#include "host/loader.h"
#include "host/names.h"
#include "host/network.h"
#include "host/pci-details.h"
#include "host/pci-scan.h"
#include "host/preflight.h"
#include "host/prepared.h"
#include "host/running.h"
#include "host/users.h"
#include "host/vgpu.h"

static const struct {
        MachineParts parts; /* any of these asks for it */
        int (*read)(Root *root, const MachineWants *wants, Machine *m);
} readers[] = {
        { MACHINE_GPUS,                        pci_scan          },
        { MACHINE_GPUS,                        mdev_parents_read },
        { MACHINE_DETAILS,                     pci_details_read  },
        { MACHINE_PREFLIGHT,                   preflight_read    },
        { MACHINE_IOMMU,                       iommu_read        },
        { MACHINE_ARGUMENTS | MACHINE_FOREIGN, arguments_read    },
        { MACHINE_ARGUMENTS,                   hugepages_read    },
        { MACHINE_KERNELS,                     kernels_read      },
        { MACHINE_IMAGES,                      initramfs_read    }, /* looks at devices and kernels */
        { MACHINE_BOOT,                        loader_read       },
        { MACHINE_BOOT,                        addon_read        },
        { MACHINE_PROTECTIONS,                 block_protect     },
        { MACHINE_PROTECTIONS,                 network_protect   },
        { MACHINE_FOREIGN,                     foreign_read      }, /* looks at arguments and kernels, if these were read */
        { MACHINE_CLAIMS,                      claims_read       },
        { MACHINE_RUNNING,                     running_read      },
        { MACHINE_PREPARED,                    prepared_read     },
        { MACHINE_PREPARED,                    users_read        }, /* looks at devices */
        { MACHINE_NAMES,                       names_read        }, /* of devices */
};

int machine_read(Root *root, MachineParts parts, const MachineWants *wants, Machine *ret)
{
        static const MachineWants nothing = {};
        _cleanup_machine_ Machine m = {};

        for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
                int r = readers[i].parts & parts
                                ? readers[i].read(root, wants ? wants : &nothing, &m)
                                : 0;

                if (r < 0)
                        return r;
        }
        *ret = m;
        m = (Machine){};
        return 0;
}
