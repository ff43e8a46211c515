import GRPCCore

/// gRPC messages as they are: bytes, without protobuf.
struct RawBytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ serializedMessageBytes: Bytes) throws -> [UInt8] {
        serializedMessageBytes.withUnsafeBytes { [UInt8]($0) }
    }
}

/// The methods of the service `osm.test.Echo`, and the one that says whether it is healthy.
enum EchoMethod {
    /// One message in, one out.
    static let say = MethodDescriptor(fullyQualifiedService: "osm.test.Echo", method: "Say")
    /// Both directions stream: one message out for each that comes in.
    static let stream = MethodDescriptor(fullyQualifiedService: "osm.test.Echo", method: "Stream")
    /// The health of the server, as probes ask for it (`grpc.health.v1`).
    static let check = MethodDescriptor(fullyQualifiedService: "grpc.health.v1.Health", method: "Check")
}
