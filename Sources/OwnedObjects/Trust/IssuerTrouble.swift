public import CertificateAuthority

/// What is wrong with an issuer elsewhere that signs for the mesh, in words that stand while nothing changes.
public struct IssuerTrouble: Hashable, Sendable {
    /// Who it is, such as `Vault vault.vault:8200`.
    public var issuer: String
    /// Why it gives nothing.
    public var failure: IssuerFailure
    /// How many proxies wait for a certificate.
    public var waiting: Int
    /// How long it is left alone at most before it is asked again.
    public var wait: Duration

    /// Something wrong.
    public init(issuer: String, failure: IssuerFailure, waiting: Int, wait: Duration) {
        self.issuer = issuer
        self.failure = failure
        self.waiting = waiting
        self.wait = wait
    }

    /// All of it in a sentence, with numbers that are rounded, so that it is not another one every second.
    var message: String {
        "\(issuer) \(verb) (\(failure.message)): \(proxies) for a certificate, the next try is within"
            + " \(Self.rounded(wait)) s; running proxies keep theirs"
    }

    /// What is refused to some, in a sentence of the same kind.
    public var remark: String { "\(issuer) refuses some theirs (\(failure.message)): \(proxies) for a certificate" }

    private var verb: String {
        switch failure.code {
        case .unreachable: "does not answer"
        case .denied: "does not let the controller ask"
        case .refused: "does not issue"
        case .wrongRoot: "signs with another root than that which pods trust"
        case .unusableRoot: "has a root that cannot be used"
        case .configuration: "cannot be asked"
        default: "answers what cannot be used"
        }
    }

    private var proxies: String {
        switch waiting {
        case ...0: "no proxy waits"
        case 1: "1 proxy waits"
        case ...10: "\(waiting) proxies wait"
        default: "over \(Self.below(waiting)) proxies wait"
        }
    }

    /// The next of 5, 10, 20 and so on.
    private static func rounded(_ wait: Duration) -> Int {
        var seconds = 5
        while Duration.seconds(seconds) < wait, seconds < 10_000 { seconds *= 2 }
        return seconds
    }

    /// The last of 10, 20, 50, 100 and so on that is below a number from 11 on.
    private static func below(_ number: Int) -> Int {
        var (power, last) = (10, 10)
        while power < number {
            for factor in [1, 2, 5] where power * factor < number { last = power * factor }
            power *= 10
        }
        return last
    }
}
