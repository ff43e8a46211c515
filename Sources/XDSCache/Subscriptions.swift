/// What a stream knows of each type of resource.
///
/// Kept by the types' places: this is looked at several times for each message of each proxy, and nothing is hashed or
/// copied for it.
struct Subscriptions: Sendable {
    private var places = [TypeSubscription?](repeating: nil, count: ResourceType.all.count)

    /// What it knows of a type; `nil` before the first request for it.
    subscript(type: ResourceType) -> TypeSubscription? {
        _read { yield places[Int(type.rank)] }
        _modify { yield &places[Int(type.rank)] }
    }

    /// Takes out what it knows of a type, to be put back: so it is changed in place.
    mutating func removeValue(forKey type: ResourceType) -> TypeSubscription? {
        var taken: TypeSubscription?
        swap(&taken, &places[Int(type.rank)])
        return taken
    }
}
