// SPDX-License-Identifier: GPL-2.0
/*
 * fakemdev: stands in for NVIDIA's vGPU host driver of cards whose vGPUs are mediated devices.
 *
 * It drives a fake GPU and is its mdev parent. A vGPU takes its type's share of the card, and is a
 * PCI function with BAR0 alone, in which it has the fake GPU's first four registers: magic, data,
 * address, doorbell. A write to the doorbell writes data to that address of its VM, and to
 * nobody else's. It has no interrupt.
 */
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/vfio.h>
#include <linux/vfio_pci_core.h>

#define BAR_SIZE SZ_4K
enum { CARD_MB = 24576, DEVICE_ID = 0x1e30, MAGIC = 0x5f475055 };
enum { DATA = 1, ADDR, DOORBELL };

struct vgpu_type {
        struct mdev_type type;
        int mb;
};

static const struct vgpu_type types[] = {
        { { "257", "GRID RTX4090-8Q" },  8192  },
        { { "258", "GRID RTX4090-24Q" }, 24576 },
};

struct card {
        struct mdev_parent parent;
        struct vgpu_type types[ARRAY_SIZE(types)];
        struct mdev_type *list[ARRAY_SIZE(types)];
        atomic_t mb_left;
};

struct vgpu {
        struct vfio_device vdev;
        u8 config[PCI_CFG_SPACE_SIZE];
        u32 bar[BAR_SIZE / sizeof(u32)];
};

static struct vgpu *vgpu_of(struct vfio_device *vdev)
{
        return container_of(vdev, struct vgpu, vdev);
}

static struct card *card_of(struct mdev_type *type)
{
        return container_of(type->parent, struct card, parent);
}

static int mb_of(struct mdev_type *type)
{
        return container_of(type, struct vgpu_type, type)->mb;
}

static int take(struct mdev_type *type)
{
        atomic_t *left = &card_of(type)->mb_left;
        int mb = atomic_read(left);

        do {
                if (mb < mb_of(type))
                        return -ENOSPC;
        } while (!atomic_try_cmpxchg(left, &mb, mb - mb_of(type)));
        return 0;
}

static void give_back(struct mdev_type *type)
{
        atomic_add(mb_of(type), &card_of(type)->mb_left);
}

static void reset(struct vgpu *v)
{
        memset(v->bar, 0, sizeof(v->bar));
        v->bar[0] = MAGIC;
        v->config[PCI_COMMAND] = 0;
}

static void set_config(struct vgpu *v, int at, u16 value)
{
        v->config[at] = value;
        v->config[at + 1] = value >> 8;
}

static int init(struct vfio_device *vdev)
{
        struct vgpu *v = vgpu_of(vdev);

        set_config(v, PCI_VENDOR_ID, PCI_VENDOR_ID_NVIDIA);
        set_config(v, PCI_DEVICE_ID, DEVICE_ID);
        set_config(v, PCI_CLASS_DEVICE, PCI_CLASS_DISPLAY_VGA);
        reset(v);
        return 0;
}

static void release(struct vfio_device *vdev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
        vfio_free_device(vdev);
#endif
}

static void *region(struct vgpu *v, loff_t pos, size_t *size)
{
        switch (VFIO_PCI_OFFSET_TO_INDEX(pos)) {
        case VFIO_PCI_BAR0_REGION_INDEX:
                *size = sizeof(v->bar);
                return v->bar;
        case VFIO_PCI_CONFIG_REGION_INDEX:
                *size = sizeof(v->config);
                return v->config;
        default:
                *size = 0;
                return NULL;
        }
}

static ssize_t read(struct vfio_device *vdev, char __user *buf, size_t count, loff_t *ppos)
{
        loff_t at = *ppos & VFIO_PCI_OFFSET_MASK;
        size_t size;
        void *from = region(vgpu_of(vdev), *ppos, &size);

        return simple_read_from_buffer(buf, count, &at, from, size);
}

/* Of the config space the command register's low byte alone; VFIO's user plays the BARs. */
static ssize_t write(struct vfio_device *vdev, const char __user *buf, size_t count, loff_t *ppos)
{
        loff_t start = *ppos & VFIO_PCI_OFFSET_MASK, at = start;
        struct vgpu *v = vgpu_of(vdev);
        u8 config[PCI_CFG_SPACE_SIZE];
        ssize_t ret;
        size_t size;

        if (region(v, *ppos, &size) != v->bar) {
                memcpy(config, v->config, sizeof(config));
                ret = simple_write_to_buffer(config, size, &at, buf, count);
                v->config[PCI_COMMAND] =
                        config[PCI_COMMAND] & (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
                return ret;
        }
        ret = simple_write_to_buffer(v->bar, size, &at, buf, count);
        v->bar[0] = MAGIC;
        if (start == DOORBELL * sizeof(u32) && v->config[PCI_COMMAND] & PCI_COMMAND_MASTER)
                vfio_dma_rw(vdev, v->bar[ADDR], &v->bar[DATA], sizeof(u32), true);
        return ret;
}

static long get_info(void __user *arg)
{
        struct vfio_device_info info;
        size_t size = offsetofend(struct vfio_device_info, num_irqs);

        if (copy_from_user(&info, arg, size))
                return -EFAULT;
        if (info.argsz < size)
                return -EINVAL;
        info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
        info.num_regions = VFIO_PCI_NUM_REGIONS;
        info.num_irqs = VFIO_PCI_NUM_IRQS;
        return copy_to_user(arg, &info, size) ? -EFAULT : 0;
}

static long get_region_info(struct vgpu *v, void __user *arg)
{
        struct vfio_region_info info;
        size_t size = offsetofend(struct vfio_region_info, offset), bytes;

        if (copy_from_user(&info, arg, size))
                return -EFAULT;
        if (info.argsz < size || info.index >= VFIO_PCI_NUM_REGIONS)
                return -EINVAL;
        info.offset = VFIO_PCI_INDEX_TO_OFFSET(info.index);
        (void)region(v, info.offset, &bytes);
        info.size = bytes;
        info.flags = bytes ? VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE : 0;
        info.cap_offset = 0;
        return copy_to_user(arg, &info, size) ? -EFAULT : 0;
}

static long get_irq_info(void __user *arg)
{
        struct vfio_irq_info info;
        size_t size = offsetofend(struct vfio_irq_info, count);

        if (copy_from_user(&info, arg, size))
                return -EFAULT;
        if (info.argsz < size || info.index >= VFIO_PCI_NUM_IRQS)
                return -EINVAL;
        info.flags = info.count = 0;
        return copy_to_user(arg, &info, size) ? -EFAULT : 0;
}

static long ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
        struct vgpu *v = vgpu_of(vdev);

        switch (cmd) {
        case VFIO_DEVICE_GET_INFO:
                return get_info((void __user *)arg);
        case VFIO_DEVICE_GET_REGION_INFO:
                return get_region_info(v, (void __user *)arg);
        case VFIO_DEVICE_GET_IRQ_INFO:
                return get_irq_info((void __user *)arg);
        case VFIO_DEVICE_RESET:
                reset(v);
                return 0;
        default:
                return -ENOTTY;
        }
}

