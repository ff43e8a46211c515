internal import CertificateAuthority
internal import KubernetesClient

extension IssuerFailure {
    /// What a failure of the API server means for who wants a certificate.
    init(kubernetes error: any Error, doing what: String) {
        guard let error = error as? KubernetesError else {
            self.init(.unreachable, "\(what): \(Self.quoted("\(error)"))")
            return
        }
        let code: Code =
            switch error.code {
            case .unauthorized, .forbidden: .denied
            case .notFound, .configuration: .configuration
            case .badRequest, .invalid: .refused
            case .decoding, .tooLarge, .unexpectedStatus: .malformed
            default: .unreachable
            }
        self.init(code, "\(what): \(Self.quoted(error.message))", retryAfter: error.retryAfter)
    }
}
