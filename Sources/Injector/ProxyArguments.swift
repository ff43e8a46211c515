/// What a sidecar's Envoy is started with, beside its bootstrap.
public enum ProxyArguments {
    /// The arguments that are the same for every sidecar.
    ///
    /// A replaced filter chain asks its HTTP connections to close after their next response: by Envoy's default it would
    /// ask ever more of them over the drain time, and proxies keep connections to each other open for long. Nothing is
    /// cut, so no request fails.
    public static let common = ["--drain-strategy", "immediate"]
}
