internal import FoundationEssentials
internal import KubernetesAPI
internal import MeshModel

extension ServedObject where Object: ProtobufObject {
    /// Reads an object; never throws, so that one bad object does not spoil a list.
    ///
    /// - Parameter bytes: The object's message.
    init(protobuf bytes: Data) {
        do {
            let message = try Object.Message(known: bytes)
            self.init(message.metadata, Result { try Object(message) })
        } catch {
            // The metadata alone may still be readable, or what nobody but the server writes: an object that cannot be read
            // must not stand for ever, nor what was known of it before.
            if let partial = try? Meta_PartialObjectMetadata(known: bytes) {
                self.init(partial.metadata, .failure(error))
            } else if let identity = try? Meta_ObjectIdentity(known: bytes) {
                self.init(Meta_ObjectMeta(identity.metadata), .failure(error))
            } else {
                self = .unknown(Problem(error, below: 0))
            }
        }
    }

    private init(_ metadata: Meta_ObjectMeta, _ object: Result<Object, any Error>) {
        guard !metadata.resourceVersion.isEmpty else {
            self = .unknown(Problem(path: "metadata.resourceVersion", message: "is missing"))
            return
        }
        guard !metadata.name.isEmpty else {
            self = .unknown(Problem(path: "metadata.name", message: "is missing"))
            return
        }
        switch object {
        case .success(let object):
            // The object's own text, so that the uid of each of many objects is kept once.
            self = .readable(
                object, Revision(uid: object.metadata.uid, resourceVersion: metadata.resourceVersion))
        case .failure(let error):
            self = .unreadable(
                ObjectMetadata(metadata), Problem(error, below: 0),
                Revision(uid: metadata.uid, resourceVersion: metadata.resourceVersion))
        }
    }
}

extension Meta_ObjectMeta {
    fileprivate init(_ identity: Meta_ObjectIdentity.Metadata) {
        self.init()
        name = identity.name
        namespace = identity.namespace
        uid = identity.uid
        resourceVersion = identity.resourceVersion
    }
}
