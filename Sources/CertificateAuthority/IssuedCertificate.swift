public import FoundationEssentials

/// A certificate with its private key, as it goes to the one that it stands for.
///
/// Prints as `[redacted]` where its key would show.
public struct IssuedCertificate: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The certificate in PEM form, without the root.
    public let certificateChainPEM: String
    /// The private key in PEM form (PKCS#8).
    public let privateKeyPEM: String
    /// From when it is valid.
    public let notBefore: Date
    /// Until when it is valid; whole seconds.
    public let notAfter: Date
    /// Its serial number in hexadecimal digits.
    public let serial: String

    /// The serial number, never the key.
    public var description: String { "certificate \(serial), key [redacted]" }

    /// The serial number, never the key.
    public var debugDescription: String { description }

    /// All but the key.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "serial": serial, "notBefore": notBefore, "notAfter": notAfter, "privateKeyPEM": "[redacted]",
            ])
    }
}
