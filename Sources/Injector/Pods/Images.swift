internal import MeshModel

/// The images of a pod's sidecar: the MeshConfig's, else those that the injector was given.
struct Images {
    let envoy: String
    private let initImage: String?
    private let helperImage: String?
    private let pod: String

    /// - Throws: `InjectionRefusal` if there is no image of Envoy.
    init(_ settings: InjectionSettings, _ config: MeshConfig, _ pod: String) throws(InjectionRefusal) {
        func chosen(_ image: String, _ other: String?) -> String? {
            image.isEmpty ? other.flatMap { $0.isEmpty ? nil : $0 } : image
        }
        guard let envoy = chosen(config.sidecar.envoyImage, settings.envoyImage) else {
            throw InjectionRefusal(
                message: "\(pod): there is no image for its sidecar: set spec.sidecar.envoyImage in the MeshConfig, or "
                    + "OSM_DEFAULT_ENVOY_IMAGE in the controller's environment")
        }
        self.envoy = envoy
        initImage = chosen(config.sidecar.initContainerImage, settings.initImage)
        helperImage = chosen("", settings.healthcheckImage)
        self.pod = pod
    }

    /// The init container's.
    func initial() throws(InjectionRefusal) -> String {
        guard let initImage else {
            throw InjectionRefusal(
                message: "\(pod): there is no image for its init container: set spec.sidecar.initContainerImage in the "
                    + "MeshConfig, or OSM_DEFAULT_INIT_CONTAINER_IMAGE in the controller's environment")
        }
        return initImage
    }

    /// The helper's.
    func helper() throws(InjectionRefusal) -> String {
        guard let helperImage else {
            throw InjectionRefusal(
                message: "\(pod): there is no image for the helper that answers its probes: set "
                    + "OSM_DEFAULT_HEALTHCHECK_CONTAINER_IMAGE in the controller's environment")
        }
        return helperImage
    }
}
