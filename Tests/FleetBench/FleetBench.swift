import ArgumentParser
import Foundation
import ProxyFleet
import UnixSignals

/// What every scenario may be told.
struct SizeOptions: ParsableArguments {
    @Option(help: "The program osm-controller.") var controller: String
    @Option(help: "How many proxies, at most.") var proxies: Int?
    @Option(help: "How many services the mesh has.") var services: Int?
    @Option(help: "How the proxies speak: delta or stateOfTheWorld.") var variant = Variant.delta.rawValue
    @Flag(help: "A small mesh, to see that all works; its figures say little.") var quick = false

    func size(proxies: Int, services: Int, quickly: (proxies: Int, services: Int)) throws -> BenchSize {
        guard FileManager.default.isExecutableFile(atPath: controller) else {
            throw ValidationError("\(controller) is no program: build osm-controller and give its path")
        }
        guard let variant = Variant(rawValue: variant) else { throw ValidationError("`\(variant)` is no variant") }
        for number in [self.proxies, self.services].compactMap(\.self) where number < 1 {
            throw ValidationError("\(number) is no size")
        }
        return BenchSize(
            controller: controller, proxies: self.proxies ?? (quick ? quickly.proxies : proxies),
            services: self.services ?? (quick ? quickly.services : services), isQuick: quick, variant: variant)
    }
}

/// The scenarios that need many proxies.
struct FleetBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "FleetBench",
        abstract: "Connects many simulated Envoys to a controller of its own, over TLS, each with its pod's token.",
        discussion: """
            Prints a line of JSON for each figure. Exit status 1 if a goal was missed, 2 if a scenario could not be run.
            """,
        subcommands: [
            EditCommand.self, ChurnCommand.self, StormCommand.self, RestartCommand.self, MemoryCommand.self,
            PermissiveCommand.self, NeighboursCommand.self,
        ])
}

/// Runs a scenario, and ends what it has begun however it ends.
@main
enum Main {
    static func main() async {
        raiseFileLimit()
        let signals = Task {
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                FileHandle.standardError.write(Data("stopped by \(signal)\n".utf8))
                Leftovers.clear()
                exit(2)
            }
        }
        defer { signals.cancel() }
        let status = await run()
        Leftovers.clear()
        exit(status)
    }

    private static func run() async -> Int32 {
        do {
            var command = try FleetBench.parseAsRoot()
            if var scenario = command as? any AsyncParsableCommand {
                try await scenario.run()
            } else {
                try command.run()
            }
            return Report.isGood ? 0 : 1
        } catch {
            let message = FleetBench.fullMessage(for: error)
            guard FleetBench.exitCode(for: error) != .success else {
                print(message)
                return 0
            }
            FileHandle.standardError.write(Data("\(message)\n".utf8))
            return 2
        }
    }

    /// A proxy is a connection, and here both ends may come from one limit.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
