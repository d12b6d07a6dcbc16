import type { Cluster } from '../../shared/facts/cluster.ts';
import type { HostDescription, RunAs } from '../host/host.ts';

/** As whom a run changes the host, and where it keeps its folder there. */
export interface Actor {
  readonly as: RunAs;
  readonly isRoot: boolean;
  /** Holds `runs/` and `lock/`. */
  readonly folder: string;
}

/**
 * Root where the login can become root. Otherwise, and always on the practice server (which shares this machine with
 * things that are none of its business), the owner of the cluster; its folder stands beside the data folder. Null when
 * the login is neither.
 */
export function actorFor(description: HostDescription, cluster: Cluster): Actor | null {
  const { kind, privilege, loginUser } = description;
  if (kind !== 'practice' && privilege !== 'none') {
    return { as: { kind: 'root' }, isRoot: true, folder: '/var/lib/portcullis' };
  }
  if (kind !== 'practice' && loginUser !== cluster.owner) return null;
  const parent = cluster.dataDirectory.replace(/\/+$/, '').replace(/\/[^/]*$/, '');
  return { as: { kind: 'login' }, isRoot: false, folder: `${parent}/portcullis` };
}
