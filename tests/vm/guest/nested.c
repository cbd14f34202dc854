// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the nested guest's init cannot do in shell:
 *
 *   nested button      waits until somebody presses the power button
 *   nested ready PORT  tells the host READY=1, from that port of ours, and waits until it was heard out
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DMI    "/sys/firmware/dmi/tables/DMI"
#define NOTIFY "io.systemd.credential:vmm.notify_socket=vsock-stream:2:"

enum { MAX_INPUTS = 16, MAX_TABLES = 65536 };

static int open_inputs(struct pollfd *fds)
{
        int n = 0;

        for (int i = 0; i < MAX_INPUTS; i++) {
                char path[32];
                int fd;

                snprintf(path, sizeof(path), "/dev/input/event%d", i);
                fd = open(path, O_RDONLY | O_CLOEXEC);
                if (fd >= 0)
                        fds[n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
        }
        return n;
}

static bool is_pressed(int fd)
{
        struct input_event event;

        return read(fd, &event, sizeof(event)) == sizeof(event) && event.type == EV_KEY &&
               event.code == KEY_POWER && event.value == 1;
}

static void await_button(void)
{
        struct pollfd fds[MAX_INPUTS];
        int n = open_inputs(fds);

        if (n == 0)
                errx(1, "there is no button");
        for (;;) {
                if (poll(fds, n, -1) < 0)
                        err(1, "poll");
                for (int i = 0; i < n; i++)
                        if (fds[i].revents && is_pressed(fds[i].fd))
                                return;
        }
}

/* Where systemd looks for it: an OEM string of the SMBIOS tables. */
static unsigned find_port(void)
{
        static char tables[MAX_TABLES];
        int fd = open(DMI, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, tables, sizeof(tables) - 1);
        char *found = n < 0 ? NULL : memmem(tables, n, NOTIFY, strlen(NOTIFY));

        if (!found)
                errx(1, DMI " names no socket");
        return strtoul(found + strlen(NOTIFY), NULL, 10);
}

static void tell_ready(unsigned own_port)
{
        static const char message[] = "READY=1\nSTATUS=at your service\n";
        struct sockaddr_vm own = { .svm_family = AF_VSOCK,
                                   .svm_cid = VMADDR_CID_ANY,
                                   .svm_port = own_port };
        struct sockaddr_vm host = { .svm_family = AF_VSOCK,
                                    .svm_cid = VMADDR_CID_HOST,
                                    .svm_port = find_port() };
        int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
        char answer;

        if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0 ||
            connect(fd, (struct sockaddr *)&host, sizeof(host)) < 0)
                err(1, "vsock port %u", host.svm_port);
        /* Whom the host does not listen to may find that it has hung up already. */
        if (send(fd, message, strlen(message), MSG_NOSIGNAL) < 0 && errno != EPIPE &&
            errno != ECONNRESET)
                err(1, "send");
        shutdown(fd, SHUT_WR);
        while (read(fd, &answer, 1) > 0)
                ;
        close(fd);
}

int main(int argc, char **argv)
{
        if (argc == 2 && strcmp(argv[1], "button") == 0)
                await_button();
        else if (argc == 3 && strcmp(argv[1], "ready") == 0)
                tell_ready(strtoul(argv[2], NULL, 10));
        else
                errx(2, "wrong usage");
        return 0;
}
