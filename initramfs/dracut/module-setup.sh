#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck disable=SC2154  # dracut sets initdir, kernel, moddir
# Module of dracut: puts gpuhost-bind into an image that also holds the native driver of a card that
# is to be bound elsewhere. Its number sorts it behind the modules that add such drivers.

gpuhost_bind=/usr/lib/gpuhost/gpuhost-bind

# A line a function: address, driver, modalias.
gpuhost_functions() {
        $gpuhost_bind --list
}

# It is there, or will be once dracut comes to what it was asked to add.
gpuhost_carries() {
        local pattern=${1//[-_]/[-_]}

        # shellcheck disable=SC2053  # it is a pattern
        [[ " ${add_drivers-} ${force_drivers-} ${drivers-} " == *\ $pattern\ * ]] ||
                [[ -n $(find "$initdir/lib/modules/" "$initdir/usr/lib/modules/" \
                        -name "$pattern.ko*" 2>/dev/null) ]]
}

gpuhost_carries_native_driver() {
        local alias module

        while read -r _ _ alias; do
                for module in $(modprobe -S "$kernel" -R "$alias" 2>/dev/null); do
                        gpuhost_carries "$module" && return 0
                done
        done < <(gpuhost_functions)
        return 1
}

# Debian's images are for every machine unless dracut is told otherwise, and boot this one all the same.
# On another machine its cards do not match. The rescue image is to be what it was.
check() {
        [[ " ${dracutmodules-} ${add_dracutmodules-} " != *\ rescue\ * ]] || return 1
        [[ $(gpuhost_functions) ]] || return 1
        return 0
}

installkernel() {
        gpuhost_carries_native_driver || return 0
        # In a host-only image dracut leaves out what is not loaded just now. What a kernel lacks it
        # has built in, or has folded into another: no error.
        # shellcheck disable=SC2046
        hostonly='' instmods efivarfs vfio_pci vfio_iommu_type1 vfio_virqfd \
                $(gpuhost_functions | cut -d ' ' -f 2 | sort -u)
}

install() {
        local tree

        gpuhost_carries_native_driver || return 0
        inst_binary "$gpuhost_bind"
        # It opens this library when there is a module to load.
        inst_libdir_file "libkmod.so.2*"
        inst_hook pre-udev 00 "$moddir/gpuhost.sh"
        for tree in /usr/lib/gpuhost /etc/gpuhost; do
                if [[ -d $tree/host.d ]]; then
                        mkdir -p "$initdir$tree"
                        cp -dR "$tree/host.d" "$initdir$tree/"
                fi
        done
        [[ ! -e /var/lib/gpuhost/protected ]] || inst_simple /var/lib/gpuhost/protected
}
