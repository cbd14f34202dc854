// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "supervise/guest-message.h"

/*
 * Where the guest's PID 1 says that it is ready: a vsock stream a message, as vmm.notify_socket of
 * systemd.system-credentials(7) has it. Any process in the guest may connect; only its root has a port
 * below 1024, and only this guest has its CID. Others are hung up on.
 */
typedef struct Guest Guest;

typedef void (*GuestHeard)(void *userdata, const GuestMessage *message);

/* A socket that listens on the host's port of the number `cid`. */
int guest_listen(uint32_t cid, int *ret_fd) _must_check_;

/* Takes `fd`, in any case. `speaks` is guest_speaks(), but for tests. */
typedef bool (*GuestSpeaks)(const struct sockaddr_storage *peer, uint32_t cid);
bool guest_speaks(const struct sockaddr_storage *peer, uint32_t cid) _pure_;
int guest_new(sd_event *event, int fd, uint32_t cid, GuestSpeaks speaks, GuestHeard heard,
              void *userdata, Guest **ret) _must_check_;
Guest *guest_free(Guest *guest);
DEFINE_CLEANUP(Guest *, guest_free)
