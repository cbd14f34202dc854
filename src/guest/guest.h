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
#include "util/buf.h"

typedef struct GuestCommand {
        StrList argv; /* argv[0] is the absolute path of the program */
} GuestCommand;

/*
 * 0, or: -EINVAL for a text that no option can hold or a start that does not fit the instance (other
 * numbers of disks, networks or shares); -E2BIG for more devices than the machine has room for;
 * -EOPNOTSUPP for what this version of the VMM lacks; -EAFNOSUPPORT for a port that is forwarded from
 * an IPv6 address; -ENOMEM.
 */
int guest_command(const Instance *instance, const GuestStart *start,
                  GuestCommand *ret) _must_check_;
void guest_command_done(GuestCommand *command);
#define _cleanup_guest_command_ _cleanup_(guest_command_done)

/* One option a line, as people read it: a word that a shell would take apart is quoted. */
void guest_command_print(const GuestCommand *command, StrBuf *out);

/*
 * The text of a file that gives the guest's systemd one credential, for GuestStart.credentials: the
 * value stands in the file and never on the command line. -EINVAL for a name that is none; -E2BIG for
 * a value that SMBIOS cannot hold.
 */
int guest_credential(const char *name, const void *value, size_t n, char **ret) _must_check_;

/* One BAR of what the guest gets; `slot` as in StartFunction. */
typedef struct GuestBar {
        unsigned slot;
        uint64_t size;
} GuestBar;

/* The least 64-bit window for these in MiB, as GuestStart.mmio64_mb wants it: 0 where what the firmware
 * opens unasked holds them. All BARs may be told, the small ones and those of size 0 too. */
uint64_t guest_mmio64_mb(const GuestBar *bars, size_t n) _pure_;

/* Of the i-th network: the one that the file gives, or one made from the names of VM and host. */
enum { GUEST_MAC_MAX = sizeof("52:54:00:12:34:56") };
char *guest_mac(const Instance *instance, const GuestStart *start, size_t i,
                char buf[static GUEST_MAC_MAX]);

/* Of the i-th mediated device of a VM of this name: who cleans up after it finds it by that alone. */
enum { GUEST_UUID_MAX = sizeof("01234567-0123-4123-8123-0123456789ab") };
char *guest_vgpu_uuid(const char *instance, size_t i, char buf[static GUEST_UUID_MAX]);
