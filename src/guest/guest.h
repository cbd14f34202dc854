// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * From a VM's file and what was decided about its start to the words that start its VMM. Pure: the same
 * input gives the same words, and nothing is looked at.
 *
 * Nothing of a user reaches a word without passing the one writer of an option (option.h), which
 * refuses what cannot be said there.
 */

#include "model/start.h"

typedef struct GuestCommand {
        StrList argv; /* argv[0] is the absolute path of the program */
} GuestCommand;

/*
 * 0, or: -EINVAL for a text that no option can hold or a start that does not fit the instance (other
 * numbers of disks, networks or shares); -E2BIG for more devices than the machine has room for;
 * -ENOMEM.
 */
int guest_command(const Instance *instance, const GuestStart *start,
                  GuestCommand *ret) _must_check_;
void guest_command_done(GuestCommand *command);
#define _cleanup_guest_command_ _cleanup_(guest_command_done)

/*
 * The text of a file that gives the guest's systemd one credential, for GuestStart.credentials: the
 * value stands in the file and never on the command line. -EINVAL for a name that is none; -E2BIG for
 * a value that SMBIOS cannot hold.
 */
int guest_credential(const char *name, const void *value, size_t n, char **ret) _must_check_;

/*
 * The least 64-bit window for these BARs in MiB, as GuestStart.mmio64_mb wants it: 0 where the firmware's
 * own choice holds them. `sizes` are those of all functions that the guest gets; 0 and what lies below
 * 4 GiB may be among them.
 */
uint64_t guest_mmio64_mb(const uint64_t *sizes, size_t n) _pure_;

/* "52:54:00:12:34:56": of the i-th network. The instance's own, or one made from its name. */
enum { GUEST_MAC_MAX = sizeof("52:54:00:12:34:56") };
char *guest_mac(const Instance *instance, const GuestStart *start, size_t i,
                char buf[static GUEST_MAC_MAX]);
