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
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            sidecar: try spec?.value(.sidecar) ?? sidecar, traffic: try spec?.value(.traffic) ?? Traffic(),
            observability: try spec?.value(.observability) ?? Observability(),
            certificate: try spec?.value(.certificate) ?? Certificate(),
            featureFlags: try spec?.value(.featureFlags) ?? FeatureFlags())
    }
}
