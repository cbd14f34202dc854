// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI driver that takes what it is given by driver_override and does not let go of it: remove() waits
 * until somebody writes to /sys/module/tarpit/parameters/let_go, as NVIDIA's waits for the card's users.
 */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/pci.h>

static DECLARE_COMPLETION(may_go);

static int let_go_set(const char *value, const struct kernel_param *parameter)
{
        complete_all(&may_go);
        return 0;
}

static const struct kernel_param_ops let_go_ops = { .set = let_go_set };
module_param_cb(let_go, &let_go_ops, NULL, 0200);

static int tarpit_probe(struct pci_dev *dev, const struct pci_device_id *id)
{
        return 0;
}

static void tarpit_remove(struct pci_dev *dev)
{
        wait_for_completion(&may_go);
}

static struct pci_driver tarpit_driver = {
        .name = "tarpit",
        .probe = tarpit_probe,
        .remove = tarpit_remove,
};
module_pci_driver(tarpit_driver);

MODULE_DESCRIPTION("A driver that does not let go");
MODULE_LICENSE("GPL");
