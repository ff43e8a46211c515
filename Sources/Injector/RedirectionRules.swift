internal import MeshModel

/// The iptables rules that lead a pod's TCP connections through its sidecar.
///
/// Inbound connections go to port 15003 and outbound ones to 15001, except Envoy's own (user 1500), those over the
/// loopback interface, those to the ports of sidecars and what the settings exclude. UDP is left alone. The names
/// of the chains are the original's.
public struct RedirectionRules: Hashable, Sendable {
    private let settings: RedirectionSettings

    /// The rules for the given settings.
    public init(settings: RedirectionSettings) { self.settings = settings }

    /// The input of `iptables-restore --noflush` in a network namespace without rules of ours.
    ///
    /// With `reachesApplicationAtPodIP` it holds `$POD_IP` where the address of the pod belongs.
    public var iptablesScript: String { table(.v4).restoreInput(hookLine: \.line) }

    /// The same for `ip6tables-restore --noflush`; `nil` if IPv6 is not redirected.
    public var ip6tablesScript: String? {
        settings.redirectsIPv6 ? table(.v6).restoreInput(hookLine: \.line) : nil
    }

    /// The argument of `/bin/sh -c` in the container `osm-init`; running it again leaves the same rules.
    ///
    /// It needs the capability NET_ADMIN, runs as root, and reads the pod's address from the variable `POD_IP` with
    /// `reachesApplicationAtPodIP`. Each family's rules change at once, so that no connection slips through while
    /// a restarted container runs it again. Where IPv6 rules cannot be made it fails, unless the pod has no IPv6
    /// address that anything but its own link could reach.
    public var shellScript: String {
        var script = """
            set -e
            hook() {
              tool=$1; how=$2; shift 2
              "$tool" -t nat -C "$@" >/dev/null 2>&1 || printf '%s %s\\n' "$how" "$*"
            }

            """
        if settings.reachesApplicationAtPodIP {
            script += """
                case ${POD_IP:?must be the address of the pod} in *:*) version=6 ;; *) version=4 ;; esac

                """
        }
        script += restore(table(.v4))
        guard settings.redirectsIPv6 else { return script }
        return script + """
            if ip6tables -t nat -S >/dev/null 2>&1; then
            \(restore(table(.v6)))elif [ -e /proc/net/if_inet6 ]; then
              while read -r address index length scope rest; do
                if [ "$scope" = 00 ]; then
                  echo "ip6tables does not work here, so IPv6 traffic of $address would bypass the sidecar" >&2
                  exit 1
                fi
              done </proc/net/if_inet6
            fi

            """
    }

    private func table(_ family: IPAddress.Family) -> NATTable { NATTable(family: family, settings: settings) }

    /// One run of a restore command; its input has each hook only if the namespace lacks it.
    private func restore(_ table: NATTable) -> String {
        let input = table.restoreInput { hook in
            let call = "hook \(table.tool) \(hook.isFirst ? "-I" : "-A") \(hook.rule)"
            return hook.needsPodIP
                ? "$(if [ $version = \(table.family.rawValue) ]; then \(call); fi)" : "$(\(call))"
        }
        return "\(table.tool)-restore --noflush <<EOF\n\(input)EOF\n"
    }
}
