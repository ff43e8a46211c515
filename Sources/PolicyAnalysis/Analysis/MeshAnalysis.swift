package import ManifestSource
internal import MeshModel
internal import PolicyCompiler

/// Everything that there is to say about the objects of a mesh.
package struct MeshAnalysis: Sendable {
    /// Sorted by file and line, each once.
    package let findings: [Finding]
    /// How many objects there are.
    package let objectCount: Int

    /// The worst of the findings; `nil` without any.
    package var worst: Finding.Severity? { findings.map(\.severity).min() }

    private init(_ findings: [Finding], objectCount: Int) {
        self.findings = findings
        self.objectCount = objectCount
    }

    /// The findings that are at least so bad.
    package func showing(_ least: Finding.Severity) -> MeshAnalysis {
        MeshAnalysis(findings.filter { $0.severity <= least }, objectCount: objectCount)
    }

    /// How many objects and findings there are, in words.
    package var summary: String {
        let counts = Finding.Severity.allCases.compactMap { severity -> String? in
            let count = findings.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        return "\(objectCount) objects: \(counts.isEmpty ? "nothing found" : counts.joined(separator: ", "))"
    }

    /// Analyses a mesh.
    ///
    /// - Parameters:
    ///   - manifests: Where its objects were read; `nil` for those of a cluster.
    ///   - fileName: The name of a file as it is to be told.
    package init(
        _ mesh: CompiledMesh, manifests: ManifestCheck? = nil, fileName: (String) -> String = { $0 }
    ) {
        var found: Set<Finding> = []
        var told: Set<ObjectKey> = []
        for problem in manifests?.problems ?? [] where !problem.isOfWorkload {
            if case .object(let key) = problem.subject, problem.isFatalForObject { told.insert(key) }
            found.insert(Finding(problem, fileName))
        }
        func add(
            _ severity: Finding.Severity, _ rule: FindingRule, _ key: ObjectKey, _ path: String, _ message: String
        ) {
            let place = manifests?.location(of: key, path: path)
            found.insert(
                Finding(
                    severity: severity, rule: rule, subject: key.description, path: path, message: message,
                    location: place.map { ManifestLocation(file: fileName($0.file), line: $0.line) }))
        }
        for key in mesh.contents.keys {
            guard let diagnosis = mesh.diagnosis(of: key) else { continue }
            let own = Set(mesh.contents.problems(of: key))
            for problem in diagnosis.refusals {
                // What is wrong with an object by itself stands among the problems of its file already.
                guard own.contains(problem) else {
                    add(.error, .conflict, key, problem.path, problem.message)
                    continue
                }
                if !told.contains(key) { add(.error, .invalid, key, problem.path, problem.message) }
            }
            for problem in diagnosis.unresolved { add(.error, .unresolved, key, problem.path, problem.message) }
            if let outside = diagnosis.outside { add(.warning, .outside, key, "", outside) }
        }
        for use in UnusedObjects(mesh: mesh).found { add(.warning, .unused, use.object, use.path, use.message) }
        for shadow in ShadowedRules(mesh: mesh).found {
            add(.warning, .shadowed, shadow.object, shadow.path, shadow.message)
        }
        for difference in OriginalDifference.all {
            for place in difference.find(mesh) { add(.note, difference.rule, place.object, place.path, place.message) }
        }
        findings = found.sorted()
        objectCount = mesh.contents.keys.count
    }
}

/// A field of an object about which something is to be said.
struct FoundPlace: Hashable {
    let object: ObjectKey
    let path: String
    let message: String
}

extension ManifestProblem {
    /// Whether it says that the mesh reads no workloads: here their pods are taken from them.
    fileprivate var isOfWorkload: Bool {
        guard !isFatalForObject, case .text(let kind)? = subject else { return false }
        return WorkloadTemplate.kinds.contains(kind)
    }
}

extension Finding {
    /// What is wrong with a file, or an object in it by itself.
    fileprivate init(_ problem: ManifestProblem, _ fileName: (String) -> String) {
        let isOfObject = if case .object = problem.subject { true } else { false }
        self.init(
            severity: problem.isFatalForObject ? .error : .note,
            rule: problem.isFatalForObject ? (isOfObject ? .invalid : .unreadable) : .remark,
            subject: problem.subject?.description ?? "", path: problem.path, message: problem.message,
            location: ManifestLocation(file: fileName(problem.file), line: problem.line))
    }
}

extension MeshContents {
    /// What is wrong with an object by itself.
    func problems(of key: ObjectKey) -> [Problem] {
        let name = key.name
        let problems: [Problem]? =
            switch key.kind {
            case .namespace: namespaces[name]?.problems
            case .pod: pods[name]?.problems
            case .service: services[name]?.problems
            case .serviceAccount: serviceAccounts[name]?.problems
            case .endpointSlice: endpointSlices[name]?.problems
            case .meshConfig: meshConfigs[name]?.problems
            case .trafficTarget: trafficTargets[name]?.problems
            case .httpRouteGroup: httpRouteGroups[name]?.problems
            case .tcpRoute: tcpRoutes[name]?.problems
            case .trafficSplit: trafficSplits[name]?.problems
            case .egress: egresses[name]?.problems
            case .ingressBackend: ingressBackends[name]?.problems
            case .retry: retries[name]?.problems
            case .upstreamTrafficSetting: upstreamTrafficSettings[name]?.problems
            case .telemetry: telemetries[name]?.problems
            case .extensionService: extensionServices[name]?.problems
            }
        return problems ?? []
    }
}
