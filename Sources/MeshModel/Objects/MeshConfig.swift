/// The mesh's configuration: an object of the original's API, with the original's names.
///
/// Only `osm-mesh-config` in the controller's namespace has a meaning. Source of fields and defaults: the original's
/// MeshConfig `v1alpha2`, of which `v1alpha1` is a part.
public struct MeshConfig: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.meshConfig

    /// Name and namespace.
    public var metadata: ObjectMetadata
    /// `spec.sidecar`.
    public var sidecar: Sidecar
    /// `spec.traffic`.
    public var traffic: Traffic
    /// `spec.observability`.
    public var observability: Observability
    /// `spec.certificate`.
    public var certificate: Certificate
    /// `spec.featureFlags`.
    public var featureFlags: FeatureFlags
    /// What of the object could not be read; the rest holds.
    private(set) var unread: [Problem] = []

    /// A configuration with the given parts, zero values for the others.
    public init(
        metadata: ObjectMetadata, sidecar: Sidecar = Sidecar(), traffic: Traffic = Traffic(),
        observability: Observability = Observability(), certificate: Certificate = Certificate(),
        featureFlags: FeatureFlags = FeatureFlags()
    ) {
        self.metadata = metadata
        self.sidecar = sidecar
        self.traffic = traffic
        self.observability = observability
        self.certificate = certificate
        self.featureFlags = featureFlags
    }

    /// What holds while the object is missing: zero values, so no permissive mode and no egress.
    public static let absent = MeshConfig(metadata: ObjectMetadata(name: ""))
}

extension MeshConfig: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey { case sidecar, traffic, observability, certificate, featureFlags }

    /// Reads a MeshConfig of `config.openservicemesh.io/v1alpha2` or `v1alpha1`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        var sidecar = Sidecar()
        // The schema's defaults of TLS hold wherever there is an object, and also where it has no `sidecar`.
        sidecar.tlsMinProtocolVersion = .v1_2
        sidecar.tlsMaxProtocolVersion = .v1_3
        self.init(metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata), sidecar: sidecar)
        guard let spec else { return }
        // A section that cannot be read does not take the others along.
        var problems: [Problem] = []
        self.sidecar = spec.value(.sidecar, or: sidecar, telling: &problems)
        var unreadTraffic = Traffic()
        unreadTraffic.inboundExternalAuthorization = .asked
        traffic = spec.value(.traffic, or: Traffic(), unreadable: unreadTraffic, telling: &problems)
        observability = spec.value(.observability, or: Observability(), telling: &problems)
        certificate = spec.value(
            .certificate, or: Certificate(), unreadable: Certificate.unreadable, telling: &problems)
        featureFlags = spec.value(.featureFlags, or: FeatureFlags(), telling: &problems)
        problems += traffic.unread.map { $0.below("traffic") }
        problems += traffic.inboundExternalAuthorization.unread
            .map { $0.below("traffic.inboundExternalAuthorization") }
        unread = problems.map { $0.below("spec") }
    }
}
