internal import FoundationEssentials
internal import Yams

/// The command's own configuration: `$OSM_CONFIG`, else `~/.osm/config.yaml`.
struct CommandConfigurationFile: Codable, Equatable, Sendable {
    /// Who runs the control plane.
    enum Kind: String, Codable, Sendable {
        /// Whoever runs this command.
        case selfHosted = "self-hosted"
        /// Somebody else: the command neither installs nor removes it.
        case managed
    }

    /// How the mesh is installed.
    struct Install: Codable, Equatable, Sendable {
        var kind = Kind.selfHosted
        /// The vendor of the distribution; empty for none.
        var distribution = ""
        /// The control plane's namespace.
        var namespace = "osm-system"

        init() {}

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            kind = try fields.decodeIfPresent(Kind.self, forKey: .kind) ?? kind
            distribution = try fields.decodeIfPresent(String.self, forKey: .distribution) ?? distribution
            // The original takes a missing namespace for the empty one, in which nothing can be found.
            let namespace = try fields.decodeIfPresent(String.self, forKey: .namespace) ?? ""
            if !namespace.isEmpty { self.namespace = namespace }
        }
    }

    var install = Install()

    init() {}

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        install = try fields.decodeIfPresent(Install.self, forKey: .install) ?? install
    }

    /// The configuration that a text holds.
    ///
    /// - Throws: ``CommandFailure``.
    init(yaml: String, path: String) throws {
        self.init()
        guard !yaml.allSatisfy(\.isWhitespace) else { return }
        do {
            self = try YAMLDecoder().decode(Self.self, from: yaml)
        } catch {
            throw CommandFailure(
                "reading the configuration \(path)", because: "it is not what is expected: \(error)",
                advice: "write `install:` with `kind` (self-hosted or managed), `distribution` and `namespace`")
        }
    }

    /// The configuration; the defaults where there is no file.
    ///
    /// - Throws: ``CommandFailure``.
    static func read(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Self {
        let named = environment["OSM_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        guard let path = named ?? environment["HOME"].map({ "\($0)/.osm/config.yaml" }),
            FileManager.default.fileExists(atPath: path)
        else { return Self() }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(
                "reading the configuration \(path)", because: "\(error)",
                advice: "make it readable, or unset OSM_CONFIG")
        }
        return try Self(yaml: text, path: path)
    }
}

extension CommandConfigurationFile {
    /// What a command line needs, with a blank before it, to mean a control plane's namespace; empty for the usual one.
    ///
    /// - Throws: ``CommandFailure`` where the configuration cannot be read.
    static func option(forNamespace namespace: String) throws -> String {
        namespace == (try read().install.namespace) ? "" : " --osm-namespace \(namespace)"
    }

    /// Refuses what is not for who uses a mesh that somebody else runs.
    ///
    /// - Throws: ``CommandFailure``.
    static func refuseIfManaged(_ command: String) throws {
        let install = try read().install
        guard install.kind == .managed else { return }
        throw CommandFailure(
            "\(command) is not for a managed mesh\(install.distribution.isEmpty ? "" : " of \(install.distribution)")",
            advice: "set install.kind to self-hosted in $OSM_CONFIG if this mesh is yours to install")
    }
}
