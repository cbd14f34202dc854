// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * What the journal's entries are recognised by: MESSAGE_ID=. Each has its entry in
 * units/gpuhost.catalog, which a test compares, and never changes its meaning.
 */
#define MESSAGE_ROLE_READY   "86e69ea3633b4f4eacd47eec6d4c9aa9"
#define MESSAGE_ROLE_REFUSED "d33f194a1bd24592a5667a3364133dec"
#define MESSAGE_ROLE_FAILED  "3ea636c8029f44d1a30db393dfe047d0"
#define MESSAGE_BIND_DONE    "773fa6ae0fef4d8086b93bcc07e3e45c"
#define MESSAGE_BIND_REFUSED "2a8bc051b62343e896e61029192bc0d2"
#define MESSAGE_BIND_FAILED  "c6a599bc3ead4219af027399c1e782e5"
#define MESSAGE_FINDING      "bcdd7d7da5df4b3582ad7b246141e5a0"
