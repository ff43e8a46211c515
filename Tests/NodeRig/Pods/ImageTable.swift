import Foundation
import Yams

/// Which programs of the machine stand for which images.
struct ImageTable: Sendable {
    /// An image: the machine's own programs, and some files beside them.
    struct Image: Decodable, Sendable {
        /// A pattern of names, such as `envoyproxy/envoy:*`.
        let name: String
        /// What runs where a container has no command.
        var entrypoint: [String] = []
        /// The files of the image, and where they are on the machine.
        var files: [String: String] = [:]
        /// Directories with libraries that its programs need, and that are not where libraries usually are.
        var libraries: [String] = []

        private enum CodingKeys: CodingKey { case name, entrypoint, files }

        init(name: String) { self.name = name }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            name = try fields.decode(String.self, forKey: .name)
            entrypoint = try fields.decodeIfPresent([String].self, forKey: .entrypoint) ?? []
            files = try fields.decodeIfPresent([String: String].self, forKey: .files) ?? [:]
        }
    }

    private let images: [Image]

    /// Reads a table.
    ///
    /// - Parameters:
    ///   - file: A YAML list of images.
    ///   - options: Images as `PATTERN=MACHINE-FILE:PATH-IN-IMAGE`, whose file is the entry point too, or `PATTERN=` for
    ///     one that has only the machine's programs.
    init(file: String?, options: [String]) async throws {
        var images: [Image] = []
        for option in options {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw RigError("`--image \(option)`: it is PATTERN=FILE:PATH") }
            var image = Image(name: parts[0])
            if let colon = parts[1].lastIndex(of: ":") {
                let path = String(parts[1][parts[1].index(after: colon)...])
                image.files = [path: String(parts[1][..<colon])]
                image.entrypoint = [path]
            }
            images.append(image)
        }
        if let file {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            images += try YAMLDecoder().decode([Image].self, from: text)
        }
        for index in images.indices {
            // Containers are elsewhere when they look for it.
            images[index].files = images[index].files.mapValues { URL(filePath: $0).standardizedFileURL.path }
            images[index].libraries = try await Self.libraries(of: images[index])
        }
        self.images = images
    }

    /// The image of a name; `nil` if the table has none.
    subscript(_ name: String) -> Image? { images.first { fnmatch($0.name, name, 0) == 0 } }

    private static func libraries(of image: Image) async throws -> [String] {
        var directories: Set<String> = []
        for (path, file) in image.files {
            guard FileManager.default.fileExists(atPath: file) else {
                throw RigError("image \(image.name): there is no \(file) for \(path)")
            }
            // What is no dynamic program has no libraries.
            for line in try await Program(["ldd", file]).run().output.split(separator: "\n") {
                guard let library = line.split(separator: " ").first(where: { $0.hasPrefix("/") }) else { continue }
                let directory = library.prefix(upTo: library.lastIndex(of: "/") ?? library.startIndex)
                if !["/usr/", "/lib"].contains(where: directory.hasPrefix) { directories.insert(String(directory)) }
            }
        }
        return directories.sorted()
    }
}
