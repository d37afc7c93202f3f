// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/bpf_wire.h"

union control {
	char buf[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int kxt_bpf_send(int sock, const struct kxt_bpf_msg *msg, int fd)
{
	struct iovec iov = { (void *)msg, sizeof(*msg) };
	struct msghdr head = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control c;
	ssize_t sent;

	memset(&c, 0, sizeof(c));
	if (fd >= 0) {
		struct cmsghdr *cmsg = &c.align;

		head.msg_control = c.buf;
		head.msg_controllen = sizeof(c.buf);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	do {
		sent = sendmsg(sock, &head, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)sizeof(*msg) ? 0 : -1;
}

int kxt_bpf_receive(int sock, struct kxt_bpf_msg *msg, int *fd, int wait)
{
	struct iovec iov = { msg, sizeof(*msg) };
	union control c;
	struct msghdr head = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = c.buf, .msg_controllen = sizeof(c.buf),
	};
	struct cmsghdr *cmsg;
	ssize_t len;

	*fd = -1;
	do {
		len = recvmsg(sock, &head, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	} while (len < 0 && errno == EINTR);
	if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (len != (ssize_t)sizeof(*msg))
		return -1;
	cmsg = CMSG_FIRSTHDR(&head);
	if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
	    cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(cmsg), sizeof(*fd));
	return 1;
}
