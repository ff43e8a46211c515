package import KubernetesAPI
package import MeshModel

// Of these kinds the mesh reads the metadata alone.

extension Namespace: ProtobufObject {
    /// The namespace that a message stands for.
    package init(_ message: Meta_PartialObjectMetadata) { self.init(metadata: ObjectMetadata(message.metadata)) }
}

extension ServiceAccount: ProtobufObject {
    /// The service account that a message stands for.
    package init(_ message: Meta_PartialObjectMetadata) { self.init(metadata: ObjectMetadata(message.metadata)) }
}
