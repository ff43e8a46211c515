/// What a stream knows of each type of resource.
///
/// Each message of each proxy looks at all types, mostly to find that there is nothing to do. So they are kept by the
/// types' places, are read and changed where they are, and what is asked most often stands beside them: a copy of a
/// subscription would count the references of a dozen sets.
struct Subscriptions: Sendable {
    /// What follows from what is known of a type, and has no references to count.
    struct Standing: Equatable, Sendable {
        /// Whether there was a request for the type; without one nothing is known, and all else is as here.
        var isRequested = false
        var isSettled = true
        var settled: Revision = 0
        var hasNothingToSay = true
        var refusesNothing = true
        var loses = false

        /// The revision up to which the proxy has everything that it follows of the type.
        ///
        /// - Parameter revision: The latest that was told.
        func settledRevision(at revision: Revision) -> Revision { isSettled ? revision : settled }
    }

    private static let none = TypeSubscription(settled: 0)

    private var places = [TypeSubscription](repeating: none, count: ResourceType.all.count)
    private var standings = [Standing](repeating: Standing(), count: ResourceType.all.count)

    /// How it stands with a type.
    func standing(of type: ResourceType) -> Standing { standings[Int(type.rank)] }

    /// Whether there was a request for a type.
    func isRequested(_ type: ResourceType) -> Bool { standing(of: type).isRequested }

    /// Looks at what is known of a type; `nil` before the first request for it, and while it is taken out.
    func read<Result>(_ type: ResourceType, _ body: (TypeSubscription) -> Result) -> Result? {
        guard isRequested(type) else { return nil }
        return places.withUnsafeBufferPointer { body($0[Int(type.rank)]) }
    }

    /// Changes what is known of a type; nothing before the first request for it, and while it is taken out.
    mutating func change(_ type: ResourceType, _ body: (inout TypeSubscription) -> Void) {
        let place = Int(type.rank)
        guard standings[place].isRequested else { return }
        body(&places[place])
        standings[place] = places.withUnsafeBufferPointer { $0[place].standing }
    }

    /// Takes out what is known of a type, to be put back; `nil` before the first request for it.
    mutating func take(_ type: ResourceType) -> TypeSubscription? {
        let place = Int(type.rank)
        guard standings[place].isRequested else { return nil }
        var taken = Self.none
        swap(&taken, &places[place])
        standings[place] = Standing()
        return taken
    }

    /// Puts in what is known of a type.
    ///
    /// - Parameter subscription: Nothing afterwards.
    mutating func put(_ subscription: inout TypeSubscription, _ type: ResourceType) {
        standings[Int(type.rank)] = subscription.standing
        places[Int(type.rank)] = Self.none
        swap(&subscription, &places[Int(type.rank)])
    }

    /// What is settled now stays so up to a revision, whatever comes.
    mutating func settle(at revision: Revision) {
        for place in standings.indices where standings[place].isRequested && standings[place].isSettled {
            places[place].settled = revision
            standings[place].settled = revision
        }
    }
}

extension TypeSubscription {
    /// How it stands with the type.
    var standing: Subscriptions.Standing {
        Subscriptions.Standing(
            isRequested: true, isSettled: isSettled, settled: settled, hasNothingToSay: hasNothingToSay,
            refusesNothing: refusesNothing, loses: !leaving.isEmpty)
    }
}
