import Glibc
import MeshCLI

/// The program `osm`.
@main
struct Main {
    static func main() async {
        exit(await OSMCommand.execute(Array(CommandLine.arguments.dropFirst()), console: .standard))
    }
}
