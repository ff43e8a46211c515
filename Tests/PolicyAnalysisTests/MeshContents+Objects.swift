import MeshModel
import Oracle
import PolicyAnalysis
import PolicyCompiler

extension MeshContents {
    /// The objects of a random mesh.
    init(_ objects: MeshObjects) {
        func changes<Object: TableObject>(_ objects: [ObjectName: Object]) -> [TableChange] {
            objects.values.map { Object.change(for: .set($0)) }
        }
        self.init(
            changes(objects.namespaces) + changes(objects.pods) + changes(objects.services) + changes(objects.slices)
                + changes(objects.configs) + changes(objects.targets) + changes(objects.groups)
                + changes(objects.tcpRoutes) + changes(objects.splits) + changes(objects.egresses)
                + changes(objects.ingressBackends) + changes(objects.retries))
    }
}

extension RequestDescription {
    /// All of a request.
    init(_ request: Request) {
        self.init(
            method: request.method, path: request.path, host: request.host,
            headers: request.headers.map { Header(name: $0.name, value: $0.value) }, hasNoOtherHeaders: true)
    }
}
