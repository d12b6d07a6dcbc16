import type { FirewallModel } from '../firewall/model.ts';
import { parseNetwork } from '../lib/cidr.ts';
import { difference, emptySet, networkSet, union } from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import { approaches, notRemote } from './endpoints.ts';
import { exposuresOf } from './exposure-model.ts';
import type { LinePlace, ReachGround, UnknownPart } from './exposure.ts';

/** From where other machines may come: by the firewall alone, and by pg_hba.conf and the roles alone. */
export interface Admission {
  /** Who comes through the firewall to a listener of the inspected cluster, redirects included. */
  readonly through: NetworkSet;
  /** Of whom nobody can tell, and the rule because of which. */
  readonly unclear: NetworkSet;
  readonly because: string | null;
  /** Who could log in as somebody if there were no firewall. */
  readonly named: NetworkSet;
  /** For whom a line may be of which only the server knows whom it is for, with the reasons. */
  readonly perhaps: NetworkSet;
  readonly doubtful: readonly UnknownPart[];
}

const noFirewall: FirewallModel = {
  manager: 'none',
  managers: [],
  chains: [],
  defaultInbound: 'accept',
  persistence: { state: 'unknown', reason: 'no rules are in force' },
  problems: [],
};

const setOf = (texts: readonly string[]): NetworkSet =>
  networkSet(texts.flatMap((text) => parseNetwork(text) ?? []));

/** Takes the gates of the exposure apart, so that what they let in can be compared. */
export function admittedNetworks(ground: ReachGround): Admission {
  const ways = approaches(ground).filter(
    ({ scope, listener }) => scope === 'remote' && listener?.inspected === true,
  );
  const through = union(emptySet, ...ways.filter(({ certain }) => certain).map(({ addresses }) => addresses));
  const uncertain = ways.filter(({ certain }) => !certain);
  const report = exposuresOf({ ...ground, firewall: noFirewall });
  const doubtful = report.unknown.filter(
    ({ gate, hba, from }) => gate === 'hba' && hba !== null && from.length > 0,
  );
  const isDoubtful = (place: LinePlace): boolean =>
    doubtful.some(({ hba }) => hba?.file === place.file && hba.line === place.line);
  const local = notRemote(ground);
  const remote = (texts: readonly string[]): NetworkSet => difference(setOf(texts), local);
  return {
    through,
    unclear: difference(union(emptySet, ...uncertain.map(({ addresses }) => addresses)), through),
    because: uncertain[0]?.firewallRule ?? null,
    named: remote(
      report.network.flatMap(({ scope, hba, from }) =>
        scope === 'remote' && hba !== null && !isDoubtful(hba) ? from : [],
      ),
    ),
    perhaps: remote(doubtful.flatMap(({ from }) => from)),
    doubtful,
  };
}
