import type { Drift } from '../../shared/contract/apply.ts';
import { quoteShell } from '../../shared/lib/quoting.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import { HostError } from '../host/host.ts';
import { StatementError } from '../postgres/connection.ts';
import type { RunOnHost } from './run-on-host.ts';
import type { OpenSession } from './step-tools.ts';

// Counters and times differ between two listings of the same rules.
const normalise = String.raw`sed -e '/^#/d' -e 's/packets [0-9]* bytes [0-9]*//g' -e 's/\[[0-9]*:[0-9]*\]//g' -e 's/ # handle [0-9]*//'`;

/** Files, modes and firewall rules that are not as the run left them. */
export async function fileDrift(
  onHost: RunOnHost,
  plan: Plan,
  signal: AbortSignal,
): Promise<readonly Drift[]> {
  const firewalls = plan.steps.flatMap(({ number, operation }) =>
    operation.kind === 'firewall' ? [{ number: String(number).padStart(3, '0'), save: operation.save }] : [],
  );
  const output = await onHost.script(
    [
      'set +e',
      `tab=$(printf '\\t')`,
      'while IFS=$tab read -r kind slot name sum left; do',
      '  path=$(printf %s "$name" | base64 -d)',
      '  now_sum=absent; now_rights=absent',
      '  if [ -e "$path" ]; then now_rights=$(rights "$path"); now_sum=-; [ "$kind" = rights ] || now_sum=$(sha "$path"); fi',
      '  if [ "$sum" = absent ]; then left=absent; fi',
      '  [ "$sum $left" = "$now_sum $now_rights" ] || printf "drift\\t%s\\t%s\\t%s\\n" "$name" "$sum $left" "$now_sum $now_rights"',
      'done <"$RUN/after"',
      ...firewalls.flatMap(({ number, save }) => [
        `SAVE="$RUN/saved-now/${number}"; rm -rf "$SAVE"; mkdir -p "$SAVE"; export SAVE`,
        '(',
        ...save,
        ')',
        `for one in "$SAVE"/*; do a=$(${normalise} "$one" | sha256sum); b=$(${normalise} "$RUN/saved-after/${number}/$(basename "$one")" 2>/dev/null | sha256sum); [ "$a" = "$b" ] || printf 'rules\\t%s\\n' "$(basename "$one")"; done`,
        `rm -rf "$RUN/saved-now"`,
      ]),
      'true',
    ],
    60_000,
    signal,
  );
  const short = (text: string): string => {
    const [sum = '', ...rest] = text.split(' ');
    if (sum === 'absent') return 'absent';
    return `${sum === '-' ? '' : `${sum.slice(0, 12)}… `}mode ${rest[0] ?? ''} owner ${rest.slice(1).join(':')}`;
  };
  return output.split('\n').flatMap((line): Drift[] => {
    const [kind, name = '', left = '', now = ''] = line.split('\t');
    if (kind === 'rules') {
      return [{ subject: `firewall rules (${name})`, left: 'as the run loaded them', now: 'other rules' }];
    }
    if (kind !== 'drift') return [];
    return [{ subject: Buffer.from(name, 'base64').toString('utf8'), left: short(left), now: short(now) }];
  });
}

/** SQL changes that are no longer in force. */
export async function sqlDrift(
  onHost: RunOnHost,
  cluster: Cluster,
  plan: Plan,
  openSession: OpenSession,
  signal: AbortSignal,
): Promise<readonly Drift[]> {
  const drift: Drift[] = [];
  for (const { operation, title } of plan.steps) {
    if (operation.kind !== 'sql') continue;
    const say = (now: string) =>
      drift.push({ subject: `${title} (${operation.database})`, left: 'in force', now });
    try {
      const session = await openSession(onHost.host, cluster, operation.database, signal);
      try {
        const [row] = await session.query(operation.proof, undefined, { signal });
        if (row === undefined || Object.values(row)[0] !== true) say('not in force');
      } finally {
        await session.close();
      }
    } catch (error) {
      if (error instanceof StatementError) say(error.message);
      // A server that is down tells nothing; its rollback starts it.
      else if (!(error instanceof HostError)) throw error;
    }
  }
  return drift;
}

/** The lines that copy what drifted aside, before it is overwritten. */
export function keepDrifted(drift: readonly Drift[]): readonly string[] {
  const paths = drift.map(({ subject }) => subject).filter((subject) => subject.startsWith('/'));
  if (paths.length === 0) return [];
  return [
    'folder="$RUN/drifted/$(date -u +%Y%m%dT%H%M%SZ)"; mkdir -p "$folder"',
    ...paths.map(
      (path, index) =>
        `if [ -f ${quoteShell(path)} ]; then cp -a -- ${quoteShell(path)} "$folder/${index + 1}-$(basename -- ${quoteShell(path)})"; fi`,
    ),
  ];
}
