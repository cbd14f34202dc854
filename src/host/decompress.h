// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "util/macros.h"

/* A file that is decompressed while it is read, by the program that the distribution has for that: it is
 * what made the file, and so it is there. */
typedef struct Decompressor {
        pid_t pid;
        int fd;
        uint64_t deadline, left; /* of time and of bytes */
} Decompressor;

#define DECOMPRESSOR_NONE ((Decompressor){ .fd = -EBADF })

/* The program for what begins with these bytes; NULL: nothing that is known. */
const char *decompressor_program(const unsigned char *magic, size_t n) _pure_;

/* `file` stands where the compressed part begins. -ENOENT where the program is not installed. */
int decompressor_start(const char *program, int file, Decompressor *ret) _must_check_;

/* As CpioSource.read has it. -ETIMEDOUT, -EFBIG: more than is bearable. */
ssize_t decompressor_read(void *decompressor, void *buf, size_t n);

/* Ends it. -EBADMSG if it read to the end and found fault. */
int decompressor_end(Decompressor *d) _must_check_;
void decompressor_done(Decompressor *d);
#define _cleanup_decompressor_ _cleanup_(decompressor_done)
