internal import MeshModel

/// What one reading of a file says.
public struct ManifestFile: Equatable, Sendable {
    /// One object of the file.
    public struct Entry: Equatable, Sendable {
        /// The object, its namespace filled in.
        public let object: ManifestObject
        /// The line on which the object begins.
        public let line: Int
        let node: YAMLNode

        /// The line of a field of the object, or of the nearest field around it that is there.
        public func line(at path: String) -> Int { path.isEmpty ? line : max(line, node.line(at: path)) }
    }

    /// The largest file that is read.
    public static let greatestSize = 4 << 20

    /// The file's name.
    public let name: String
    /// The objects, in the order of the file; two may have one key.
    public private(set) var entries: [Entry] = []
    /// What is wrong with the documents, in the order of the file.
    public private(set) var problems: [ManifestProblem] = []
    /// The workloads, in the order of the file: no objects of the mesh, but their pods will be.
    public private(set) var workloads: [WorkloadTemplate] = []

    /// Reads the content of a file of YAML or JSON.
    ///
    /// A document that cannot be read is a problem, and leaves the others as they are.
    public init(name: String, bytes: [UInt8]) {
        self.name = name
        guard bytes.count <= Self.greatestSize else {
            let limit = Self.greatestSize >> 20
            problems = [fileProblem("is larger than \(limit) MiB: divide it into several files")]
            return
        }
        for document in DocumentText.split(bytes) {
            let (nodes, fault) = YAMLNode.parse(document)
            for node in nodes { read(document: node) }
            guard let fault else { continue }
            problems.append(
                ManifestProblem(file: name, line: fault.line, message: fault.message, isFatalForObject: true))
        }
    }

    /// Reads a text of YAML or JSON.
    public init(name: String, text: String) { self.init(name: name, bytes: Array(text.utf8)) }

    /// A file that is there but cannot be read.
    init(name: String, unreadable reason: String) {
        self.name = name
        problems = [fileProblem("cannot be read: \(reason)")]
    }

    /// Whether every document could be read, so that an object that is not there is meant not to be.
    public var isWhole: Bool { !problems.contains(where: \.isFatalForObject) }

    private func fileProblem(_ message: String) -> ManifestProblem {
        ManifestProblem(file: name, line: 0, message: message, isFatalForObject: true)
    }

    private mutating func read(document: YAMLNode) {
        guard !document.isNull else { return }
        read(DocumentHead(document))
    }

    private mutating func read(_ head: DocumentHead) {
        if let items = head.items {
            for item in items { read(item) }
            return
        }
        if let workload = WorkloadTemplate(head.node) { workloads.append(workload) }
        do throws(DocumentFault) {
            let kind = try head.objectKind()
            let (node, remarks) = try head.located(kind)
            let object = try head.object(kind, node)
            entries.append(Entry(object: object, line: head.node.line, node: head.node))
            for remark in remarks { add(remark, head, .object(object.key)) }
        } catch {
            add(error, head, head.subject)
        }
    }

    private mutating func add(_ fault: DocumentFault, _ head: DocumentHead, _ subject: ManifestProblem.Subject?) {
        problems.append(
            ManifestProblem(
                file: name, line: head.node.line(at: fault.path), subject: fault.subject ?? subject, path: fault.path,
                message: fault.message, isFatalForObject: fault.isFatal))
    }
}
