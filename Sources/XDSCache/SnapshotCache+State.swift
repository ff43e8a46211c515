internal import MeshModel

extension SnapshotCache {
    /// What the cache holds, and how it changes.
    struct State {
        /// A set of resources that proxies share.
        struct Layer {
            /// The key of each name.
            var keys: [ResourceName: ResourceKey] = [:]
            /// The streams of the proxies whose views have it.
            var streams: Set<StreamID> = []
            /// The proxies whose views have it.
            var proxies = 0
            /// The sum over its resources; `nil` until somebody asks.
            var sum: ResourceSum?
        }

        /// What a stream has to be told.
        struct Stream {
            let proxy: ProxyID
            let begin: Timestamp
            /// The root by which the proxy knew the server when it connected.
            let serverRoot: String
            let wake: @Sendable () -> Void
            var changed: Set<ResourceName> = []
            var isWholeViewChanged = true
            var isGone = false
            /// The addresses about which the proxy asked, and that nobody has looked at yet.
            var asked: Set<SocketAddress> = []
            /// The revision of the last update that was taken.
            var taken: Revision = 0
            var progress = StreamProgress()

            var hasNews: Bool { isGone || isWholeViewChanged || !changed.isEmpty }
            /// Whether the proxy enforces everything that it sees.
            var isCurrent: Bool { !hasNews && progress.acknowledged >= taken }
            /// Whether the proxy has everything that it sees but a first certificate.
            var isTrusting: Bool { !hasNews && progress.trusting >= taken }

            /// Some names of its view differ; until the revision before, what was in force stays so.
            mutating func tell(_ names: Set<ResourceName>, at revision: Revision) {
                keepProgress(at: revision)
                if changed.isEmpty { changed = names } else { changed.formUnion(names) }
            }

            /// Until now everything was in force: so much stays true of a stream that is told of a change.
            mutating func keepProgress(at revision: Revision) {
                if isTrusting { progress.trusting = revision - 1 }
                if isCurrent { progress.acknowledged = revision - 1 }
            }

            /// What it was told since the last time.
            mutating func takeUpdate(at revision: Revision) -> CacheConnection.Update? {
                guard hasNews else { return nil }
                guard !isGone else { return .gone }
                let names = isWholeViewChanged ? nil : changed
                isWholeViewChanged = false
                changed = []
                taken = revision
                return .names(names, revision: revision)
            }

            /// Takes up its progress; tells whether it differs.
            mutating func take(_ new: StreamProgress) -> Bool {
                var new = new
                new.acknowledged = max(progress.acknowledged, new.acknowledged)
                new.trusting = max(progress.trusting, new.trusting)
                guard new != progress else { return false }
                progress = new
                return true
            }
        }

        var revision: Revision = 0
        var resources: [ResourceKey: Resource] = [:]
        var holders: [ResourceKey: Set<LayerID>] = [:]
        var layers: [LayerID: Layer] = [:]
        var proxies: [ProxyID: [LayerID]] = [:]
        /// Who the proxies are, as far as that was told.
        var identities: [ProxyID: ServiceIdentity] = [:]
        var streams: [StreamID: Stream] = [:]
        var streamsByProxy: [ProxyID: Set<StreamID>] = [:]
        /// When the last stream of a proxy without streams ended.
        var ends: [ProxyID: Timestamp] = [:]
        /// The proxies that are connected to other replicas, as those tell.
        var elsewhere: [ProxyID: Elsewhere] = [:]
        private var lastStream: StreamID = 0

        mutating func publish(_ publication: Publication) -> (Revision, [@Sendable () -> Void]) {
            revision += 1
            var told: Set<StreamID> = []
            var changed: [(key: ResourceKey, isNoticed: Bool)] = publication.removed.map { ($0, true) }
            for resource in publication.resources {
                let old = resources.updateValue(resource, forKey: resource.key)
                // Of what was only made by others no proxy would find that anything differs.
                let isNoticed = old?.version != resource.version || old?.references != resource.references
                changed.append((resource.key, isNoticed))
            }
            for key in publication.removed { resources[key] = nil }
            for (id, content) in publication.layers { setLayer(id, content ?? [], &told) }
            for (key, isNoticed) in changed {
                for layer in holders[key] ?? [] {
                    layers[layer]?.sum = nil
                    if isNoticed { tell(layers[layer]?.streams ?? [], [key.name], &told) }
                }
            }
            for (proxy, list) in publication.proxies { setProxy(proxy, list, &told) }
            for (proxy, identity) in publication.identities { setIdentity(proxy, identity, &told) }
            for (proxy, addresses) in publication.answered { answer(addresses, proxy, &told) }
            // A layer without content and without proxies is nothing to remember.
            for (id, content) in publication.layers where content == nil { dropIfUnused(id) }
            return (revision, told.compactMap { streams[$0]?.wake })
        }