static const struct vfio_device_ops vfio_ops = {
        .name = "fakemdev-vfio",
        .init = init,
        .release = release,
        .ioctl = ioctl,
        .read = read,
        .write = write,
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
        .bind_iommufd = vfio_iommufd_emulated_bind,
        .unbind_iommufd = vfio_iommufd_emulated_unbind,
        .attach_ioas = vfio_iommufd_emulated_attach_ioas,
        .detach_ioas = vfio_iommufd_emulated_detach_ioas,
#endif
};

static int create(struct mdev_device *mdev)
{
        struct vgpu *v;
        int ret = take(mdev->type);

        if (ret)
                return ret;
        v = vfio_alloc_device(vgpu, vdev, &mdev->dev, &vfio_ops);
        if (IS_ERR(v)) {
                ret = PTR_ERR(v);
                goto give_back;
        }
        dev_set_drvdata(&mdev->dev, v);
        ret = vfio_register_emulated_iommu_dev(&v->vdev);
        if (!ret)
                return 0;
        vfio_put_device(&v->vdev);
give_back:
        give_back(mdev->type);
        return ret;
}

static void destroy(struct mdev_device *mdev)
{
        struct vgpu *v = dev_get_drvdata(&mdev->dev);

        vfio_unregister_group_dev(&v->vdev);
        vfio_put_device(&v->vdev);
        give_back(mdev->type);
}

static unsigned int get_available(struct mdev_type *type)
{
        return atomic_read(&card_of(type)->mb_left) / mb_of(type);
}

static ssize_t show_description(struct mdev_type *type, char *buf)
{
        return sysfs_emit(buf, "num_heads=4, framebuffer=%dM, max_instance=%d\n", mb_of(type),
                          CARD_MB / mb_of(type));
}

static struct mdev_driver vgpu_driver = {
        .device_api = VFIO_DEVICE_API_PCI_STRING,
        .probe = create,
        .remove = destroy,
        .get_available = get_available,
        .show_description = show_description,
        .driver = { .name = "fakemdev", .owner = THIS_MODULE, .mod_name = KBUILD_MODNAME },
};

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
        struct card *card;
        int ret;

        if (pdev->is_virtfn)
                return -ENODEV;
        card = kzalloc(sizeof(*card), GFP_KERNEL);
        if (!card)
                return -ENOMEM;
        atomic_set(&card->mb_left, CARD_MB);
        memcpy(card->types, types, sizeof(types));
        for (int i = 0; i < ARRAY_SIZE(types); i++)
                card->list[i] = &card->types[i].type;
        pci_set_drvdata(pdev, card);
        ret = mdev_register_parent(&card->parent, &pdev->dev, &vgpu_driver, card->list,
                                   ARRAY_SIZE(types));
        if (ret)
                kfree(card);
        return ret;
}

static void remove(struct pci_dev *pdev)
{
        struct card *card = pci_get_drvdata(pdev);

        mdev_unregister_parent(&card->parent);
        kfree(card);
}

static const struct pci_device_id ids[] = {
        { .vendor = PCI_VENDOR_ID_NVIDIA,
         .device = PCI_ANY_ID,
         .subvendor = PCI_ANY_ID,
         .subdevice = PCI_ANY_ID,
         .class = PCI_BASE_CLASS_DISPLAY << 16,
         .class_mask = 0xff0000 },
        {}
};

static struct pci_driver card_driver = {
        .name = "nvidia",
        .id_table = ids,
        .probe = probe,
        .remove = remove,
};

static int __init fakemdev_init(void)
{
        int ret = mdev_register_driver(&vgpu_driver);

        if (ret)
                return ret;
        ret = pci_register_driver(&card_driver);
        if (ret)
                mdev_unregister_driver(&vgpu_driver);
        return ret;
}
module_init(fakemdev_init);

static void __exit fakemdev_exit(void)
{
        pci_unregister_driver(&card_driver);
        mdev_unregister_driver(&vgpu_driver);
}
module_exit(fakemdev_exit);

MODULE_DESCRIPTION("stand-in for NVIDIA's vGPU host driver, with mediated devices");
MODULE_LICENSE("GPL");
