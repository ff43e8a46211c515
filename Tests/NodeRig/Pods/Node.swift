/// The node, as its pods need it.
struct Node: Sendable {
    /// What the rig was told.
    struct Settings: Sendable {
        let name: String
        /// The directory of everything that the rig writes.
        let directory: String
        /// The wait before a second restart; each further one is twice as long.
        let backOff: Duration
        /// When tokens are renewed, where that is before 80 % of their time; `nil` for never.
        let tokenRefresh: Duration?
    }

    let settings: Settings
    let api: APIClient
    let images: ImageTable
    let network: PodNetwork
    let events: EventRecorder
    let services: ObjectStore<Service>
    let configMaps: ObjectStore<ConfigMap>
    let secrets: ObjectStore<Secret>
    let files: PodFileStore
}