        private mutating func setLayer(_ id: LayerID, _ content: [ResourceKey], _ told: inout Set<StreamID>) {
            var layer = layers.removeValue(forKey: id) ?? Layer()
            var changed: Set<ResourceName> = []
            var names = 0
            var previous: ResourceName?
            // Sorted, so what has one name stands together, and the first of it counts.
            for key in content where key.name != previous {
                previous = key.name
                names += 1
                guard layer.keys[key.name] != key else { continue }
                changed.insert(key.name)
                if let old = layer.keys.updateValue(key, forKey: key.name) { release(old, id) }
                holders[key, default: []].insert(id)
            }
            // More than the content has: some are of before.
            if layer.keys.count > names {
                let names = Set(content.map(\.name))
                for (name, key) in layer.keys where !names.contains(name) {
                    changed.insert(name)
                    layer.keys[name] = nil
                    release(key, id)
                }
            }
            layer.sum = nil
            layers[id] = layer
            tell(layer.streams, changed, &told)
        }

        /// A layer does not hold a resource any more.
        private mutating func release(_ key: ResourceKey, _ layer: LayerID) {
            holders[key]?.remove(layer)
            if holders[key]?.isEmpty == true { holders[key] = nil }
        }

        private mutating func setProxy(_ proxy: ProxyID, _ list: [LayerID]?, _ told: inout Set<StreamID>) {
            let old = proxies[proxy] ?? []
            let new = list ?? []
            proxies[proxy] = list
            let ids = streamsByProxy[proxy] ?? []
            var changed: Set<ResourceName> = []
            // What is in a view is of interest only to streams, and most proxies that are new have none.
            if !ids.isEmpty {
                for id in Set(new).symmetricDifference(old) { changed.formUnion((layers[id]?.keys ?? [:]).keys) }
            }
            for id in Set(new).subtracting(old) {
                layers[id, default: Layer()].streams.formUnion(ids)
                layers[id]?.proxies += 1
            }
            for id in Set(old).subtracting(new) {
                layers[id]?.streams.subtract(ids)
                layers[id]?.proxies -= 1
                dropIfUnused(id)
            }
            tell(ids, changed, &told)
            guard list == nil else { return }
            ends[proxy] = nil
            elsewhere[proxy] = nil
            identities[proxy] = nil
            endStreams(ids, &told)
        }

        private mutating func setIdentity(_ proxy: ProxyID, _ identity: ServiceIdentity, _ told: inout Set<StreamID>) {
            guard proxies[proxy] != nil else { return }
            // Who proved to be another must not see what this one may.
            if let old = identities[proxy], old != identity { endStreams(streamsByProxy[proxy] ?? [], &told) }
            identities[proxy] = identity
        }

        private mutating func endStreams(_ ids: Set<StreamID>, _ told: inout Set<StreamID>) {
            for id in ids {
                streams[id]?.isGone = true
                told.insert(id)
            }
        }

        private mutating func dropIfUnused(_ id: LayerID) {
            guard let layer = layers[id], layer.keys.isEmpty, layer.proxies == 0 else { return }
            layers[id] = nil
        }

        /// Changes a stream, if there is one, where it is: it is not copied for that.
        private mutating func change(_ id: StreamID, _ body: (inout Stream) -> Void) {
            guard let index = streams.index(forKey: id) else { return }
            body(&streams.values[index])
        }

        private mutating func tell(
            _ ids: Set<StreamID>, _ names: Set<ResourceName>, _ told: inout Set<StreamID>
        ) {
            guard !names.isEmpty else { return }
            let revision = revision
            for id in ids {
                change(id) { $0.tell(names, at: revision) }
                told.insert(id)
            }
        }

