internal import NIOHTTP1

extension APIRequest {
    /// How many objects a page of a list holds at most.
    ///
    /// Source: the page size of Kubernetes' own clients.
    static let pageSize = 500

    /// Reads a page of the objects of one kind.
    ///
    /// Without a resource version, so that the server asks its store: the list is consistent.
    ///
    /// - Parameters:
    ///   - resource: The kind.
    ///   - namespace: The namespace; `nil` for all.
    ///   - labelSelector: What labels they have; `nil` for any.
    ///   - continuation: What the page before said; `nil` for the first page.
    static func list(
        _ resource: APIResource, namespace: String?, labelSelector: String?, continuation: String? = nil
    ) -> APIRequest {
        var query = [Parameter("limit", String(pageSize))]
        if let labelSelector { query.append(Parameter("labelSelector", labelSelector)) }
        if let continuation { query.append(Parameter("continue", continuation)) }
        return APIRequest(verb: "list", method: .GET, path: resource.path(namespace: namespace), query: query)
    }

    /// Reads the objects of one name in all namespaces, as the server's cache has them: cheap, and perhaps a moment old.
    static func list(_ resource: APIResource, named name: String) -> APIRequest {
        APIRequest(
            verb: "list", method: .GET, path: resource.path(namespace: nil),
            query: [Parameter("fieldSelector", "metadata.name=\(name)"), Parameter("resourceVersion", "0")])
    }

    /// Hears of what happens after a resource version.
    static func watch(
        _ resource: APIResource, namespace: String?, labelSelector: String?, from resourceVersion: String,
        timeout: Int
    ) -> APIRequest {
        watch(
            resource, namespace: namespace, labelSelector: labelSelector, timeout: timeout,
            [Parameter("resourceVersion", resourceVersion)])
    }

    /// Reads all objects as events, ended by a marked bookmark, and then hears of what happens.
    static func streamingList(
        _ resource: APIResource, namespace: String?, labelSelector: String?, timeout: Int
    ) -> APIRequest {
        watch(
            resource, namespace: namespace, labelSelector: labelSelector, timeout: timeout,
            [Parameter("sendInitialEvents", "true"), Parameter("resourceVersionMatch", "NotOlderThan")])
    }

    private static func watch(
        _ resource: APIResource, namespace: String?, labelSelector: String?, timeout: Int, _ further: [Parameter]
    ) -> APIRequest {
        var query = [Parameter("watch", "true"), Parameter("allowWatchBookmarks", "true")]
        query.append(Parameter("timeoutSeconds", String(timeout)))
        if let labelSelector { query.append(Parameter("labelSelector", labelSelector)) }
        return APIRequest(
            verb: "watch", method: .GET, path: resource.path(namespace: namespace), query: query + further)
    }
}
