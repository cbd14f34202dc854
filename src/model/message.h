// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * What the journal's entries are recognised by: MESSAGE_ID=. Each has its entry in
 * data/catalog/gpuhost.catalog, which a test compares, and never changes its meaning.
 */
#define MESSAGE_ROLE_READY   "86e69ea3633b4f4eacd47eec6d4c9aa9"
#define MESSAGE_ROLE_REFUSED "d33f194a1bd24592a5667a3364133dec"
#define MESSAGE_ROLE_FAILED  "3ea636c8029f44d1a30db393dfe047d0"
