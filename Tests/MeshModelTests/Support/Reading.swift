import MeshModel
import Yams

/// The object that a manifest spells.
func read<Object: Decodable>(_ type: Object.Type = Object.self, _ yaml: String) throws -> Object {
    try YAMLDecoder().decode(type, from: yaml)
}

/// What decoding a manifest says to its author; `nil` if it can be decoded.
func decodingProblem<Object: Decodable>(_ type: Object.Type, _ yaml: String) throws -> Problem? {
    do {
        _ = try read(type, yaml)
        return nil
    } catch let error as DecodingError {
        return Problem(error)
    }
}

/// A manifest, and the paths of the problems that it has.
struct Manifest: Sendable, CustomStringConvertible {
    /// What the case is about.
    let description: String
    let yaml: String
    var paths: [String]

    /// A whole manifest in YAML.
    init(_ description: String, whole yaml: String, _ paths: String...) {
        self.init(description, whole: yaml, paths)
    }

    /// A whole manifest in YAML.
    init(_ description: String, whole yaml: String, _ paths: [String]) {
        self.description = description
        self.yaml = yaml
        self.paths = paths
    }

    /// A manifest of an object `n/x` with the given spec, a flow mapping without its braces.
    init(_ description: String, _ spec: String, _ paths: String...) {
        self.description = description
        yaml = "{metadata: {name: x, namespace: n}, spec: {\(spec)}}"
        self.paths = paths
    }
}

/// The paths of what is wrong with the object that a manifest spells.
func problemPaths<Object: MeshObject>(_: Object.Type, in manifest: Manifest) throws -> [String] {
    try read(Object.self, manifest.yaml).validate().map(\.path)
}
