import { lines, sections } from '../parse/lines.ts';
import { defineCollector, mapFact, shell } from '../define-collector.ts';

/** What the package manager has and could have, asked without the network. */
export const packagesCollector = defineCollector({
  subject: 'packages',
  facts: ['packages'],
  absentInPractice: 'the practice server shares this machine’s packages',
  probes: {
    packages: shell(
      'login',
      String.raw`
majors=$(ls /usr/lib/postgresql 2>/dev/null; ls -d /usr/pgsql-* 2>/dev/null | sed 's/.*-//')
if command -v dpkg-query >/dev/null 2>&1; then
  echo '== manager'; echo apt
  set -- openssl openssh-server libssl3 libssl3t64 libpq5 postgresql postgresql-contrib postgresql-common
  for m in $majors; do set -- "$@" "postgresql-$m" "postgresql-client-$m" "postgresql-contrib-$m" "postgresql-$m-pgaudit" "postgresql-$m-set-user" "postgresql-$m-credcheck"; done
  for p in $(dpkg-query -W -f '${'$'}{Package}\n' 'postgresql-*' 'postgis*' 2>/dev/null | head -n 200); do
    case " $* " in *" $p "*) ;; *) set -- "$@" "$p" ;; esac
  done
  echo '== apt'; apt-cache policy "$@" 2>/dev/null
  echo '== changelog'
  for m in $majors; do gzip -dc "/usr/share/doc/postgresql-$m/changelog.Debian.gz" 2>/dev/null | grep -oE 'CVE-[0-9]{4}-[0-9]{4,7}'; done | sort -u
  echo '== lists'
  stat -c %Y /var/lib/apt/periodic/update-success-stamp /var/lib/apt/lists/*_*Release /var/lib/apt/lists/*_Packages* 2>/dev/null | sort -n | tail -n 1
elif command -v rpm >/dev/null 2>&1; then
  echo '== manager'; echo dnf
  echo '== rpm'
  rpm -qa --qf '%{NAME}\t%{VERSION}-%{RELEASE}\n' 'postgresql*' 'pgaudit*' openssl openssl-libs openssh-server 2>/dev/null | sort
  echo '== updates'; dnf -q --cacheonly list --upgrades 'postgresql*' 'pgaudit*' openssl openssl-libs openssh-server 2>/dev/null
  echo '== available'; dnf -q --cacheonly list --available 'pgaudit*' 2>/dev/null
  echo '== changelog'
  for p in $(rpm -qa 'postgresql*-server'); do rpm -q --changelog "$p" | grep -oE 'CVE-[0-9]{4}-[0-9]{4,7}'; done | sort -u
  echo '== lists'; stat -c %Y /var/cache/dnf/*.solv /var/cache/libdnf5/*/repodata/repomd.xml 2>/dev/null | sort -n | tail -n 1
else echo '== manager'; echo none; fi
true`,
      { seconds: 20 },
    ),
  },
  read({ packages }) {
    return {
      packages: mapFact(packages, ({ text }) => {
        const parts = sections(text);
        const manager = (parts.get('manager') ?? '').trim();
        const lists = Number((parts.get('lists') ?? '').trim());
        return {
          manager: manager === 'apt' || manager === 'dnf' ? manager : ('none' as const),
          packages:
            manager === 'apt'
              ? parseAptPolicy(parts.get('apt') ?? '')
              : parseRpm(
                  parts.get('rpm') ?? '',
                  `${parts.get('updates') ?? ''}\n${parts.get('available') ?? ''}`,
                ),
          changelogCves: lines(parts.get('changelog') ?? '').filter((line) =>
            /^CVE-\d{4}-\d{4,7}$/.test(line),
          ),
          listsUpdatedAt: lists > 0 ? new Date(lists * 1000).toISOString() : null,
        };
      }),
    };
  },
});

interface Package {
  readonly name: string;
  installed: string | null;
  candidate: string | null;
}

/** `apt-cache policy` of several names. Names that apt does not know are not in its output. */
export function parseAptPolicy(text: string): Package[] {
  const found: Package[] = [];
  const version = (value: string) => (value === '(none)' || value === '' ? null : value);
  for (const line of lines(text)) {
    const heading = /^([a-z0-9][a-z0-9.+-]*)(?::[a-z0-9]+)?:$/.exec(line);
    const current = found.at(-1);
    if (heading?.[1] !== undefined) found.push({ name: heading[1], installed: null, candidate: null });
    else if (current !== undefined && line.startsWith('  Installed: '))
      current.installed = version(line.slice(13).trim());
    else if (current !== undefined && line.startsWith('  Candidate: '))
      current.candidate = version(line.slice(13).trim());
  }
  return found.filter((entry) => entry.installed !== null || entry.candidate !== null);
}

/** `rpm -qa` with tabs, and `dnf list`: `name.arch  version  repository`. */
export function parseRpm(installed: string, listed: string): Package[] {
  const found = lines(installed).flatMap((line): Package[] => {
    const [name, version] = line.split('\t');
    return name === undefined || version === undefined
      ? []
      : [{ name, installed: version, candidate: version }];
  });
  for (const line of lines(listed)) {
    const match = /^(\S+)\.[a-z0-9_]+\s+(\S+)\s+\S+/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const version = match[2].replace(/^\d+:/, '');
    const known = found.find((entry) => entry.name === match[1]);
    if (known === undefined) found.push({ name: match[1], installed: null, candidate: version });
    else known.candidate = version;
  }
  return found;
}
