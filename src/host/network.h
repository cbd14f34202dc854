// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* Protects the network cards that default routes go out of, through bridges, bonds, teams and VLANs. */
int network_protect(Root *root, const MachineWants *wants, Machine *m) _must_check_;

/* The interface of a default route, in a line of proc/net/route or ipv6_route; NULL: none. Writes into
 * `line`. */
char *route_interface(char *line);
char *route6_interface(char *line);
