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
        };
      }),
    };
  },
});
