import Foundation
import KubernetesAPI
import MeshModel
import NIOCore
import NIOHTTP1
import SwiftProtobuf
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("What a list and a watch say in protobuf")
struct ProtobufDecodingTests {
    private static let headers: [(String, String)] = [("Content-Type", "application/vnd.kubernetes.protobuf")]

    private static func metadata(_ name: String, version: String = "7") -> Meta_ObjectMeta {
        .with {
            $0.name = name
            $0.namespace = "n"
            $0.uid = "u"
            $0.resourceVersion = version
        }
    }

    static func enveloped(_ message: some SwiftProtobuf.Message) throws -> Data {
        let unknown = try Runtime_Unknown.with { $0.raw = try message.serializedBytes() }
        return Data("k8s\0".utf8) + (try unknown.serializedBytes() as Data)
    }

    private static func event(_ type: String, _ object: Data) throws -> ByteBuffer {
        ByteBuffer(
            bytes: try Meta_WatchEvent.with {
                $0.type = type
                $0.object.raw = object
            }.serializedBytes() as [UInt8])
    }

    private static func read(_ event: ByteBuffer) throws -> WatchEvent<Pod> {
        try ObjectFormat<Pod>.protobuf.event(event, isProtobuf: true)
    }

    private static func response(_ body: Data) -> APIResponse {
        APIResponse(status: 200, headers: .init(headers), body: [UInt8](body))
    }

    /// A pod that a real server sent, in both forms.
    private static func recorded(_ ending: String) throws -> Data {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try Data(contentsOf: tests.appending(path: "CompileBench/Recorded/pod.\(ending)"))
    }

    @Test("A recorded pod is the same in both forms")
    func recordedPod() throws {
        let json = try JSONDecoder().decode(ServedObject<Pod>.self, from: Self.recorded("json"))
        let pod = ServedObject<Pod>(protobuf: try Self.recorded("pb"))
        #expect(pod == json)
        guard case .readable(let object, let revision) = pod else {
            Issue.record("\(pod)")
            return
        }
        #expect(object.workload == Workload(kind: "Deployment", name: "app-0000"))
        #expect(object.mountsProxyToken)
        #expect(object.ports.map(\.port) == [8080, 8080])
        #expect(object.addresses == [IPAddress("10.100.100.100")])
        #expect(revision.resourceVersion == "195")
    }

