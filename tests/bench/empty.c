// SPDX-License-Identifier: LGPL-2.1-or-later
/* What it costs to start a program that links what gpuhost-udev links. */
int main(void)
{
        return 0;
}
