internal import MeshModel

extension WatchState {
    /// The server has the kind in some version, or it could not be found out in which.
    mutating func discovered() { go(to: listing) }

    /// A page of the list was read.
    mutating func listed(_ page: ListPage<Object>) -> Outcome {
        var outcome = Outcome()
        // A list alone is no success: what follows it may be too old by then, each time.
        denials = 0
        endTrouble(&outcome)
        if step == .list(continuation: nil) { beginList() }
        for object in page.objects { set(object, &outcome) }
        if let continuation = page.continuation {
            go(to: .list(continuation: continuation))
        } else {
            endList(&outcome)
            go(to: .follow(resourceVersion: page.resourceVersion))
        }
        return outcome
    }

    /// A stream of events begins: of what happens, or of a list.
    mutating func opened() -> Outcome {
        if step == .streamList { beginList() }
        var outcome = Outcome()
        // The next failure still counts as one more in a row, until something is heard.
        denials = 0
        endTrouble(&outcome)
        return outcome
    }

    /// Events were heard, in order.
    mutating func heard(
        _ events: [WatchEvent<Object>], using generator: inout some RandomNumberGenerator
    ) -> Outcome {
        var outcome = Outcome()
        for event in events {
            switch event {
            case .set(let served):
                succeed(&outcome)
                set(served, &outcome)
                advance(to: served.revision?.resourceVersion)
            case .removed(let served):
                succeed(&outcome)
                if let name = served.name { remove(name, &outcome) }
                advance(to: served.revision?.resourceVersion)
            case .bookmark(let resourceVersion, let endsInitialEvents):
                succeed(&outcome)
                if step == .streamList, endsInitialEvents {
                    endList(&outcome)
                    go(to: .follow(resourceVersion: resourceVersion))
                } else {
                    advance(to: resourceVersion)
                }
            case .failed(let status):
                let error = KubernetesError(status: status.code ?? 500, body: status, action: "watch")
                failed(error, using: &generator, &outcome)
                outcome.endsStream = true
                return outcome
            }
        }
        return outcome
    }

    /// The stream goes on after this resource version, if it is no list.
    private mutating func advance(to resourceVersion: String?) {
        if case .follow = step, let resourceVersion { go(to: .follow(resourceVersion: resourceVersion)) }
    }

    /// The server ended the stream as it was asked to.
    ///
    /// - Parameters:
    ///   - wasUseful: Whether it brought events or lasted; otherwise there is a pause, so that a server that ends every
    ///     stream at once is not asked without end.
    ///   - generator: Where the pause's chance comes from.
    mutating func ended(wasUseful: Bool, using generator: inout some RandomNumberGenerator) {
        if wasUseful { backoff.reset() }
        // A list that was not finished starts over.
        go(to: step == .streamList ? listing : step, after: wasUseful ? .zero : backoff.next(using: &generator))
    }

    /// Whether the server has finished its start.
    mutating func checkedReadiness(_ isReady: Bool, using generator: inout some RandomNumberGenerator) -> Outcome {
        var outcome = Outcome()
        guard isReady else {
            denials = 0
            report(.failing("the API server is still starting"), &outcome)
            go(to: .discover, after: backoff.next(using: &generator))
            return outcome
        }
        denials += 1
        guard denials >= Self.denialsToBelieve || isBelievedMissing else {
            go(to: .discover, after: backoff.next(using: &generator))
            return outcome
        }
        unlisted = nil
        for name in known.keys.sorted() { remove(name, &outcome) }
        report(.missing, &outcome)
        synchronize(&outcome)
        go(to: .discover, after: min(backoff.next(using: &generator), Self.longestPauseWhileMissing))
        return outcome
    }

    /// Whether the kind already counts as empty because it is missing.
    private var isBelievedMissing: Bool { trouble == .missing }

    /// The longest wait before a missing kind is looked for again, so that one that is added is found soon.
    static var longestPauseWhileMissing: Duration { .seconds(10) }
}

extension ServedObject {
    /// Which state it is; `nil` where that cannot be read.
    var revision: Revision? {
        switch self {
        case .readable(_, let revision), .unreadable(_, _, let revision): revision
        case .unknown: nil
        }
    }
}