    @Test("Events are read, an object that cannot be with its metadata and what is wrong")
    func events() throws {
        let good = Core_Pod.with { $0.metadata = Self.metadata("a") }
        let pod = ServedObject<Pod>.readable(
            Pod(
                metadata: ObjectMetadata(name: "a", namespace: "n", uid: "u"), phase: "", mountsProxyToken: false),
            Revision(uid: "u", resourceVersion: "7"))
        #expect(try Self.read(Self.event("ADDED", Self.enveloped(good))) == .set(pod))
        #expect(try Self.read(Self.event("MODIFIED", Self.enveloped(good))) == .set(pod))
        #expect(try Self.read(Self.event("DELETED", Self.enveloped(good))) == .removed(pod))
        #expect(throws: (any Error).self) { try Self.read(Self.event("NOVEL", Self.enveloped(good))) }
        #expect(throws: (any Error).self) { try Self.read(Self.event("ADDED", good.serializedBytes())) }
        #expect(throws: (any Error).self) { try Self.read(Self.event("ADDED", Data())) }
        #expect(throws: (any Error).self) { try Self.read(ByteBuffer()) }

        let badPort = Core_Pod.with {
            $0.metadata = Self.metadata("b")
            $0.spec.containers = [.with { $0.ports = [.with { $0.containerPort = 70_000 }] }]
        }
        let metadata = ObjectMetadata(name: "b", namespace: "n", uid: "u")
        let problem = Problem(
            path: "spec.containers", message: "70000 is not a port: write a number from 1 to 65535")
        #expect(
            try Self.read(Self.event("ADDED", Self.enveloped(badPort)))
                == .set(.unreadable(metadata, problem, Revision(uid: "u", resourceVersion: "7"))))
        // The name of its second field, the spec, with what is no message.
        var broken: [UInt8] = try Meta_PartialObjectMetadata.with { $0.metadata = Self.metadata("b") }.serializedBytes()
        broken += [0x12, 2, 0x0A, 9]
        guard case .unreadable(metadata, _, _) = ServedObject<Pod>(protobuf: Data(broken)) else {
            Issue.record("\(ServedObject<Pod>(protobuf: Data(broken)))")
            return
        }
        let nameless = ServedObject<Pod>(
            protobuf: try Core_Pod.with { $0.metadata.resourceVersion = "7" }.serializedBytes())
        #expect(nameless == .unknown(Problem(path: "metadata.name", message: "is missing")))
    }

    @Test("A text that is no UTF-8, which the server lets pass, does not hide whose change or end is told")
    func otherText() throws {
        let good =
            try Core_Pod.with {
                $0.metadata = Self.metadata("a")
                $0.metadata.annotations["note"] = "\u{1}\u{2}\u{3}"
                $0.metadata.ownerReferences = [.with { $0.name = "\u{4}\u{5}\u{6}" }]
            }.serializedBytes() as Data
        for (from, to) in [([1, 2, 3], [1, 0xFF, 3]), ([4, 5, 6], [4, 0xC3, 6])] as [([UInt8], [UInt8])] {
            var bad = good
            bad.replaceSubrange(try #require(good.firstRange(of: Data(from))), with: to)
            #expect(throws: (any Error).self) { try Core_Pod(serializedBytes: bad) }
            let metadata = ObjectMetadata(name: "a", namespace: "n", uid: "u")
            for (type, isEnd) in [("MODIFIED", false), ("DELETED", true)] {
                let enveloped =
                    try Runtime_Unknown.with { $0.raw = bad }.serializedBytes() as Data
                let event = try Self.read(Self.event(type, Data("k8s\0".utf8) + enveloped))
                let served: ServedObject<Pod>
                switch event {
                case .set(let object) where !isEnd: served = object
                case .removed(let object) where isEnd: served = object
                default:
                    Issue.record("\(event)")
                    continue
                }
                guard case .unreadable(metadata, _, Revision(uid: "u", resourceVersion: "7")) = served else {
                    Issue.record("\(served)")
                    continue
                }
                #expect(served.name == ObjectName(namespace: "n", name: "a"))
            }
        }
    }

    @Test("Bookmarks and errors are read")
    func control() throws {
        var bookmark = Meta_PartialObjectMetadata.with { $0.metadata.resourceVersion = "12" }
        #expect(
            try Self.read(Self.event("BOOKMARK", Self.enveloped(bookmark)))
                == .bookmark(resourceVersion: "12", endsInitialEvents: false))
        bookmark.metadata.annotations["k8s.io/initial-events-end"] = "true"
        #expect(
            try Self.read(Self.event("BOOKMARK", Self.enveloped(bookmark)))
                == .bookmark(resourceVersion: "12", endsInitialEvents: true))
        let status = Meta_Status.with {
            $0.message = "too old"
            $0.reason = "Expired"
            $0.code = 410
        }
        let expected = APIStatus(message: "too old", reason: "Expired", details: nil, code: 410)
        #expect(try Self.read(Self.event("ERROR", Self.enveloped(status))) == .failed(expected))
        let refusal = APIResponse(
            status: 410, headers: .init(Self.headers), body: [UInt8](try Self.enveloped(status)))
        #expect(refusal.error("GET /x").code == .gone)
        #expect(refusal.error("GET /x").message == "GET /x: too old")
    }

    @Test("One bad object does not spoil a list, and a list without its place is none")
    func page() throws {
        var list = try Meta_ObjectList.with {
            $0.metadata.resourceVersion = "40"
            $0.metadata.continue = "next"
            $0.items = [
                try Core_Pod.with { $0.metadata = Self.metadata("a") }.serializedBytes(), Data([0x0A, 200]), Data(),
                try Core_Pod.with { $0.metadata = Self.metadata("b") }.serializedBytes(),
            ]
        }
        let page = try ObjectFormat<Pod>.protobuf.page(Self.response(Self.enveloped(list)), "GET /x")
        #expect(page.resourceVersion == "40")
        #expect(page.continuation == "next")
        #expect(page.objects.map(\.name?.name) == ["a", nil, nil, "b"])
        list = .with { $0.metadata.resourceVersion = "1" }
        #expect(
            try ObjectFormat<Pod>.protobuf.page(Self.response(Self.enveloped(list)), "GET /x")
                == ListPage(objects: [], resourceVersion: "1", continuation: nil))
        #expect(throws: KubernetesError.self) {
            try ObjectFormat<Pod>.protobuf.page(Self.response(Self.enveloped(Meta_ObjectList())), "GET /x")
        }
    }

    @Test("Bytes that are damaged anywhere are read or refused, and nothing else happens")
    func damage() throws {
        let pod = try Self.recorded("pb")
        let list = Meta_ObjectList.with {
            $0.metadata.resourceVersion = "40"
            $0.items = [pod, pod]
        }
        let body = try Self.enveloped(list)
        let event = try Self.event("ADDED", Self.enveloped(Core_Pod(serializedBytes: pod)))
        var generator = SeededGenerator(seed: 3)
        var (refused, read) = (0, 0)
        func attempt(_ damaged: Data) {
            _ = ServedObject<Pod>(protobuf: damaged)
            _ = ServedObject<MeshModel.Service>(protobuf: damaged)
            _ = ServedObject<EndpointSlice>(protobuf: damaged)
            _ = Self.response(damaged).error("x")
            for isPage in [true, false] {
                do {
                    if isPage {
                        _ = try ObjectFormat<Pod>.protobuf.page(Self.response(damaged), "x")
                    } else {
                        _ = try Self.read(ByteBuffer(bytes: damaged))
                    }
                    read += 1
                } catch {
                    refused += 1
                }
            }
        }
        let originals = [pod, body, Data(event.readableBytesView)]
        for original in originals {
            for _ in 0..<(isSoak ? 20_000 : 500) {
                var damaged = original
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    damaged[Int.random(in: 0..<damaged.count, using: &generator)] = .random(
                        in: 0...255, using: &generator)
                }
                attempt(damaged)
                attempt(Data(original.prefix(Int.random(in: 0..<original.count, using: &generator))))
            }
        }
        #expect(refused > 100)
        #expect(read > 100)
    }
}
