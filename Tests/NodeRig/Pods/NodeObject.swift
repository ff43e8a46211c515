import NIOHTTP1

/// The Node that the API server has of the rig.
struct NodeObject: Sendable {
    let name: String
    let kubeletPort: Int

    /// Makes the node, or takes over one of that name, and says that it is ready.
    func register(with api: APIClient) async throws {
        let labels: JSONValue = [
            "kubernetes.io/hostname": .string(name), "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        ]
        let body: JSONValue = ["metadata": ["name": .string(name), "labels": labels]]
        do {
            try await api.send(.POST, "/api/v1/nodes", body)
        } catch let failure as APIClient.Failure where failure.status == 409 {}
        // No controller of nodes runs here, which would take away the taint of a node that is not ready yet.
        let open: JSONValue = ["spec": ["taints": .null, "unschedulable": .null]]
        try await api.send(.PATCH, "/api/v1/nodes/\(name)", open, type: "application/merge-patch+json")
        try await api.send(
            .PATCH, "/api/v1/nodes/\(name)/status", ["status": status], type: "application/merge-patch+json")
        try await reserveNameServer(with: api)
    }

    func remove(with api: APIClient) async { _ = try? await api.send(.DELETE, "/api/v1/nodes/\(name)") }

    private var status: JSONValue {
        let amounts: JSONValue = ["cpu": "2", "memory": "16Gi", "pods": "500", "ephemeral-storage": "64Gi"]
        let now = JSONValue.string(Timestamp.now)
        func condition(_ type: JSONValue, _ status: JSONValue, _ reason: JSONValue) -> JSONValue {
            [
                "type": type, "status": status, "reason": reason, "message": "node rig", "lastHeartbeatTime": now,
                "lastTransitionTime": now,
            ]
        }
        return [
            "capacity": amounts, "allocatable": amounts,
            // The address alone: nobody knows the node by its name.
            "addresses": [["type": "InternalIP", "address": .string(NodeNamespace.address)]],
            "daemonEndpoints": ["kubeletEndpoint": ["Port": .int(kubeletPort)]],
            "nodeInfo": [
                "architecture": "amd64", "operatingSystem": "linux", "kubeletVersion": "v1.20.2-node-rig",
                "kubeProxyVersion": "v1.20.2-node-rig", "containerRuntimeVersion": "node-rig://1",
                "osImage": "node rig", "kernelVersion": "", "machineID": "", "systemUUID": "", "bootID": "",
            ],
            "conditions": [
                condition("Ready", "True", "KubeletReady"),
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID"),
            ],
        ]
    }

    /// Takes the address of the server for names, so that no Service is given it.
    private func reserveNameServer(with api: APIClient) async throws {
        let service: JSONValue = [
            "metadata": ["name": "kube-dns", "namespace": "kube-system"],
            "spec": [
                "clusterIP": .string(NodeNamespace.nameServer),
                "ports": [
                    ["name": "dns", "port": 53, "protocol": "UDP"], ["name": "dns-tcp", "port": 53, "protocol": "TCP"],
                ],
            ],
        ]
        do {
            try await api.send(.POST, "/api/v1/namespaces/kube-system/services", service)
        } catch let failure as APIClient.Failure where [409, 422].contains(failure.status) {}
    }
}
