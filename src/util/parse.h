// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/* Each takes the whole string or returns -EINVAL; -ERANGE when the value does not fit. */
int parse_u64(const char *s, uint64_t *ret) _must_check_; /* decimal, no sign, no space */
int parse_hex(const char *s, size_t max_digits, uint64_t *ret) _must_check_; /* no "0x" */
int parse_bool(const char *s, bool *ret) _must_check_; /* YAML 1.2: true or false */

/* Bytes: "4096", "16GiB", "16G", "512MB". Binary throughout: K, KB and KiB are all 1024, as memory
 * and every tool around QEMU count. Without a suffix, bytes. */
int parse_size(const char *s, uint64_t *ret) _must_check_;

/* Microseconds: "500ms", "30s", "1min 30s", "2h". A bare number is seconds, as in systemd. */
int parse_duration(const char *s, uint64_t *ret_usec) _must_check_;

/* "16G", "1536M", "1000": the largest unit that loses nothing. */
enum { FORMAT_SIZE_MAX = 32, FORMAT_DURATION_MAX = 32 };
char *format_size(uint64_t bytes, char buf[static FORMAT_SIZE_MAX]);
char *format_duration(uint64_t usec, char buf[static FORMAT_DURATION_MAX]);
