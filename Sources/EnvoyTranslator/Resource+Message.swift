internal import SwiftProtobuf
internal import XDSCache

extension Resource {
    /// A resource that holds a message.
    ///
    /// - Parameters:
    ///   - name: What proxies call it: the name within the message.
    ///   - variant: Which of the resources of that name; empty where there is only one.
    ///   - message: The message.
    ///   - references: Every resource that the message names.
    ///   - origins: The objects that shaped it.
    init(
        _ name: ResourceName, variant: String = "", message: some Message, references: Set<ResourceName> = [],
        origins: Set<Origin>
    ) {
        self.init(
            key: ResourceKey(name, variant: variant), body: message.encoded(), references: references,
            origins: origins)
    }
}
