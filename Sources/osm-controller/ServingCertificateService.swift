import CertificateAuthority
import FoundationEssentials
import Logging
import MeshModel
import NIOCertificateReloading
import NIOSSL
import ServiceLifecycle
import XDSServer

/// The certificate of the control plane's servers as a service: made anew in time, until the process shuts down.
struct ServingCertificateService: ServiceLifecycle.Service, CustomStringConvertible {
    let certificate: ServingCertificate

    /// A first certificate.
    ///
    /// - Throws: `CertificateAuthorityError`.
    init(
        _ authority: CertificateAuthority, dnsNames: [String], addresses: [IPAddress] = [], validity: Duration,
        logger: Logger
    ) throws {
        certificate = try ServingCertificate(
            authority, dnsNames: dnsNames, addresses: addresses, validity: validity,
            onRenewal: { next in
                logger.info(
                    "the servers of the control plane have a new certificate",
                    metadata: [
                        "certificate.serial": "\(next.serial)",
                        "certificate.notAfter": "\(next.notAfter.formatted(.iso8601))",
                    ])
            },
            onFailure: { error in
                logger.error(
                    "the servers of the control plane get no new certificate: it is tried again",
                    metadata: ["error": "\(error)"])
            })
    }

    /// What TLS asks for it by.
    var reloader: ServingCertificateReloader { ServingCertificateReloader(certificate: certificate) }

    func run() async {
        await cancelWhenGracefulShutdown { await certificate.run() }
    }

    var description: String { "serving certificate" }
}

/// The certificate of the control plane's servers, as TLS asks for it at the beginning of each connection.
struct ServingCertificateReloader: CertificateReloader {
    let certificate: ServingCertificate

    var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride {
        let current = certificate.certificate
        var override = NIOSSLContextConfigurationOverride()
        override.certificateChain = try? NIOSSLCertificate.fromPEMBytes(Array(current.certificateChainPEM.utf8))
            .map { .certificate($0) }
        override.privateKey = (try? NIOSSLPrivateKey(bytes: Array(current.privateKeyPEM.utf8), format: .pem))
            .map { .privateKey($0) }
        return override
    }
}

extension ServingCertificateReloader: ServerChainSource {
    var serverChains: ServerChains {
        let shown = certificate.shown
        return ServerChains(current: ServerChain(shown.current), former: shown.former.map { ServerChain($0) })
    }
}

extension ServerChain {
    fileprivate init(_ shown: ServingCertificate.Shown) {
        self.init(
            root: shown.root, certificateChainPEM: shown.certificate.certificateChainPEM,
            privateKeyPEM: shown.certificate.privateKeyPEM)
    }
}
