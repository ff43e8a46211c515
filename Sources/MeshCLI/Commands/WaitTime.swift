internal import ArgumentParser
internal import MeshModel

/// A time to wait, in the spelling of Go, such as `90s`.
struct WaitTime: ExpressibleByArgument, CustomStringConvertible, Equatable {
    let duration: Duration
    let description: String

    init(minutes: Int) {
        duration = .seconds(60 * minutes)
        description = "\(minutes)m"
    }

    init?(argument: String) {
        guard let time = GoDuration(argument), time.duration >= .zero else { return nil }
        duration = time.duration
        description = argument
    }

    var defaultValueDescription: String { description }
}
