// SPDX-License-Identifier: GPL-2.0-only
#include "user/web/tls.h"

#include <microhttpd.h>
#include <string.h>

const char *kxt_web_tls_priorities(const struct kxt_web_config *c)
{
	return c->tls13 ? "NORMAL:-VERS-ALL:+VERS-TLS1.3" :
			  "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
}

#ifndef KXT_HAVE_GNUTLS

int kxt_web_tls_check(const struct kxt_web_config *c, struct kxt_err *err)
{
	(void)c;
	return kxt_err_set(err, KXT_EXIT_RUNTIME,
			   "kvmexittop was built without GnuTLS, so it cannot do TLS. Build it with it, or have a reverse proxy in front.");
}

void kxt_web_tls_require(void *session)
{
	(void)session;
}

bool kxt_web_tls_verified(void *session)
{
	(void)session;
	return false;
}

#else

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

static gnutls_datum_t datum(const char *pem)
{
	return (gnutls_datum_t){ .data = (unsigned char *)pem, .size = strlen(pem) };
}

static int check_into(gnutls_certificate_credentials_t cred, const struct kxt_web_config *c,
		      struct kxt_err *err)
{
	gnutls_datum_t cert = datum(c->cert), key = datum(c->key), ca;
	int ret = gnutls_certificate_set_x509_key_mem(cred, &cert, &key, GNUTLS_X509_FMT_PEM);

	if (ret < 0)
		return kxt_err_set(err, KXT_EXIT_USAGE,
				   "cannot use cert_file and key_file of the web config file: %s. They have to be PEM, without a passphrase, and belong together.",
				   gnutls_strerror(ret));
	if (!c->client_ca)
		return 0;
	ca = datum(c->client_ca);
	ret = gnutls_certificate_set_x509_trust_mem(cred, &ca, GNUTLS_X509_FMT_PEM);
	if (ret > 0)
		return 0;
	return kxt_err_set(err, KXT_EXIT_USAGE,
			   "cannot use client_ca_file of the web config file: %s. It has to be the CA's certificate, PEM.",
			   ret ? gnutls_strerror(ret) : "there is no certificate in it");
}

int kxt_web_tls_check(const struct kxt_web_config *c, struct kxt_err *err)
{
	gnutls_certificate_credentials_t cred;
	int ret;

	if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return kxt_err_set(err, KXT_EXIT_RUNTIME,
				   "libmicrohttpd was built without TLS on this host. Install one that has it, or have a reverse proxy in front.");
	if (gnutls_certificate_allocate_credentials(&cred))
		return kxt_err_set(err, KXT_EXIT_RUNTIME, "out of memory for TLS");
	ret = check_into(cred, c, err);
	gnutls_certificate_free_credentials(cred);
	return ret;
}

void kxt_web_tls_require(void *session)
{
	static char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
	/* GnuTLS looks at it when the handshake comes to the certificate. */
	static gnutls_typed_vdata_st data = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)purpose,
	};

	gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
	gnutls_session_set_verify_cert2(session, &data, 1, 0);
}

bool kxt_web_tls_verified(void *session)
{
	unsigned int nr = 0;

	return gnutls_certificate_get_peers(session, &nr) && nr > 0 &&
	       gnutls_session_get_verify_cert_status(session) == 0;
}

#endif /* KXT_HAVE_GNUTLS */
