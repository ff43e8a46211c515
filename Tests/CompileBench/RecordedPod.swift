import Foundation

/// A pod as a real API server sent it, of which more are made by writing other names, of equal length, in their places.
struct RecordedPod {
    /// The forms in which the server sends it.
    enum Form: String {
        case json
        case protobuf = "pb"
    }

    /// What distinguishes one pod from another: a text of the recording, and the digits at its end.
    private struct Place {
        let offset: Int
        let digits: Int
        let number: (Int) -> Int
    }

    private let bytes: [UInt8]
    private let places: [Place]

    init(_ form: Form) throws {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Recorded")
        let data = try Data(contentsOf: directory.appending(path: "pod.\(form.rawValue)"))
        let bytes = [UInt8](form == .json ? data.dropLast() : data)
        var places: [Place] = []
        func find(_ text: String, digits: Int, _ number: @escaping (Int) -> Int) {
            var start = bytes.startIndex
            while let range = bytes[start...].firstRange(of: Array(text.utf8)) {
                places.append(Place(offset: range.upperBound - digits, digits: digits, number: number))
                start = range.upperBound
            }
        }
        find("app-0000", digits: 4) { $0 / 10 }
        find("7d9f8b6c5d-10000", digits: 5) { $0 }
        find("namespace-00", digits: 2) { $0 / 500 }
        find("node-00", digits: 2) { $0 }
        find("zone-0", digits: 1) { $0 % 3 }
        find("1a26056d-71d9-4a6c-9460-3c049031faeb", digits: 12) { $0 }
        // The address's last three parts.
        for (part, text) in ["10.100", "10.100.100", "10.100.100.100"].enumerated() {
            find(text, digits: 2) { part == 0 ? $0 / 10_000 : part == 1 ? $0 / 100 : $0 }
        }
        self.bytes = bytes
        self.places = places
    }

    /// The pod of a number: equal numbers, equal bytes.
    subscript(number: Int) -> [UInt8] {
        var copy = bytes
        for place in places {
            var rest = place.number(number)
            for digit in (0..<place.digits).reversed() {
                copy[place.offset + digit] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
        }
        return copy
    }
}
