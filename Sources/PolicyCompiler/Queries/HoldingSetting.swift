import Incremental
import MeshModel

/// The UpstreamTrafficSetting of a service: of several the oldest; `nil` if there is none.
enum HoldingSetting: MeshQuery {
    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> UpstreamTrafficSetting? {
        mesh(\.upstreamTrafficSettingsByService, service).compactMap(\.valid)
            .min { $0.metadata.seniority < $1.metadata.seniority }
    }
}
