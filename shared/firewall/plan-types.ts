import type { Network } from '../lib/cidr.ts';
import { formatNetwork } from '../lib/cidr.ts';
import { containsSet, networkSet } from '../lib/network-set.ts';

/** A request with its networks read and merged. */
export interface Wanted {
  readonly port: number;
  readonly allow: readonly Network[];
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

/** Networks of one family as texts. */
export function textsOf(networks: readonly Network[], family: Network['family']): readonly string[] {
  return networks.filter((network) => network.family === family).map(formatNetwork);
}

/** True when every address of the network is in one of the others. */
export function covered(network: Network, by: readonly Network[]): boolean {
  return containsSet(networkSet(by), networkSet([network]));
}
