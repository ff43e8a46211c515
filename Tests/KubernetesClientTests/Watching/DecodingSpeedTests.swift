import Foundation
import MeshModel
import NIOCore
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("Large lists")
struct DecodingSpeedTests {
    /// A pod as the API server sends it, with what nobody here reads.
    private static func pod(_ number: Int) -> String {
        let environment = (0..<20).map { "{\"name\":\"VARIABLE_\($0)\",\"value\":\"the value of variable \($0)\"}" }
        let managed = (0..<60).map { "\"f:field\($0)\":{}" }
        let container = """
            {"name":"main","image":"registry/app:1.2.3","ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}],
             "env":[\(environment.joined(separator: ","))],"resources":{"limits":{"cpu":"1","memory":"1Gi"}},
             "volumeMounts":[{"name":"t","mountPath":"/t"}],"terminationMessagePath":"/dev/termination-log"}
            """
        return """
            {"metadata":{"name":"app-7d9f8b6c5d-\(number)","namespace":"namespace-\(number % 50)",
             "uid":"0b5a7c1e-4a1d-4f57-9a55-\(100_000_000_000 + number)","resourceVersion":"\(1_000_000 + number)",
             "creationTimestamp":"2026-01-31T12:00:00Z","labels":{"app":"app","pod-template-hash":"7d9f8b6c5d"},
             "annotations":{"a":"\(String(repeating: "y", count: 300))"},
             "managedFields":[{"manager":"kubelet","operation":"Update","apiVersion":"v1",
              "fieldsV1":{\(managed.joined(separator: ","))}}]},
             "spec":{"serviceAccountName":"app","nodeName":"node","containers":[\(container),\(container)],
              "volumes":[{"name":"t","projected":{"sources":[{"serviceAccountToken":{"audience":"osm-xds"}}]}}]},
             "status":{"phase":"Running","podIP":"10.0.0.1","podIPs":[{"ip":"10.0.0.1"}],
              "conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-31T12:00:00Z"}]}}
            """
    }

    @Test("Are read page by page into what the mesh uses")
    func pods() throws {
        let count = isSoak ? 10_000 : 1_000
        var state = WatchState<Pod>()
        state.discovered()
        var (bytes, time, changes) = (0, Duration.zero, 0)
        for first in stride(from: 0, to: count, by: APIRequest.pageSize) {
            let items = (first..<first + APIRequest.pageSize).map(Self.pod).joined(separator: ",")
            let more = first + APIRequest.pageSize < count ? "more" : ""
            let json = Data(
                "{\"metadata\":{\"resourceVersion\":\"9\",\"continue\":\"\(more)\"},\"items\":[\(items)]}".utf8)
            bytes += json.count
            let start = ContinuousClock.now
            changes += state.listed(try JSONDecoder().decode(ListPage<Pod>.self, from: json)).changes.count
            time += .now - start
        }
        #expect(changes == count)
        #expect(state.isSynchronized)
        print("decoding: \(count) pods, \(bytes >> 20) MiB of JSON, in \(time)")
    }

    @Test("A line of many megabytes costs no more than its length")
    func longLine() throws {
        var splitter = LineSplitter(limit: 16 << 20)
        let part = ByteBuffer(repeating: UInt8(ascii: "x"), count: 4096)
        var lines = 0
        for _ in 0..<4000 { lines += try splitter.append(part).count }
        lines += try splitter.append(ByteBuffer(string: "\n")).count
        #expect(lines == 1)
        #expect(splitter.pendingBytes == 0)
    }
}
