/usr/bin/journalctl --quiet --lines=20 PCI_ADDR=0000:0c:00.0 + GPU=0000:0c:00.0 + _KERNEL_DEVICE=+pci:0000:0c:00.0 + GPU=big
