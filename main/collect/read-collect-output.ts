import { absent, failed } from '../../shared/facts/fact.ts';
import type { Fact } from '../../shared/facts/fact.ts';
import { factSetSchema, factsSchemaVersion } from '../../shared/facts/facts.ts';
import type { FactsFile } from '../../shared/facts/facts.ts';
import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import { HostError } from '../host/host.ts';
import { parseClusters } from '../postgres/parse-clusters.ts';
import { clusterFacts, refined } from './collect-facts.ts';
import { collectOutputMark } from './collect-script.ts';
import { collectors as allCollectors } from './collectors/index.ts';
import { textOf } from './define-collector.ts';
import type { Collector, Frame, ReadContext, SqlRows } from './define-collector.ts';
import { parsePlainFrames } from './parse-frames.ts';
import type { FramesByProbe } from './parse-frames.ts';
import { noCluster, readFacts } from './read-facts.ts';
import { failureOf, rowsOf } from './run-sql.ts';
import type { NamedSqlProbe } from './run-sql.ts';
import { sqlProbes } from './run-session.ts';

/** True for bytes that begin as the output of the collecting script does. */
export function isCollectOutput(bytes: Buffer): boolean {
  return bytes.subarray(0, 64).toString('latin1').startsWith(`${collectOutputMark} PC`);
}

/**
 * Reads the output of the script of `writeCollectScript`.
 *
 * @throws HostError 'not-found' when it is not such an output, or was cut off.
 */
export function readCollectOutput(
  bytes: Buffer,
  collectors: readonly Collector[] = allCollectors,
): FactsFile {
  const boundary = /^portcullis-facts-1 (PC[0-9a-f]{32})\n/.exec(
    bytes.subarray(0, 128).toString('latin1'),
  )?.[1];
  if (boundary === undefined) throw unusable('it does not begin as the output of the collecting script does');
  const frames = parsePlainFrames(bytes, boundary);
  const [startedAt = '', userId, userName = '', hostname = '', chosen = ''] = (
    outputOf(frames, 'pc.meta') ?? ''
  ).split('\n');
  const finishedAt = (outputOf(frames, 'pc.end') ?? '').trim();
  if (finishedAt === '') throw unusable('it was cut off: run the script again');

  const clusters = parseClusters(outputOf(frames, 'discovery') ?? '');
  const session = frames.get('pc.session')?.[0];
  const settings = settingsOf(frames);
  const found = clusters.find((cluster) => cluster.id === chosen) ?? null;
  const cluster = found === null ? null : refined(found, settings);
  const noSession =
    cluster === null
      ? absent(noCluster)
      : session?.exitCode === 0
        ? null
        : failed(`no session: ${shorten(printable(session?.stderr.trim() ?? ''), 300)}`);
  const major = cluster?.major ?? 0;
  const root = userId === '0';
  const { databases, skipped } = databasesOf(frames, sqlProbes(collectors, 'each-database'), major);
  const context: ReadContext = {
    host: { kind: 'recorded', loginUser: userName, privilege: root ? 'root' : 'none' },
    cluster,
    ranAsRoot: root,
    settings: settings ?? new Map(),
    skippedDatabases: skipped,
    connection: noSession === null ? 'socket' : null,
    noSession,
  };
  const facts = readFacts(
    collectors,
    {
      shell: frames,
      shellRefusal: () => null,
      sql: new Map(
        sqlProbes(collectors, 'cluster').map((named) => [
          named.name,
          sqlOf(named, frames.get(named.name)?.[0], major),
        ]),
      ),
      databases,
      rights: { root, whyNotRoot: 'the script was not run as root' },
    },
    context,
  );
  return {
    schemaVersion: factsSchemaVersion,
    tool: 'portcullis collecting script',
    target: {
      kind: 'recorded',
      key: `recorded:${printable(hostname)}`,
      label: printable(hostname),
      address: null,
      clientAddress: null,
      privilege: root ? 'root' : 'none',
    },
    startedAt,
    finishedAt,
    facts: factSetSchema.parse({ ...facts, ...clusterFacts(clusters, cluster) }),
  };
}

function databasesOf(frames: FramesByProbe, probes: readonly NamedSqlProbe[], major: number) {
  const databases = new Map<string, Map<string, Fact<SqlRows>>>();
  for (const named of probes)
    for (const frame of frames.get(named.name) ?? []) {
      const outputs = databases.get(frame.label) ?? new Map<string, Fact<SqlRows>>();
      outputs.set(named.name, sqlOf(named, frame, major));
      databases.set(frame.label, outputs);
    }
  const skipped = rowsIn(frames, 'pc.databases').flatMap((row) => {
    const database = textOf(row['name']);
    if (databases.has(database)) return [];
    const reason = row['allowed'] === true ? 'psql did not look into it' : 'it does not allow connections';
    return [{ database, reason }];
  });
  return { databases, skipped };
}

function sqlOf({ probe }: NamedSqlProbe, frame: Frame | undefined, major: number): Fact<SqlRows> {
  if (major < probe.minMajor)
    return absent(`PostgreSQL ${major} does not have this; it came with ${probe.minMajor}`);
  if (frame === undefined) return failed('the session ended before it came to this');
  if (frame.exitCode === 0) return rowsOf(probe, frame.bytes.toString('utf8'));
  const space = frame.stderr.indexOf(' ');
  return failureOf(frame.stderr.slice(0, space), frame.stderr.slice(space + 1));
}

function settingsOf(frames: FramesByProbe): ReadonlyMap<string, string> | null {
  const rows = rowsIn(frames, 'pc.settings');
  if (rows.length === 0) return null;
  return new Map(rows.map((row) => [textOf(row['name']), textOf(row['value'])]));
}

function rowsIn(frames: FramesByProbe, name: string): SqlRows {
  try {
    const rows: unknown = JSON.parse(outputOf(frames, name) ?? '[]');
    return Array.isArray(rows) ? (rows as SqlRows) : [];
  } catch {
    return [];
  }
}

function outputOf(frames: FramesByProbe, name: string): string | null {
  return frames.get(name)?.[0]?.bytes.toString('utf8') ?? null;
}

function unusable(reason: string): HostError {
  return new HostError(
    'not-found',
    `the output of the collecting script cannot be used: ${reason}`,
    'Run the script as root on the host, and bring the file back unchanged.',
  );
}
