// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: any bytes as a recording. As they are first; then with the checksums
 * made right, without which hardly anything would get past them.
 */
#include "tests/unit/rec_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int frames;
	uint8_t *copy;

	rec_read_all(data, size, &frames);
	copy = malloc(size);
	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	rec_fix_up(copy, size);
	rec_read_all(copy, size, &frames);
	free(copy);
	return 0;
}
