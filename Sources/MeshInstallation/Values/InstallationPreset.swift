/// A set of settings by one name, beneath those that are given.
public enum InstallationPreset: String, CaseIterable, Sendable {
    /// The initial values.
    case standard = "default"
    /// One small controller, for a trial.
    case minimal
    /// Three controllers that are drained one by one; nothing is allowed that no policy allows.
    case production

    /// The arguments of `--set` that it stands for.
    public var expressions: [String] {
        switch self {
        case .standard: []
        case .minimal:
            [
                "osm.osmController.replicaCount=1", "osm.osmController.resource.requests.cpu=100m",
                "osm.osmController.resource.requests.memory=64Mi",
            ]
        case .production:
            [
                "osm.osmController.replicaCount=3", "osm.osmController.enablePodDisruptionBudget=true",
                "osm.enablePermissiveTrafficPolicy=false", "osm.enableEgress=false",
            ]
        }
    }
}
