/* SPDX-License-Identifier: GPL-2.0-only */
/* Includes cmocka, for tests of the web server's parts. */
#ifndef KXT_TEST_WEB_TEST_H
#define KXT_TEST_WEB_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

/* bcrypt of "secret", cost 4: quick. */
#define SECRET_HASH	"$2b$04$EM8sM1Cgp9CjPwgqTBEHe.2PS4dUQtpQ3aRIpWoj5OAs6NJpPWV9q"

#endif /* KXT_TEST_WEB_TEST_H */
