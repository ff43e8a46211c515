/// Gathers what is wrong with an object, in the order in which its fields are looked at.
struct ProblemList {
    /// What has been found so far.
    private(set) var problems: [Problem] = []

    /// Adds a problem.
    mutating func add(_ path: String, _ message: String) {
        problems.append(Problem(path: path, message: message))
    }

    /// Checks the name and namespace of an object.
    ///
    /// - Parameter isLabel: Whether the object's name must be a single DNS label, as those of Services and
    ///   Namespaces, rather than several joined by dots.
    mutating func check(_ metadata: ObjectMetadata, of kind: ObjectKind, isLabel: Bool = false) {
        checkName(metadata.name, "metadata.name", isLabel: isLabel)
        if !kind.isClusterScoped { checkName(metadata.namespace, "metadata.namespace", isLabel: true) }
    }

    /// Checks the name of an object.
    mutating func checkName(_ name: String, _ path: String, isLabel: Bool = false) {
        if name.isEmpty {
            add(path, "is missing")
        } else if !(isLabel ? DNSName.isLabel(name) : DNSName.isSubdomain(name)) {
            let length = isLabel ? DNSName.maximumLabelLength : DNSName.maximumLength
            add(
                path,
                "`\(name)` is not a name: write lower-case letters, digits\(isLabel ? "" : ", dots") and hyphens, "
                    + "a letter or digit first and last, at most \(length) characters")
        }
    }

    /// Checks the number of a port.
    mutating func checkPort(_ port: Int, _ path: String) {
        if !(1...65535).contains(port) { add(path, "\(port) is not a port: write a number from 1 to 65535") }
    }

    /// Checks a range of addresses in CIDR notation, of either family.
    mutating func checkRange(_ text: String, _ path: String) {
        guard IPRange(text) == nil else { return }
        add(
            path,
            text.isEmpty
                ? "is missing: write a range of addresses such as 10.0.0.0/8 or fd00::/8"
                : "`\(text)` is not a range of addresses: write one such as 10.0.0.0/8 or fd00::/8")
    }

    /// The most entries of a list that proxies work through for each request or connection.
    static let mostEntries = 1_000

    /// Checks how many entries a list has.
    mutating func checkCount(_ count: Int, _ path: String, most: Int = mostEntries) {
        if count > most { add(path, "has \(count) entries: write at most \(most)") }
    }

    /// Checks the host of a service outside the mesh: an address, or a name of DNS in letters of either case.
    ///
    /// - Parameter example: A name that would be right.
    mutating func checkHost(
        _ host: String, _ path: String, such example: String = "collector.monitoring.svc.cluster.local"
    ) {
        if host.isEmpty {
            add(path, "is missing: write a name such as \(example), or an address")
        } else if IPAddress(host) == nil {
            // A dot at the end says that the name is whole.
            let name = host.hasSuffix(".") ? String(host.dropLast()) : host
            if !DNSName.isSubdomain(name.lowercased()) {
                add(path, "`\(host)` is not a host: write a name of DNS, or an address, without a port or a path")
            }
        }
    }

    /// Checks that a word is one of those that have a meaning.
    mutating func checkWord(_ word: String, _ path: String, oneOf words: [String]) {
        guard !words.contains(word) else { return }
        let list = words.joined(separator: ", ")
        add(path, word.isEmpty ? "is missing: write \(list)" : "`\(word)` has no meaning here: write \(list)")
    }

    /// Checks an expression.
    mutating func checkExpression(_ text: String, _ path: String) {
        do throws(RegularExpression.Malformed) {
            _ = try RegularExpression(text)
        } catch {
            add(path, error.message)
        }
    }

    /// Checks a duration in Go's spelling; empty stands for none.
    mutating func checkDuration(_ text: String, _ path: String, mustBePositive: Bool = false) {
        guard !text.isEmpty || mustBePositive else { return }
        guard let parsed = GoDuration(text) else {
            return add(path, "`\(text)` is not a duration: write numbers with units, such as 90s, 1h30m or 500ms")
        }
        if parsed.duration < .zero || (mustBePositive && parsed.duration == .zero) {
            add(path, "`\(text)` is \(parsed.duration == .zero ? "zero" : "negative"): write a time such as 24h")
        }
    }
}

/// The names that Kubernetes accepts (RFC 1123).
enum DNSName {
    /// The longest label.
    static let maximumLabelLength = 63
    /// The longest name of several labels.
    static let maximumLength = 253

    /// Whether a text is one label.
    static func isLabel(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= maximumLabelLength else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    /// Whether a text is one label or several joined by dots.
    static func isSubdomain(_ text: String) -> Bool {
        guard text.utf8.count <= maximumLength else { return false }
        // Only the whole is limited in length, as in Kubernetes.
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, let last = part.utf8.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && part.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
