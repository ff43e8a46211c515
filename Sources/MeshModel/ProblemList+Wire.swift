/// Checks of what goes to proxies as it is: they would refuse the whole resource.
extension ProblemList {
    /// The longest duration that is accepted: proxies add it to their clocks.
    private static let longestDuration = Duration.seconds(365 * 24 * 3600)
    /// The longest text, in bytes.
    private static let longestText = UpstreamTrafficSetting.longestText

    /// Checks that a number is in a range; `nil` stands for none.
    mutating func checkNumber(_ number: Int?, _ path: String, _ range: ClosedRange<Int>) {
        guard let number, !range.contains(number) else { return }
        add(path, "\(number) is out of range: write a number from \(range.lowerBound) to \(range.upperBound)")
    }

    /// The shortest time between what every client's proxy does again and again.
    static let shortestInterval = Duration.milliseconds(50)

    /// Checks a duration of at most a year; an empty one stands for none.
    ///
    /// - Parameter least: The shortest that is not zero: proxies count in milliseconds.
    mutating func checkDuration(
        _ duration: WrittenDuration?, _ path: String, mustBePositive: Bool = false, least: Duration = .milliseconds(1)
    ) {
        guard let duration, !duration.text.isEmpty else { return }
        checkDuration(duration.text, path, mustBePositive: mustBePositive)
        if let span = duration.duration, span > .zero, span < least {
            add(path, "`\(duration.text)` is too short: write at least \(Int(least / .milliseconds(1))) ms")
        }
        if let limit = duration.duration, limit > Self.longestDuration {
            add(path, "`\(duration.text)` is longer than a year: leave it out for no limit")
        }
    }

    /// Checks that a text is there and not too long; `nil` stands for a default.
    ///
    /// - Parameter mayBeEmpty: Whether the empty text has a meaning.
    mutating func checkText(_ text: String, _ path: String, mayBeEmpty: Bool = false) {
        if text.isEmpty {
            if !mayBeEmpty { add(path, "is empty") }
        } else if text.utf8.count > Self.longestText {
            add(path, "is longer than \(Self.longestText) bytes")
        } else if text.utf8.contains(0) {
            add(path, "has a character that cannot be sent")
        }
    }

    /// Checks a text for which an empty one stands for a default, as `nil` does.
    mutating func checkText(_ text: String?, _ path: String) {
        if let text { checkText(text, path, mayBeEmpty: true) }
    }

    /// Checks the name of a header, or of something that is spelled like one.
    ///
    /// - Parameters:
    ///   - noun: What it names.
    ///   - isOfRequest: Whether it is read from a request, so that `:path` and the like have a meaning.
    mutating func checkHeaderName(_ name: String, _ path: String, of noun: String = "header", isOfRequest: Bool = false)
    {
        let word = isOfRequest && name.hasPrefix(":") ? String(name.dropFirst()) : name
        if name.isEmpty {
            add(path, "is missing")
        } else if name.utf8.count > Self.longestText {
            add(path, "is longer than \(Self.longestText) bytes")
        } else if !HeaderName.isToken(word) {
            add(path, "`\(name)` is not the name of a \(noun)")
        } else if !isOfRequest, noun == "header", name.lowercased() == "host" {
            add(path, "`\(name)` cannot be used here")
        }
    }

    /// Checks the value of a header that a proxy adds.
    mutating func checkHeaderValue(_ value: String, _ path: String) {
        checkText(value, path)
        if value.utf8.contains(where: { $0 == 0x7f || ($0 < 0x20 && $0 != 0x09 && $0 != 0) }) {
            add(path, "has a character that no header may have")
        }
    }

    /// Checks that exactly one of some fields is there.
    mutating func checkOne(of fields: KeyValuePairs<String, Bool>, _ path: String) {
        let present = fields.filter(\.value).map(\.key)
        guard present.count != 1 else { return }
        let list = fields.map(\.key).joined(separator: ", ")
        add(
            path,
            present.isEmpty
                ? "says nothing: write one of \(list)"
                : "has \(present.joined(separator: " and ")): write only one of \(list)")
    }
}

/// The names of headers (RFC 9110, `token`).
enum HeaderName {
    /// Whether a text can be the name of a header.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
