extension Telemetry {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata)
    }

    /// The format, the collector and its attributes.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        guard let accessLog else { return list.problems }
        if let format = accessLog.format { Self.check(format, &list) }
        guard let collector = accessLog.openTelemetry else { return list.problems }
        let path = "spec.accessLog.openTelemetry"
        list.checkName(collector.extensionService.namespace, "\(path).extensionService.namespace", isLabel: true)
        list.checkName(collector.extensionService.name, "\(path).extensionService.name")
        list.checkCount(collector.attributes.count, "\(path).attributes", most: Self.mostAttributes)
        let size = collector.attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard collector.attributes.count <= Self.mostAttributes, size <= LogFormat.longestText else {
            if size > LogFormat.longestText {
                list.add("\(path).attributes", "are longer than \(LogFormat.longestText) bytes")
            }
            return list.problems
        }
        for (name, value) in collector.attributes.sorted(by: { $0.key < $1.key }) {
            if name.isEmpty { list.add("\(path).attributes", "has an attribute without a name") }
            if let mistake = FormatString(value).mistake { list.add("\(path).attributes[\(name)]", mistake) }
        }
        return list.problems
    }

    /// The most attributes: each is made for every request.
    private static let mostAttributes = 100

    private static func check(_ text: String, _ list: inout ProblemList) {
        let path = "spec.accessLog.format"
        guard !text.isEmpty else { return list.add(path, "is empty: write a format, or leave it out") }
        guard text.utf8.count <= LogFormat.longestText else {
            return list.add(path, "is longer than \(LogFormat.longestText) bytes")
        }
        let format = LogFormat(text)
        if case .json(let fields) = format, LogValue.object(fields).depth > LogFormat.deepestValue {
            return list.add(path, "has values in more than \(LogFormat.deepestValue) levels")
        }
        for (place, text) in format.strings {
            guard let mistake = FormatString(text).mistake else { continue }
            list.add(path, place.isEmpty ? mistake : "field \(place): \(mistake)")
        }
    }
}
