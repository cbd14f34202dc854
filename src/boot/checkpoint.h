// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/root.h"

/*
 * Brings what was written for the boot loader to its place. GRUB reads a file system without its journal:
 * after a power cut it would find files as the journal has not yet changed them, in blocks that may belong
 * to others by then. fsync() ends at the journal. Best effort, for not every file system can be asked.
 */
void boot_checkpoint(Root *root);
