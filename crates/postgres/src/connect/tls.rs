//! TLS by rustls, with libpq's degrees of verification.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::ConnectError;

/// What is known about whoever answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Not encrypted: `disable`, or a Unix socket.
    Plain,
    /// Encrypted if the server offers it; anybody could answer: `prefer`.
    IfOffered,
    /// Encrypted, but anybody could answer: `require`.
    Encrypted,
    /// Encrypted, with a certificate that a trusted authority signed, for whatever host: `verify-ca`.
    Certificate,
    /// Encrypted, with a certificate for this very host: `verify-full`.
    CertificateAndHost,
}

/// A connector that verifies that much.
pub(super) fn connector(verification: Verification, root: Option<&str>) -> Result<MakeRustlsConnect, ConnectError> {
    let problem = |problem: String| ConnectError::Certificates { problem };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| problem(format!("TLS cannot be set up: {error}")))?;
    let config = match verification {
        Verification::CertificateAndHost => builder.with_root_certificates(roots(root)?).with_no_client_auth(),
        Verification::Certificate => {
            let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots(root)?), provider)
                .build()
                .map_err(|error| problem(format!("the root certificates cannot be used: {error}")))?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyHost(inner))).with_no_client_auth()
        }
        Verification::Plain | Verification::IfOffered | Verification::Encrypted => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))).with_no_client_auth()
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

/// The certificates of a file, else the platform's.
fn roots(file: Option<&str>) -> Result<RootCertStore, ConnectError> {
    let problem = |problem: String| ConnectError::Certificates { problem };
    let mut store = RootCertStore::empty();
    match file {
        Some(file) => {
            let unreadable = |error: &dyn std::fmt::Display| {
                problem(format!(
                    "cannot read certificates from `{file}` ({error}): `sslrootcert` names a file in PEM format"
                ))
            };
            for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(&error))? {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                store.add(certificate).map_err(|error| unreadable(&error))?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        return Err(problem(match file {
            Some(file) => format!("`{file}` holds no certificate: `sslrootcert` names a file in PEM format"),
            None => {
                "this system has no root certificates: install `ca-certificates`, or name a file with `sslrootcert`"
                    .to_owned()
            }
        }));
    }
    Ok(store)
}

/// Accepts whoever answers, as `sslmode=require` says. That it holds the key of the
/// certificate that it shows is checked all the same.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Accepts a trusted certificate whatever host it is for, as `sslmode=verify-ca` says.
#[derive(Debug)]
struct AnyHost(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyHost {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // INVARIANT: the name is checked last, after the chain, so this error means that all else was in order.
        match self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
