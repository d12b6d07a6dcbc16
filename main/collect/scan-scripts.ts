import type { Cluster } from '../../shared/facts/cluster.ts';
import { neededSettings } from './define-collector.ts';
import type { Collector } from './define-collector.ts';
import { needsCluster, probeName } from './read-facts.ts';
import type { ScriptOutcome } from './run-host.ts';
import { buildScript } from './shell-script.ts';
import type { BuiltScript, NamedShellProbe } from './shell-script.ts';

/** A script for what needs no cluster, with or without the search for clusters. */
export function hostScript(probes: readonly NamedShellProbe[], discover: boolean): BuiltScript {
  return buildScript({ probes, discover, cluster: null, settings: null, compress: true });
}

/** A script for the probes of a cluster; without settings it reads them from the configuration files. */
export function clusterScript(
  probes: readonly NamedShellProbe[],
  cluster: Cluster | null,
  settings: ReadonlyMap<string, string> | null,
): BuiltScript {
  const possible = probes.filter(({ probe }) => cluster !== null || !needsCluster(probe));
  return buildScript({ probes: possible, discover: false, cluster, settings, compress: true });
}

/** True when a script that read its settings from files worked with what the server says. */
export function usedTheSame(
  outcome: ScriptOutcome,
  cluster: Cluster,
  settings: ReadonlyMap<string, string> | null,
): boolean {
  if (outcome.state === 'refused' || settings === null) return true;
  const text = outcome.frames.get('pc.used')?.[0]?.bytes.toString('utf8') ?? '';
  const used = new Map(
    text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const paths = {
    PC_DATA: cluster.dataDirectory,
    PC_CONFIG: cluster.configFile,
    PC_HBA: cluster.hbaFile,
    PC_IDENT: cluster.identFile,
  };
  return (
    Object.entries(paths).every(([name, path]) => used.get(name) === path) &&
    // Of a server that runs, the sockets themselves are looked at, not the setting.
    neededSettings.every(
      (name) => name === 'unix_socket_directories' || used.get(`S_${name}`) === settings.get(name),
    )
  );
}

/** The shell probes by the script that they go into. */
export function sortedProbes(collectors: readonly Collector[]) {
  const asLogin = shellProbes(collectors, (as) => as === 'login');
  const others = shellProbes(collectors, (as) => as !== 'login');
  return {
    asLogin,
    hostWide: others.filter(({ probe }) => !needsCluster(probe)),
    ofCluster: others.filter(({ probe }) => needsCluster(probe)),
  };
}

/** The shell probes of some accounts, named. */
export function shellProbes(
  collectors: readonly Collector[],
  wanted: (as: 'login' | 'root' | 'owner') => boolean,
): NamedShellProbe[] {
  return collectors.flatMap((collector) =>
    Object.entries(collector.probes).flatMap(([name, probe]) =>
      probe.kind === 'shell' && wanted(probe.as) ? [{ name: probeName(collector, name), probe }] : [],
    ),
  );
}
