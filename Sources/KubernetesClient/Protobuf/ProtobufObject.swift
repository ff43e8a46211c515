package import KubernetesAPI
package import MeshModel
package import SwiftProtobuf

/// An object of Kubernetes itself, which API servers send in protobuf as well as in JSON.
///
/// Protobuf is shorter, and read in a fraction of the time. Custom resources are sent in JSON alone.
package protocol ProtobufObject: MeshObject {
    /// What it is in protobuf, in the newest version of its kind.
    associatedtype Message: ObjectMessage

    /// The object that a message stands for: what decoding its JSON gives.
    ///
    /// - Throws: ``UnreadableField``.
    init(_ message: Message) throws
}

/// What the messages of all kinds have.
package protocol ObjectMessage: SwiftProtobuf.Message {
    /// The object's metadata.
    var metadata: Meta_ObjectMeta { get }
}

extension Core_Pod: ObjectMessage {}
extension Core_Service: ObjectMessage {}
extension Discovery_EndpointSlice: ObjectMessage {}
extension Meta_PartialObjectMetadata: ObjectMessage {}

/// A field of a message holds what has no meaning here.
struct UnreadableField: Error {
    /// Which field, and what is wrong.
    let problem: Problem
}

extension UInt16 {
    /// The number of a port in a message; 0 is left for `validate()` to report.
    ///
    /// - Parameters:
    ///   - number: The number.
    ///   - path: The path of its field.
    /// - Throws: ``UnreadableField``.
    init(port number: Int32, at path: @autoclosure () -> String) throws {
        guard let port = UInt16(exactly: number) else {
            throw UnreadableField(
                problem: Problem(
                    path: path(), message: "\(number) is not a port: write a number from 1 to 65535"))
        }
        self = port
    }
}

extension ObjectMetadata {
    /// The metadata that a message stands for.
    init(_ message: Meta_ObjectMeta) {
        self.init(
            name: message.name, namespace: message.namespace, uid: message.uid, generation: message.generation,
            // A time that is not set is sent without seconds.
            creation: message.creationTimestamp.hasSeconds
                ? Timestamp(seconds: message.creationTimestamp.seconds) : nil,
            labels: message.labels,
            annotations: Self.kept(message.annotations))
    }
}
