internal import Crypto
internal import CryptoExtras
public import MeshModel
internal import X509

/// The kind of a key: of a new root's, and of workloads', whatever the root's.
public struct KeyAlgorithm: Hashable, Sendable {
    private enum Kind: Hashable { case ecdsaP256, rsa(Int) }

    private let kind: Kind

    private init(kind: Kind) { self.kind = kind }

    /// ECDSA on the curve P-256.
    public static let ecdsaP256 = KeyAlgorithm(kind: .ecdsaP256)

    /// RSA with keys of a size in bits.
    ///
    /// - Returns: `nil` unless the size is from 2048 to 4096 and a multiple of 128.
    public static func rsa(bits: Int) -> KeyAlgorithm? {
        (2048...4096).contains(bits) && bits.isMultiple(of: 128) ? KeyAlgorithm(kind: .rsa(bits)) : nil
    }

    /// The algorithm of workloads' keys that a configuration asks for; ECDSA P-256 where it says nothing that has a meaning.
    ///
    /// A size of RSA that is no multiple of 128 bits is rounded up.
    public init(_ configuration: MeshConfig.Certificate) {
        let bits = (min(max(configuration.certKeyBitSize, 2048), 4096) + 127) / 128 * 128
        self = configuration.leafAlgorithm == .rsa ? .rsa(bits: bits) ?? .ecdsaP256 : .ecdsaP256
    }

    /// Whether a key is made in microseconds; one of RSA takes tenths of a second.
    var isQuick: Bool { kind == .ecdsaP256 }

    /// A new key.
    func makeKey() throws -> Certificate.PrivateKey {
        switch kind {
        case .ecdsaP256: Certificate.PrivateKey(P256.Signing.PrivateKey())
        case .rsa(let bits): Certificate.PrivateKey(try _RSA.Signing.PrivateKey(keySize: .init(bitCount: bits)))
        }
    }

    /// Whether every proxy can verify what a key signs.
    static func accepts(_ key: Certificate.PublicKey) -> Bool {
        if P256.Signing.PublicKey(key) != nil { return true }
        guard let rsa = _RSA.Signing.PublicKey(key) else { return false }
        return (2048...4096).contains(rsa.keySizeInBits)
    }
}