        /// What a proxy asked about has been looked at: what its stream left undecided meanwhile may be any name.
        private mutating func answer(
            _ addresses: Set<SocketAddress>, _ proxy: ProxyID, _ told: inout Set<StreamID>
        ) {
            for id in streamsByProxy[proxy] ?? [] {
                guard let asked = streams[id]?.asked, !asked.isDisjoint(with: addresses) else { continue }
                streams[id]?.asked = asked.subtracting(addresses)
                guard asked.isSubset(of: addresses) else { continue }
                streams[id]?.keepProgress(at: revision)
                streams[id]?.isWholeViewChanged = true
                told.insert(id)
            }
        }

        mutating func connect(
            _ proxy: ProxyID, _ identity: ServiceIdentity?, _ moment: Timestamp, _ serverRoot: String,
            _ wake: @escaping @Sendable () -> Void
        ) -> StreamID? {
            guard let list = proxies[proxy] else { return nil }
            if let identity, let known = identities[proxy], known != identity { return nil }
            lastStream += 1
            streams[lastStream] = Stream(proxy: proxy, begin: moment, serverRoot: serverRoot, wake: wake)
            streamsByProxy[proxy, default: []].insert(lastStream)
            for id in list { layers[id, default: Layer()].streams.insert(lastStream) }
            return lastStream
        }

        mutating func disconnect(_ id: StreamID, _ moment: Timestamp) {
            guard let stream = streams.removeValue(forKey: id) else { return }
            streamsByProxy[stream.proxy]?.remove(id)
            if streamsByProxy[stream.proxy]?.isEmpty == true {
                streamsByProxy[stream.proxy] = nil
                if proxies[stream.proxy] != nil { ends[stream.proxy] = moment }
            }
            for layer in proxies[stream.proxy] ?? [] { layers[layer]?.streams.remove(id) }
        }

        mutating func takeUpdate(_ id: StreamID) -> CacheConnection.Update? {
            let revision = revision
            var update: CacheConnection.Update?
            change(id) { update = $0.takeUpdate(at: revision) }
            return update
        }

        /// Takes up the progress of a stream that need not end; tells whether it must, and whether its progress differs.
        mutating func report(_ progress: StreamProgress, _ id: StreamID) -> (isGone: Bool, differs: Bool) {
            var (isGone, differs) = (true, false)
            change(id) { stream in
                isGone = stream.isGone
                if !isGone { differs = stream.take(progress) }
            }
            return (isGone, differs)
        }

        mutating func progress(of proxy: ProxyID) -> ProxyProgress? {
            guard proxies[proxy] != nil else { return nil }
            if streamsByProxy[proxy] == nil, let elsewhere = progressElsewhere(of: proxy) { return elsewhere }
            return localProgress(of: proxy)
        }

        /// How far a proxy is, as far as its streams here tell.
        func localProgress(of proxy: ProxyID) -> ProxyProgress {
            let streams = (streamsByProxy[proxy] ?? []).sorted().compactMap { self.streams[$0] }
            guard let newest = streams.last else {
                return ProxyProgress(since: ends[proxy])
            }
            return ProxyProgress(
                isConnected: true, since: streams.map(\.begin).min(),
                // A stream that is current is so up to now: nothing happened that it sees.
                acknowledged: streams.map { $0.isCurrent ? revision : $0.progress.acknowledged }.min() ?? 0,
                refusals: Set(streams.flatMap(\.progress.refusals)).sorted { $0.key < $1.key },
                workloadVersion: newest.progress.workloadVersion,
                trusting: streams.map { $0.isTrusting ? revision : $0.progress.trusting }.min(),
                serverRoot: newest.serverRoot)
        }

        func resource(_ name: ResourceName, _ proxy: ProxyID) -> Resource? {
            for id in proxies[proxy] ?? [] {
                if let key = layers[id]?.keys[name] { return resources[key] }
            }
            return nil
        }

        func names(of type: ResourceType, _ proxy: ProxyID) -> [String] {
            (proxies[proxy] ?? []).flatMap { (layers[$0]?.keys ?? [:]).keys.filter { $0.type == type }.map(\.name) }
        }

        func view(of proxy: ProxyID) -> [Resource]? {
            guard let list = proxies[proxy] else { return nil }
            let keys = Set(list.flatMap { Array((layers[$0]?.keys ?? [:]).values) })
            return keys.compactMap { resources[$0] }.sorted { $0.key < $1.key }
        }
    }
}
