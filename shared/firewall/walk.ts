import { assertNever } from '../lib/assert-never.ts';
import { difference, emptySet, intersection, isEmptySet, union } from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import { conditionBounds } from './conditions.ts';
import type { PacketClass } from './conditions.ts';
import { chainKey } from './model.ts';
import type { Chain, FirewallModel, Hook, Rule } from './model.ts';

/** A verdict that some addresses got (surely, or possibly) and where. */
export interface Decision {
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown';
  readonly addresses: NetworkSet;
  readonly chain: string;
  /** null for the policy of the chain. */
  readonly rule: Rule | null;
  /** False when the rule may not have matched at all. */
  readonly certain: boolean;
}

/** What can happen to the packets of a class. An address in both sets is unknown. */
export interface Outcome {
  readonly mayPass: NetworkSet;
  readonly mayFail: NetworkSet;
  readonly decisions: readonly Decision[];
}

// The kernel itself limits how deep chains may call each other (16); loops are refused by it.
const maximalDepth = 32;

interface Walk {
  readonly packet: PacketClass;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly decisions: Decision[];
  passed: NetworkSet;
  failed: NetworkSet;
}

function decide(
  walk: Walk,
  chain: Chain,
  rule: Rule | null,
  verdict: Decision['verdict'],
  addresses: NetworkSet,
  certain: boolean,
): void {
  if (isEmptySet(addresses)) return;
  if (verdict !== 'drop' && verdict !== 'reject') walk.passed = union(walk.passed, addresses);
  if (verdict !== 'accept') walk.failed = union(walk.failed, addresses);
  walk.decisions.push({ verdict, addresses, chain: chainKey(chain), rule, certain });
}

/** Walks one chain for the addresses that may be in it; returns those that may leave it without a verdict. */
function walkChain(walk: Walk, chain: Chain, entering: NetworkSet, depth: number): NetworkSet {
  // `live`: may still be at this rule. `returned`: may have left the chain to its caller.
  let live = entering;
  let returned = emptySet;
  for (const rule of chain.rules) {
    if (isEmptySet(live)) break;
    const bounds = conditionBounds(rule.conditions, walk.packet, rule.action.kind);
    const sure = intersection(live, bounds.sure);
    const possible = intersection(live, bounds.possible);
    if (isEmptySet(possible)) continue;
    const decideBoth = (verdict: Decision['verdict']): void => {
      decide(walk, chain, rule, verdict, sure, true);
      decide(walk, chain, rule, verdict, difference(possible, sure), false);
      live = difference(live, sure);
    };
    const { action } = rule;
    switch (action.kind) {
      case 'accept':
      case 'drop':
      case 'reject':
        decideBoth(action.kind);
        break;
      case 'unknown':
        decideBoth('unknown');
        break;
      case 'return':
        returned = union(returned, possible);
        live = difference(live, sure);
        break;
      case 'continue':
        break;
      case 'jump':
      case 'goto': {
        const target = walk.chains.get(`${chain.family} ${chain.table} ${action.chain}`);
        if (target === undefined || depth >= maximalDepth) {
          decideBoth('unknown');
          break;
        }
        const back = walkChain(walk, target, possible, depth + 1);
        const untouched = difference(live, sure);
        live = action.kind === 'jump' ? union(untouched, back) : untouched;
        if (action.kind === 'goto') returned = union(returned, back);
        break;
      }
      default:
        assertNever(action, 'action');
    }
  }
  return union(live, returned);
}

const hooksOf: Readonly<Record<PacketClass['direction'], readonly Hook[]>> = {
  in: ['ingress', 'prerouting', 'input'],
  out: ['output', 'postrouting'],
};

function concerns(chain: Chain, packet: PacketClass): boolean {
  if (chain.family === 'ip' && packet.family !== 'ipv4') return false;
  if (chain.family === 'ip6' && packet.family !== 'ipv6') return false;
  const device = chain.base?.device ?? null;
  return device === null || packet.interface === null || device === packet.interface;
}

/**
 * Follows the packets of a class from the given addresses through every base chain on their way, in the kernel's order:
 * by hook, then by priority. Accept ends one base chain only; drop ends the packet.
 */
export function followPackets(
  model: Pick<FirewallModel, 'chains'>,
  packet: PacketClass,
  addresses: NetworkSet,
): Outcome {
  const chains = new Map(model.chains.map((chain) => [chainKey(chain), chain]));
  const walk: Walk = { packet, chains, decisions: [], passed: emptySet, failed: emptySet };
  let live = addresses;
  for (const hook of hooksOf[packet.direction]) {
    const base = model.chains
      .filter((chain) => chain.base?.hook === hook && concerns(chain, packet))
      .sort((one, other) => (one.base?.priority ?? 0) - (other.base?.priority ?? 0));
    for (const chain of base) {
      walk.passed = emptySet;
      const rest = walkChain(walk, chain, live, 0);
      decide(walk, chain, null, chain.base?.policy ?? 'accept', rest, true);
      live = walk.passed;
    }
  }
  return { mayPass: live, mayFail: walk.failed, decisions: walk.decisions };
}
