/// The programs of a cluster with a node.
struct NodePrograms {
    /// The script `hack/cluster.sh`.
    let cluster: String
    let kubectl: String
    /// The program osm.
    let command: String
    /// The program NodeRig.
    let node: String
    let controller: String
    let healthcheck: String
    let app: String
    let envoy: String

    /// The images that the product and the samples name, and the programs that stand for them.
    var images: [String] {
        [
            "envoyproxy/envoy:*=\(envoy):/usr/local/bin/envoy", "osm-init:*=",
            "osm-healthcheck:*=\(healthcheck):/osm-healthcheck", "osm-controller:*=\(controller):/osm-controller",
            "osm-pod-app:*=\(app):/pod-app",
        ]
    }
}
