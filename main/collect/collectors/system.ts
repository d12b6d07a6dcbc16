import { keyValues } from '../parse/lines.ts';
import { defineCollector, mapFact, shell } from '../define-collector.ts';

/** The operating system: who made it, which version, where it runs. */
export const systemCollector = defineCollector({
  subject: 'system',
  facts: ['system'],
  probes: {
    facts: shell(
      'login',
      String.raw`
uname -n; uname -r; uname -m; id -un; date -u +%Y-%m-%dT%H:%M:%SZ
[ -d /run/systemd/system ] && echo yes || echo no
c=$(systemd-detect-virt --container 2>/dev/null) || c=
[ -n "$c" ] && [ "$c" != none ] || { c=; [ -e /.dockerenv ] && c=docker; [ -e /run/.containerenv ] && c=podman; }
echo "$c"
echo "${'$'}{SSH_CONNECTION:-}"
pgrep -x fail2ban-server >/dev/null 2>&1 && cat /etc/fail2ban/jail.local /etc/fail2ban/jail.d/*.conf /etc/fail2ban/jail.d/*.local 2>/dev/null |
  awk '/^[ \t]*\[/ { s = $0; gsub(/[][ \t]/, "", s) } /^[ \t]*enabled[ \t]*=[ \t]*true/ { on[s] = 1 }
    /^[ \t]*(filter|logpath)[ \t]*=.*postgres/ { mine[s] = 1 } END { for (s in on) if (s ~ /postgres/ || s in mine) printf "%s ", s }'
echo
cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
true`,
    ),
  },
  read({ facts }, context) {
    return {
      system: mapFact(facts, ({ text }) => {
        const [
          hostname = '',
          kernel = '',
          architecture = '',
          loginUser = '',
          time = '',
          systemd,
          container,
          connection = '',
          jails = '',
          ...rest
        ] = text.split('\n');
        const release = keyValues(rest);
        return {
          hostname,
          kernel,
          architecture,
          distribution: release.get('ID') ?? '',
          distributionLike: (release.get('ID_LIKE') ?? '').split(' ').filter(Boolean),
          distributionVersion: release.get('VERSION_ID') ?? '',
          prettyName: release.get('PRETTY_NAME') ?? '',
          loginUser,
          loggedInWith: context.host.loggedInWith ?? null,
          ranAsRoot: context.ranAsRoot,
          systemd: systemd === 'yes',
          time,
          container: container || null,
          sshConnection: sshConnectionOf(connection),
          banningJails: jails.split(' ').filter(Boolean),
        };
      }),
    };
  },
});

/** `CLIENT PORT SERVER PORT`, as sshd gives it to what it starts. */
function sshConnectionOf(text: string) {
  const [clientAddress, , serverAddress, port] = text.trim().split(' ');
  const serverPort = Number(port);
  return clientAddress === undefined || serverAddress === undefined || !Number.isInteger(serverPort)
    ? null
    : { clientAddress, serverAddress, serverPort };
}
