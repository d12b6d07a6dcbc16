import type { Network } from '../lib/cidr.ts';
import { formatNetwork } from '../lib/cidr.ts';
import { containsSet, networkSet } from '../lib/network-set.ts';

/** A port and the networks that may reach it. */
export interface Target {
  readonly port: number;
  readonly allow: readonly Network[];
}

/** A request with its networks read and merged. */
export interface Wanted {
  readonly port: number;
  readonly allow: readonly Network[];
  /** Ports of what stands beside PostgreSQL, each with the networks that may reach it. */
  readonly others: readonly Target[];
  readonly sshPorts: readonly number[];
  readonly sshFrom: readonly Network[];
  readonly defaultDeny: boolean;
  readonly enable: boolean;
}

/** What a planner for one program gives. */
export interface FirewallSteps {
  readonly commands: readonly string[];
  /** Files that the commands write or make. */
  readonly files: readonly string[];
  readonly save: readonly string[];
  readonly restore: readonly string[];
  /** What the person has to know: what was left out and why. */
  readonly notes: readonly string[];
}

/** Every port that is closed to all but some networks: that of PostgreSQL first. */
export function targetsOf({ port, allow, others }: Wanted): readonly Target[] {
  return [{ port, allow }, ...others];
}

/** Networks of one family as texts. */
export function textsOf(networks: readonly Network[], family: Network['family']): readonly string[] {
  return networks.filter((network) => network.family === family).map(formatNetwork);
}

/** True when every address of the network is in one of the others. */
export function covered(network: Network, by: readonly Network[]): boolean {
  return containsSet(networkSet(by), networkSet([network]));
}
