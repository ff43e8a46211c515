public import MeshModel

/// A typed change of one row: set, or removed where the row is `nil`.
public enum TableChange: Equatable, Sendable {
    case namespace(ObjectName, ObjectRow<Namespace>?)
    case pod(ObjectName, ObjectRow<Pod>?)
    case service(ObjectName, ObjectRow<Service>?)
    case serviceAccount(ObjectName, ObjectRow<ServiceAccount>?)
    case endpointSlice(ObjectName, ObjectRow<EndpointSlice>?)
    case meshConfig(ObjectName, ObjectRow<MeshConfig>?)
    case trafficTarget(ObjectName, ObjectRow<TrafficTarget>?)
    case httpRouteGroup(ObjectName, ObjectRow<HTTPRouteGroup>?)
    case tcpRoute(ObjectName, ObjectRow<TCPRoute>?)
    case trafficSplit(ObjectName, ObjectRow<TrafficSplit>?)

    /// The object whose row changes: a later change of it replaces an earlier one.
    public var key: ObjectKey {
        switch self {
        case .namespace(let name, _): ObjectKey(kind: .namespace, name: name)
        case .pod(let name, _): ObjectKey(kind: .pod, name: name)
        case .service(let name, _): ObjectKey(kind: .service, name: name)
        case .serviceAccount(let name, _): ObjectKey(kind: .serviceAccount, name: name)
        case .endpointSlice(let name, _): ObjectKey(kind: .endpointSlice, name: name)
        case .meshConfig(let name, _): ObjectKey(kind: .meshConfig, name: name)
        case .trafficTarget(let name, _): ObjectKey(kind: .trafficTarget, name: name)
        case .httpRouteGroup(let name, _): ObjectKey(kind: .httpRouteGroup, name: name)
        case .tcpRoute(let name, _): ObjectKey(kind: .tcpRoute, name: name)
        case .trafficSplit(let name, _): ObjectKey(kind: .trafficSplit, name: name)
        }
    }

    /// Whether the row goes away.
    public var isRemoval: Bool {
        switch self {
        case .namespace(_, let row): row == nil
        case .pod(_, let row): row == nil
        case .service(_, let row): row == nil
        case .serviceAccount(_, let row): row == nil
        case .endpointSlice(_, let row): row == nil
        case .meshConfig(_, let row): row == nil
        case .trafficTarget(_, let row): row == nil
        case .httpRouteGroup(_, let row): row == nil
        case .tcpRoute(_, let row): row == nil
        case .trafficSplit(_, let row): row == nil
        }
    }
}

/// A kind of object that has a table.
public protocol TableObject: MeshObject {
    /// The change that sets the row of an object of this kind, or removes it.
    static func change(_ name: ObjectName, _ row: ObjectRow<Self>?) -> TableChange
}

extension TableObject {
    /// The change that an event about one object makes, the object validated.
    public static func change(for change: ObjectChange<Self>) -> TableChange {
        switch change {
        case .set(let object):
            Self.change(object.name, ObjectRow(object: object, problems: object.validate()))
        case .unreadable(let metadata, let problem):
            Self.change(metadata.objectName, ObjectRow(object: Self(unread: metadata), problems: [problem]))
        case .remove(let name):
            Self.change(name, nil)
        }
    }
}

extension Namespace: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<Namespace>?) -> TableChange { .namespace(name, row) }
}
extension Pod: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<Pod>?) -> TableChange { .pod(name, row) }
}
extension Service: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<Service>?) -> TableChange { .service(name, row) }
}
extension ServiceAccount: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<ServiceAccount>?) -> TableChange {
        .serviceAccount(name, row)
    }
}
extension EndpointSlice: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<EndpointSlice>?) -> TableChange {
        .endpointSlice(name, row)
    }
}
extension MeshConfig: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<MeshConfig>?) -> TableChange {
        .meshConfig(name, row)
    }
}
extension TrafficTarget: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<TrafficTarget>?) -> TableChange {
        .trafficTarget(name, row)
    }
}
extension HTTPRouteGroup: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<HTTPRouteGroup>?) -> TableChange {
        .httpRouteGroup(name, row)
    }
}
extension TCPRoute: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<TCPRoute>?) -> TableChange { .tcpRoute(name, row) }
}
extension TrafficSplit: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<TrafficSplit>?) -> TableChange {
        .trafficSplit(name, row)
    }
}
