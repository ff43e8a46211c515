internal import Glibc
public import Logging
public import MeshModel
public import ServiceLifecycle

/// A directory of manifests that is watched for changes: the source of objects where there is no Kubernetes.
///
/// Reads `*.yaml`, `*.yml` and `*.json`, not those of directories in it. A change reaches ``events`` as soon as its
/// writer closes or renames the file; a removal two milliseconds later, so that what is removed and written again at
/// once is one change; that a file has become empty a second later, since a writer empties it first. To replace many
/// files at once, write another directory and rename it, or swap a link, as Kubernetes does with ConfigMaps: files that
/// are removed one by one are gone one by one.
///
/// Runs once.
public struct ManifestDirectory: ServiceLifecycle.Service {
    /// What happens to the objects; ends when the service does.
    public let events = ManifestEvents()
    private let path: String
    private let state: FollowedState
    private let onProblem: @Sendable (ManifestProblem) -> Void

    /// A source that tells each problem to a closure once, when it appears.
    public init(path: String, onProblem: @escaping @Sendable (ManifestProblem) -> Void) {
        self.path = path
        state = FollowedState(path: path)
        self.onProblem = onProblem
    }

    /// A source that logs each problem once, when it appears: a remark as information, any other as a warning.
    public init(path: String, logger: Logger) {
        self.init(path: path) { problem in
            logger.log(
                level: problem.isFatalForObject ? .warning : .info, "Problem in a manifest",
                metadata: ["manifest.problem": "\(problem)"])
        }
    }

    /// Where a field of an object stands now; the object's first line where the field has none, `nil` if there is no
    /// such object.
    public func location(of key: ObjectKey, path: String) -> ManifestLocation? {
        state.location(of: key, path: path)
    }

    /// Whether everything in the directory could be read when it was last looked at.
    ///
    /// If not, there may be objects of which nothing is known.
    public var isWhole: Bool { state.isWhole }

    /// Reads the directory and follows its changes until the task is cancelled or the process shuts down.
    ///
    /// - Throws: ``ManifestSourceError`` with the code `directory` if there is no such directory at the start, `watch`
    ///   if the system does not let it be watched.
    public func run() async throws {
        defer { events.finish() }
        let readings = DirectoryReadings()
        let stop = try StopPipe()
        let folder = ManifestFolder(path: Self.absolute(path))
        WatchingThread(folder: folder, readings: readings, stop: stop).start()
        let result: Result<Void, any Error>
        do {
            try await withTaskCancellationHandler {
                try await withGracefulShutdownHandler {
                    try await follow(readings)
                } onGracefulShutdown: {
                    stop.stop()
                }
            } onCancel: {
                stop.stop()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        // However this ends, the thread ends first and closes what it opened.
        stop.stop()
        await readings.end()
        try result.get()
        if let failure = readings.failure { throw failure }
    }

    private func follow(_ readings: DirectoryReadings) async throws {
        var isFirst = true
        for await _ in readings.signals {
            guard let reading = readings.take() else { continue }
            if isFirst, case .unreadable(let reason) = reading {
                throw ManifestSourceError(
                    .directory,
                    "\(path) cannot be read: \(reason): make the directory, or give the path of the one that holds the "
                        + "manifests")
            }
            let outcome = state.apply(reading)
            events.send(outcome.changes, isFirst: isFirst)
            isFirst = false
            for problem in outcome.problems { onProblem(problem) }
        }
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return "\(String(cString: directory))/\(path)"
    }
}

extension ManifestDirectory: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "manifests in \(path)" }
}
