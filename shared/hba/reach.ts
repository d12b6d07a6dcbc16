import { covers } from './covers.ts';
import { transportsOf } from './match.ts';
import type { HbaConnection, HbaContext } from './match.ts';
import type { HbaAddress, HbaRule, HbaToken } from './types.ts';
import { networkOf, parseAddress, parseNetwork } from '../lib/cidr.ts';
import { anySet, containsSet, difference, isEmptySet, networkSet } from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import { mayTake, placeOfRule } from './rule-index.ts';

export type Transport = HbaConnection['transport'];

/** A part of what a rule is for: one transport, one entry of its database list, one of its user list. */
interface Part {
  readonly transport: Transport;
  readonly database: HbaToken;
  readonly user: HbaToken;
}

/** What is left of a rule once the rules before it have decided. */
export interface RuleReach {
  /** Transports on which somebody can still come to this rule. */
  readonly transports: readonly Transport[];
  /** Rules that take connections away from it, in their order. Empty when nothing before it overlaps. */
  readonly takenBy: readonly HbaRule[];
}

/** Addresses as numbers; `opaque` for what only the server can resolve (host names, masks with holes). */
function addressSet(address: HbaAddress | null, context: HbaContext): NetworkSet | 'opaque' {
  switch (address?.kind) {
    case undefined:
    case 'all':
      return anySet();
    case 'network': {
      const network = address.prefix === null ? null : parseNetwork(`${address.address}/${address.prefix}`);
      return network === null ? 'opaque' : networkSet([network]);
    }
    case 'samehost':
    case 'samenet': {
      if (context.hostNetworks === null || context.hostNetworks === undefined) return 'opaque';
      const networks = context.hostNetworks.flatMap((text) => {
        const own = parseAddress(text.split('/')[0] ?? '');
        const network =
          address.kind === 'samenet' ? parseNetwork(text) : own === null ? null : networkOf(own);
        return network ?? [];
      });
      return networkSet(networks);
    }
    default:
      return 'opaque';
  }
}

/** True when an earlier rule takes all databases and users of the part on its transport. Never where it cannot tell. */
function holdsPart(earlier: HbaRule, rule: HbaRule, part: Part, context: HbaContext): boolean {
  if (!transportsOf(earlier.type).includes(part.transport)) return false;
  // As local rules the two differ in databases and users alone.
  const anywhere = { type: 'local', address: null } as const;
  const later = { ...rule, ...anywhere, databases: [part.database], users: [part.user] };
  return covers({ ...earlier, ...anywhere }, later, context) === 'covers';
}

/** True when the rules together hold every address of the given one. */
function addressesHeld(
  address: HbaAddress | null,
  rules: readonly HbaRule[],
  context: HbaContext,
): { readonly held: boolean; readonly by: readonly HbaRule[] } {
  const wanted = addressSet(address, context);
  if (wanted === 'opaque') {
    const by = rules.filter(
      (rule) => rule.address?.kind === 'all' || JSON.stringify(rule.address) === JSON.stringify(address),
    );
    return { held: by.length > 0, by: by.slice(0, 1) };
  }
  const by: HbaRule[] = [];
  let left = wanted;
  for (const rule of rules) {
    if (isEmptySet(left)) break;
    const set = addressSet(rule.address, context);
    if (set === 'opaque') continue;
    const rest = difference(left, set);
    if (!containsSet(rest, left)) by.push(rule);
    left = rest;
  }
  return { held: isEmptySet(left), by };
}

/**
 * What still comes to a rule after first match: for each transport, whether some database, user and address of the rule
 * is not decided by the rules before it. What cannot be told counts as reachable. The question can be narrowed
 * to some databases and users of the rule, and to the transports that the server has.
 */
export function reachOf(
  rules: readonly HbaRule[],
  rule: HbaRule,
  context: HbaContext,
  narrowed: {
    readonly databases?: readonly HbaToken[];
    readonly users?: readonly HbaToken[];
    readonly transports?: readonly Transport[];
  } = {},
): RuleReach {
  const place = Math.max(0, placeOfRule(rules, rule));
  const users = narrowed.users ?? rule.users;
  const takenBy = new Set<HbaRule>();
  const transports = transportsOf(rule.type)
    .filter((transport) => narrowed.transports?.includes(transport) ?? true)
    .filter((transport) => {
      let reachable = false;
      for (const database of narrowed.databases ?? rule.databases) {
        for (const user of users) {
          const candidates = mayTake(rules, place, { address: rule.address, database, user }).filter((one) =>
            holdsPart(one, rule, { transport, database, user }, context),
          );
          const { held, by } = addressesHeld(rule.address, candidates, context);
          by.forEach((one) => takenBy.add(one));
          if (!held) reachable = true;
        }
      }
      return reachable;
    });
  return {
    transports,
    takenBy: [...takenBy].sort((one, other) => placeOfRule(rules, one) - placeOfRule(rules, other)),
  };
}

/** True when the rules before it leave nothing for this one to decide. */
export function isShadowed(rules: readonly HbaRule[], rule: HbaRule, context: HbaContext): boolean {
  return reachOf(rules, rule, context).transports.length === 0;
}
