/// What the kernel tells about a directory, gathered until it is acted upon.
struct DirectorySigns: Equatable {
    /// The names of manifests that were written, replaced or removed, and are not being written.
    private(set) var names: Set<String> = []
    /// The names of manifests whose content became different: what was read meanwhile may be half of it.
    private(set) var torn: Set<String> = []
    /// The names of manifests that are being written: their writers have not closed them yet.
    private var unfinished: Set<String> = []
    /// Some manifest went away.
    var hasRemoval = false
    /// Anything may have changed: all files must be read.
    var isIncomplete = false
    /// The directory itself, or one that it is in, was replaced or removed: it must be watched anew.
    var isStale = false

    /// Whether there is nothing to do.
    var isQuiet: Bool { names.isEmpty && !isIncomplete && !isStale }

    /// A file is being written, in place: it is not worth reading before its writer closes it.
    mutating func noteWriting(of name: String) {
        torn.insert(name)
        unfinished.insert(name)
        names.remove(name)
    }

    /// A file is to be read, or is gone.
    mutating func noteChange(of name: String) {
        unfinished.remove(name)
        names.insert(name)
    }

    /// A file is to be read again, if it is not being written.
    mutating func noteDue(_ name: String) {
        if !unfinished.contains(name) { names.insert(name) }
    }

    /// Takes the signs to act upon, leaving none but of what is being written.
    mutating func takeAll() -> DirectorySigns {
        let all = self
        self = DirectorySigns()
        torn = all.unfinished
        unfinished = all.unfinished
        return all
    }
}
