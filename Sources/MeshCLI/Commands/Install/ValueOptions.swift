internal import ArgumentParser
internal import MeshInstallation

/// The options by which an installation is told its values.
struct ValueOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Set a value: KEY=VALUE[,KEY=VALUE], with the keys of the original's chart. May be repeated.",
            valueName: "key=value"))
    var assignments: [String] = []

    @Option(help: "A set of values beneath those of --set: default, minimal or production.")
    var preset: PresetName?

    @Option(help: .hidden)
    var osmChartPath: String?

    @Flag(help: "Print the manifests, and change nothing.")
    var dryRun = false

    @Flag(help: "Take fields that somebody else has set, such as kubectl.")
    var forceConflicts = false

    @Option(help: "How long to wait until the mesh is ready, such as 90s or 5m.")
    var timeout = WaitTime(minutes: 5)

    @Flag(inversion: .prefixedNo, help: "Wait until the mesh is ready.")
    var wait = true

    init() {}

    func validate() throws {
        guard osmChartPath == nil else {
            throw ValidationError(
                "--osm-chart-path: there is no chart, since the manifests are in this program; set values with --set")
        }
        _ = try values()
    }

    /// What was given on the command line, above what was given earlier.
    ///
    /// - Parameters:
    ///   - former: What was given earlier; nothing by default.
    ///   - further: Assignments by other options.
    /// - Throws: `ValidationError`.
    func values(
        above former: InstallationValues = InstallationValues(), further: [String] = []
    ) throws -> InstallationValues {
        do {
            return try former.setting((preset?.preset.expressions ?? []) + assignments + further)
        } catch let error as InstallationError {
            throw ValidationError(error.description)
        }
    }
}

/// The name of a preset.
struct PresetName: ExpressibleByArgument {
    let preset: InstallationPreset

    init?(argument: String) {
        guard let preset = InstallationPreset(rawValue: argument) else { return nil }
        self.preset = preset
    }

    static var allValueStrings: [String] { InstallationPreset.allCases.map(\.rawValue) }
}
