public import MeshModel

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
extension Egress: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<Egress>?) -> TableChange {
        .egress(name, row)
    }
}
extension IngressBackend: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<IngressBackend>?) -> TableChange {
        .ingressBackend(name, row)
    }
}
extension Retry: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<Retry>?) -> TableChange {
        .retry(name, row)
    }
}
extension UpstreamTrafficSetting: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<UpstreamTrafficSetting>?) -> TableChange {
        .upstreamTrafficSetting(name, row)
    }
}
extension Telemetry: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<Telemetry>?) -> TableChange {
        .telemetry(name, row)
    }
}
extension ExtensionService: TableObject {
    /// The change that sets or removes a row of this kind.
    public static func change(_ name: ObjectName, _ row: ObjectRow<ExtensionService>?) -> TableChange {
        .extensionService(name, row)
    }
}
