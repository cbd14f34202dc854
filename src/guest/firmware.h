// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/config.h"
#include "model/firmware.h"

/*
 * The first that is as the file wants it, for the q35 of that QEMU; NULL if there is none.
 *
 * With `secure_boot` it must enforce that from its first start: keys are enrolled, and a guest that can
 * write to the flash can't do so but from SMM. Without, one that could enforce it but has no keys will do
 * where there is no plainer one.
 */
const FirmwareDescriptor *firmware_choose(const FirmwareList *list, const Firmware *wanted,
                                          unsigned qemu_major, unsigned qemu_minor);
