// SPDX-License-Identifier: GPL-2.0-only
/*
 * What KVMEXIT_IOC_INFO says, as one line of JSON; with "hold" it keeps the device
 * open until a signal, to have the probes attached without any reader's work.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "module/uapi/kvmexit.h"

int main(int argc, char **argv)
{
	struct kvmexit_info i = { .size = sizeof(i) };
	int fd = open(KVMEXIT_DEVICE, O_RDONLY);

	if (fd < 0 || ioctl(fd, KVMEXIT_IOC_INFO, &i)) {
		perror(KVMEXIT_DEVICE);
		return 1;
	}
	printf("{\"version\": \"%s\", \"kvm\": %d, \"attached\": %d, \"always\": %d, ",
	       i.version, !!(i.flags & KVMEXIT_INFO_KVM),
	       !!(i.flags & KVMEXIT_INFO_ATTACHED), !!(i.flags & KVMEXIT_INFO_ALWAYS));
	printf("\"idle\": %d, \"vmm\": %d, \"details\": %d, ",
	       !!(i.flags & KVMEXIT_INFO_IDLE), !!(i.flags & KVMEXIT_INFO_VMM),
	       !!(i.flags & KVMEXIT_INFO_DETAILS));
	printf("\"layout_bad\": %d, \"clock\": \"%s\", ",
	       !!(i.flags & KVMEXIT_INFO_LAYOUT_BAD),
	       i.flags & KVMEXIT_INFO_CLOCK_TSC ? "tsc" : "kernel");
	printf("\"max_slots\": %u, \"nr_slots\": %u, \"live\": %u, \"ended\": %u, ",
	       i.max_slots, i.nr_slots, i.live_slots, i.ended_slots);
	printf("\"lost_exits\": %llu, \"lost_slots\": %llu, \"recycled_early\": %llu, ",
	       i.lost_exits, i.lost_slots, i.recycled_early);
	printf("\"lost_events\": %llu, \"cost_samples\": %llu, \"cost_ns\": %llu, ",
	       i.lost_events, i.cost_samples, i.cost_ns);
	printf("\"memory\": %llu}\n", i.memory);
	fflush(stdout);
	if (argc > 1 && !strcmp(argv[1], "hold"))
		pause();
	return 0;
}
