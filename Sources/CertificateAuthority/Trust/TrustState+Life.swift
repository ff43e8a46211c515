public import FoundationEssentials
internal import SwiftASN1
internal import X509

extension TrustState.Root {
    /// From when and until when it is valid; `nil` if its certificate cannot be read.
    public var life: ClosedRange<Date>? {
        guard let certificate = try? Certificate(pemEncoded: pem),
            certificate.notValidBefore <= certificate.notValidAfter
        else { return nil }
        return certificate.notValidBefore...certificate.notValidAfter
    }
}
