import Foundation
import Testing

@Suite("The generated code is that of the .proto files")
struct GeneratedCodeTests {
    @Test("Every .proto file has its generated file, and nothing else is there", arguments: Checkout.API.allCases)
    func files(api: Checkout.API) throws {
        let protos = try Checkout.files(of: api, in: "protos", suffix: ".proto")
        let expected = protos.map {
            $0.replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: ".proto", with: ".pb.swift")
        }
        #expect(!protos.isEmpty)
        #expect(try Checkout.files(of: api, in: "Generated", suffix: "") == expected.sorted())
    }

    @Test(
        "Neither the .proto files nor the generated ones changed since hack/protos.sh wrote them",
        arguments: Checkout.API.allCases)
    func checksums(api: Checkout.API) throws {
        let sums = try String(contentsOf: api.protos.appending(path: "SHA256SUMS"), encoding: .utf8)
        let listed = sums.split(separator: "\n").map { String($0.dropFirst(66)) }
        let there =
            try Checkout.files(of: api, in: "protos", suffix: ".proto").map { "protos/\($0)" }
            + Checkout.files(of: api, in: "Generated", suffix: ".swift").map { "Generated/\($0)" }
        #expect(listed.sorted() == there.sorted(), "run hack/protos.sh")
        // The files as they are now, one line each in the form of the list.
        let current = try Checkout.run("/usr/bin/sha256sum", listed, in: api.directory)
        #expect(
            Set(current.split(separator: "\n")).symmetricDifference(sums.split(separator: "\n")) == [],
            "run hack/protos.sh")
    }
}
