public import MeshModel

/// Something in a file of manifests that the person who wrote it should know.
public struct ManifestProblem: Hashable, Sendable, CustomStringConvertible {
    /// What a problem is about.
    public enum Subject: Hashable, Sendable, CustomStringConvertible {
        /// An object whose kind and name could be read.
        case object(ObjectKey)
        /// Whatever names the document best, such as a kind that the mesh does not read.
        case text(String)

        /// The object's key, or the text.
        public var description: String {
            switch self {
            case .object(let key): key.description
            case .text(let text): text
            }
        }
    }

    /// The name of the file.
    public var file: String
    /// The line, from 1: of the field where it could be found, else of the document; 0 for the file as a whole.
    public var line: Int
    /// What it is about; `nil` for the document or file itself.
    public var subject: Subject?
    /// The path of the field, such as `spec.backends[1].weight`; empty for the whole.
    public var path: String
    /// What is wrong and what would be right.
    public var message: String
    /// Whether the document brings no object because of this; otherwise it is a remark.
    public var isFatalForObject: Bool

    /// A problem at a line of a file.
    public init(
        file: String, line: Int, subject: Subject? = nil, path: String = "", message: String, isFatalForObject: Bool
    ) {
        self.file = file
        self.line = line
        self.subject = subject
        self.path = path
        self.message = message
        self.isFatalForObject = isFatalForObject
    }

    /// `file.yaml:12: TrafficSplit shop/split: spec.backends[1].weight: message`.
    public var description: String {
        var text = line == 0 ? "\(file): " : "\(file):\(line): "
        if let subject { text += "\(subject): " }
        if !path.isEmpty { text += "\(path): " }
        return text + message
    }
}

/// Where a manifest is.
public struct ManifestLocation: Hashable, Sendable, CustomStringConvertible {
    /// The name of the file.
    public let file: String
    /// The line of the object's first field, from 1.
    public let line: Int

    /// A place in a file.
    public init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    /// `file:line`.
    public var description: String { "\(file):\(line)" }
}
