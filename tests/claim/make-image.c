// SPDX-License-Identifier: LGPL-2.1-or-later
/* Makes a qcow2 image as a start does: make-image PATH BYTES [BACKING FORMAT]. */
#include "claim/image.h"

#include <stdio.h>
#include <string.h>

#include "util/parse.h"
#include "util/str.h"

int main(int argc, char **argv)
{
        _cleanup_(root_freep) Root *root = NULL;
        ImageSpec spec = { .format = DISK_QCOW2 };
        uint64_t size = 0;
        int r;

        if ((argc != 3 && argc != 5) || parse_u64(argv[2], &size) < 0)
                return 2;
        spec.path = argv[1];
        if (argc == 5) {
                spec.backing = argv[3];
                spec.backing_format = streq(argv[4], "qcow2") ? DISK_QCOW2 : DISK_RAW;
        }
        r = root_open("/", &root);
        if (r >= 0)
                r = image_create(root, &spec, size);
        if (r < 0)
                fprintf(stderr, "%s: %s\n", argv[1], strerror(-r));
        return r < 0;
}
