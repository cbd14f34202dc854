#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# It has said what went wrong, and the boot goes on whatever that is.
/usr/lib/gpuhost/gpuhost-bind --initrd || :
