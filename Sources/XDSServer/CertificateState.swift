internal import FoundationEssentials

/// When a stream's certificate is to be asked for.
struct CertificateState {
    /// When the workload's certificate must be renewed; `nil` while the proxy has not asked for it.
    var renewal: Date?
    /// When to try again after none could be had.
    var retry: ContinuousClock.Instant?
    /// Who signed the certificate that the proxy was given, or has; or who was asked last.
    var signer = ""
    /// The version that the proxy said it has, while it waits for another one.
    var claimed: String?
    /// The question that goes on, or is to go out next; `nil` for none.
    private(set) var question: UInt64?
    /// Whether it was told that the proxy waits.
    var isTold = false
    private var last: UInt64 = 0

    /// Whether to ask for a certificate.
    ///
    /// Whoever signs now, the proxy shall have a certificate of it.
    func isDue(at date: Date, _ now: ContinuousClock.Instant, signer: String) -> Bool {
        guard let renewal else { return false }
        if self.signer != signer { return true }
        if question != nil { return false }
        return retry.map { $0 <= now } ?? (renewal <= date)
    }

    /// Whether a question is answered, or put off, for this signer.
    func isWaiting(at now: ContinuousClock.Instant, signer: String) -> Bool {
        self.signer == signer && (question != nil || retry.map { $0 > now } ?? false)
    }

    /// Asks somebody else from now on; what comes of an earlier question does not count.
    mutating func ask() {
        last += 1
        (question, retry) = (last, nil)
    }

    /// Something came: whoever is asked still is not listened to.
    mutating func settle(renewal: Date) {
        (self.renewal, question, retry, claimed, isTold) = (renewal, nil, nil, nil, false)
    }

    /// Nothing came; it is tried again later.
    ///
    /// - Returns: Whether that is news.
    mutating func fail(retry: ContinuousClock.Instant) -> Bool {
        (self.retry, question) = (retry, nil)
        renewal = renewal ?? .distantPast
        defer { isTold = true }
        return !isTold
    }
}
