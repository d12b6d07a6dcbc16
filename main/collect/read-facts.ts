import { absent, failed } from '../../shared/facts/fact.ts';
import type { Fact } from '../../shared/facts/fact.ts';
import type { FactName, FactSet } from '../../shared/facts/facts.ts';
import { factSetSchema } from '../../shared/facts/facts.ts';
import type { Collector, Probe, ReadContext, SqlRows } from './define-collector.ts';
import type { FramesByProbe } from './parse-frames.ts';
import { shellFact } from './parse-frames.ts';

/** Everything that the passes of a scan brought, by probe name (`subject.probe`). */
export interface RawOutputs {
  readonly shell: FramesByProbe;
  /** Why a shell probe has no output at all, by the account that it should have run as. */
  readonly shellRefusal: (probe: Probe & { kind: 'shell' }) => Fact<never> | null;
  readonly sql: ReadonlyMap<string, Fact<SqlRows>>;
  /** By database, then by probe. */
  readonly databases: ReadonlyMap<string, ReadonlyMap<string, Fact<SqlRows>>>;
  readonly rights: { readonly root: boolean; readonly whyNotRoot: string };
}

/** The name of a probe in scripts and outputs. */
export function probeName(collector: Collector, probe: string): string {
  return `${collector.subject.replaceAll(/[^a-z0-9]+/g, '-')}.${probe}`;
}

/** True for a shell probe that makes no sense without a cluster. */
export function needsCluster(probe: Probe): boolean {
  return probe.kind === 'shell' && /\$\{?(PC|S)_[A-Za-z]/.test(probe.script);
}

/** Lets each collector read its outputs. What a collector throws, or gives in a wrong shape, is a failed fact. */
export function readFacts(
  collectors: readonly Collector[],
  raw: RawOutputs,
  context: ReadContext,
): Partial<FactSet> {
  const facts: Partial<Record<FactName, Fact<unknown>>> = {};
  for (const collector of collectors) {
    for (const name of collector.facts) facts[name] = failed('it was not collected');
    if (context.host.kind === 'practice' && collector.absentInPractice !== null) {
      for (const name of collector.facts) facts[name] = absent(collector.absentInPractice);
      continue;
    }
    const outputs = Object.fromEntries(
      Object.entries(collector.probes).map(([name, probe]) => [
        name,
        outputOf(probeName(collector, name), probe, raw, context),
      ]),
    );
    try {
      const read = collector.read(outputs as Readonly<Record<string, never>>, context);
      for (const name of collector.facts) {
        const checked = factSetSchema.shape[name].safeParse(read[name]);
        facts[name] = checked.success
          ? checked.data
          : failed(`unexpected output: ${checked.error.issues[0]?.path.join('.') ?? ''}`);
      }
    } catch (error) {
      const message = error instanceof Error ? error.message.slice(0, 200) : 'unreadable';
      for (const name of collector.facts) facts[name] = failed(`unexpected output: ${message}`);
    }
  }
  return facts as Partial<FactSet>;
}

function outputOf(name: string, probe: Probe, raw: RawOutputs, context: ReadContext): unknown {
  if (probe.kind === 'shell') {
    if (needsCluster(probe) && context.cluster === null) return absent(noCluster);
    return raw.shellRefusal(probe) ?? shellFact(raw.shell.get(name), probe, raw.rights);
  }
  if (probe.scope === 'cluster') return context.noSession ?? raw.sql.get(name) ?? failed('it was not asked');
  const perDatabase = new Map<string, Fact<SqlRows>>();
  for (const [database, outputs] of raw.databases)
    perDatabase.set(database, outputs.get(name) ?? failed('it was not asked'));
  return perDatabase;
}

export const noCluster = 'no PostgreSQL cluster was found on this host';
