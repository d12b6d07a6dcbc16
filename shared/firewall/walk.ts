import { assertNever } from '../lib/assert-never.ts';
import type { Address } from '../lib/cidr.ts';
import { networkOf } from '../lib/cidr.ts';
import {
  difference,
  emptySet,
  hasAddress,
  intersection,
  isEmptySet,
  networkSet,
  sameSet,
  union,
} from '../lib/network-set.ts';
import type { NetworkSet } from '../lib/network-set.ts';
import { conditionBounds } from './conditions.ts';
import type { PacketClass } from './conditions.ts';
import { chainKey } from './model.ts';
import type { Chain, FirewallModel, Hook, Rule, Translation } from './model.ts';

/** A verdict that some addresses got (surely, or possibly) and where. */
export interface Decision {
  /** `doubt`: no verdict; from here on nobody can tell which way the packets go. */
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown' | 'translate' | 'doubt';
  readonly addresses: NetworkSet;
  readonly chain: string;
  /** null for the policy of the chain. */
  readonly rule: Rule | null;
  /** False when the rule may not have matched at all. */
  readonly certain: boolean;
}

/** Packets that may have come to an end of their way: the host's own, or another machine's behind it. */
export interface Arrival {
  readonly packet: PacketClass;
  readonly mayPass: NetworkSet;
  /** Where a translation led them; null when there was none. */
  readonly redirectedTo: { readonly address: Address | null; readonly port: number } | null;
}

/** What can happen to the packets of a class. An address in `mayPass` of an arrival and in `mayFail` is unknown. */
export interface Outcome {
  readonly arrivals: readonly Arrival[];
  readonly mayFail: NetworkSet;
  readonly decisions: readonly Decision[];
}

/** What is known of the host beyond its rules. */
export interface HostNetworks {
  /** The host's own addresses; null when they are not known. */
  readonly own: NetworkSet | null;
  /** The interface by which an address behind the host is reached; null when it is not known. */
  readonly interfaceTo: (address: Address) => string | null;
}

// The kernel itself limits how deep chains may call each other (16); loops are refused by it.
const maximalDepth = 32;
/** All chains of type nat are called from one place, whatever their own priorities are (NF_IP_PRI_NAT_DST). */
const translationPriority = -100;

interface Translated {
  readonly addresses: NetworkSet;
  readonly to: Translation;
  readonly chain: string;
  readonly rule: Rule;
}

interface Walk {
  packet: PacketClass;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly decisions: Decision[];
  passed: NetworkSet[];
  readonly failed: NetworkSet[];
  translated: Translated[];
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
  if (verdict === 'accept' || verdict === 'unknown') walk.passed.push(addresses);
  if (verdict === 'drop' || verdict === 'reject' || verdict === 'unknown') walk.failed.push(addresses);
  walk.decisions.push({ verdict, addresses, chain: chainKey(chain), rule, certain });
}

/** Walks one chain for the addresses that may be in it; returns those that may leave it without a verdict. */
function walkChain(walk: Walk, chain: Chain, entering: NetworkSet, depth: number): NetworkSet {
  // `live`: may still be at this rule. `returned`: may have left the chain to its caller.
  let live = entering;
  const returned: NetworkSet[] = [];
  for (const rule of chain.rules) {
    if (isEmptySet(live)) break;
    const bounds = conditionBounds(rule.conditions, walk.packet, rule.action.kind);
    if (isEmptySet(bounds.possible)) continue;
    const possible = intersection(live, bounds.possible);
    if (isEmptySet(possible)) continue;
    const sure = bounds.sure === bounds.possible ? possible : intersection(live, bounds.sure);
    const doubtful = sure === possible ? emptySet : difference(possible, sure);
    const { action } = rule;
    switch (action.kind) {
      case 'accept':
      case 'drop':
      case 'reject':
      case 'unknown':
        decide(walk, chain, rule, action.kind, sure, true);
        decide(walk, chain, rule, action.kind, doubtful, false);
        live = difference(live, sure);
        break;
      case 'translate':
        // Elsewhere the kernel accepts no such rule; who knows what it means.
        if (walk.packet.hook !== 'prerouting') {
          decide(walk, chain, rule, 'unknown', possible, true);
          live = difference(live, sure);
          break;
        }
        if (!isEmptySet(sure)) {
          walk.translated.push({ addresses: sure, to: action.to, chain: chainKey(chain), rule });
        }
        decide(walk, chain, rule, 'translate', sure, true);
        decide(walk, chain, rule, 'unknown', doubtful, false);
        live = difference(live, sure);
        break;
      case 'return':
        decide(walk, chain, rule, 'doubt', doubtful, false);
        returned.push(possible);
        live = difference(live, sure);
        break;
      case 'continue':
        break;
      case 'jump':
      case 'goto': {
        const target = walk.chains.get(`${chain.family} ${chain.table} ${action.chain}`);
        if (target === undefined || depth >= maximalDepth) {
          decide(walk, chain, rule, 'unknown', sure, true);
          decide(walk, chain, rule, 'unknown', doubtful, false);
          live = difference(live, sure);
          break;
        }
        decide(walk, chain, rule, 'doubt', doubtful, false);
        const back = walkChain(walk, target, possible, depth + 1);
        const untouched = difference(live, sure);
        live = action.kind === 'jump' ? union(untouched, back) : untouched;
        if (action.kind === 'goto') returned.push(back);
        break;
      }
      default:
        assertNever(action, 'action');
    }
  }
  return returned.length === 0 ? live : union(live, ...returned);
}

function concerns(chain: Chain, packet: PacketClass): boolean {
  if (chain.family === 'ip' && packet.family !== 'ipv4') return false;
  if (chain.family === 'ip6' && packet.family !== 'ipv6') return false;
  // Only the first packet of a connection comes to a chain that translates; the others follow it.
  if (chain.base?.type === 'nat' && packet.state !== 'new') return false;
  const device = chain.base?.device ?? null;
  return device === null || packet.interface === null || device === packet.interface;
}

function priorityOf({ base }: Chain): number {
  return base?.type === 'nat' && base.hook === 'prerouting' ? translationPriority : (base?.priority ?? 0);
}

/** The base chains of a hook in the order in which the kernel calls them. */
function chainsOf(model: Pick<FirewallModel, 'chains'>, hook: Hook, packet: PacketClass): readonly Chain[] {
  return model.chains
    .filter((chain) => chain.base?.hook === hook && concerns(chain, packet))
    .sort(
      (one, other) =>
        priorityOf(one) - priorityOf(other) || (one.base?.priority ?? 0) - (other.base?.priority ?? 0),
    );
}

/** Calls base chains one after the other; returns who may pass them all. Accept ends one of them, drop the packet. */
function callChains(walk: Walk, chains: readonly Chain[], entering: NetworkSet): NetworkSet {
  let live = entering;
  for (const chain of chains) {
    if (isEmptySet(live)) break;
    walk.passed = [];
    const rest = walkChain(walk, chain, live, 0);
    decide(walk, chain, null, chain.base?.policy ?? 'accept', rest, true);
    live = union(...walk.passed);
  }
  return live;
}

/** The packet with its new end; null when nobody can tell whether that is the host itself. */
function translate(packet: PacketClass, to: Translation, host: HostNetworks): PacketClass | null {
  const localPort = to.port ?? packet.localPort;
  const samePort = localPort === packet.localPort;
  // A redirect goes to an address of the interface, which mostly is the one that was dialled.
  if (to.address === null) return { ...packet, localPort, translated: samePort ? 'maybe' : true };
  const address = networkSet([networkOf(to.address)]);
  const translated =
    !samePort || isEmptySet(intersection(address, packet.localAddresses))
      ? true
      : sameSet(address, packet.localAddresses)
        ? false
        : ('maybe' as const);
  const loopback = to.address.family === 'ipv4' ? to.address.value >> 24n === 127n : to.address.value === 1n;
  if (!loopback && host.own === null) return null;
  const own = loopback || (host.own !== null && hasAddress(host.own, to.address));
  return {
    ...packet,
    localPort,
    localAddresses: address,
    translated,
    forward: own ? null : { interface: host.interfaceTo(to.address) },
  };
}

/**
 * Follows the first packet of a connection through every base chain on its way in, in the kernel's order: by hook, then
 * by priority. Where a rule translates the destination, the packets it takes go on with the new one, through the host
 * if that is not its own.
 */
export function followFirst(
  model: Pick<FirewallModel, 'chains'>,
  packet: PacketClass,
  addresses: NetworkSet,
  host: HostNetworks,
): Outcome {
  const chains = new Map(model.chains.map((chain) => [chainKey(chain), chain]));
  const walk: Walk = { packet, chains, decisions: [], passed: [], failed: [], translated: [] };
  walk.packet = { ...packet, hook: 'ingress' };
  let live = callChains(walk, chainsOf(model, 'ingress', packet), addresses);
  walk.packet = { ...packet, hook: 'prerouting' };
  const prerouting = chainsOf(model, 'prerouting', packet);
  const afterwards = prerouting.filter((chain) => priorityOf(chain) > translationPriority);
  const before = prerouting.filter((chain) => !afterwards.includes(chain));
  live = callChains(walk, before, live);
  const arrivals: Arrival[] = [];
  const arrive = (one: PacketClass, entering: NetworkSet, redirectedTo: Arrival['redirectedTo']): void => {
    if (isEmptySet(entering)) return;
    let inside = entering;
    walk.packet = { ...one, hook: 'prerouting' };
    inside = callChains(walk, afterwards, inside);
    for (const hook of one.forward === null ? (['input'] as const) : (['forward', 'postrouting'] as const)) {
      walk.packet = { ...one, hook };
      inside = callChains(walk, chainsOf(model, hook, one), inside);
    }
    arrivals.push({ packet: one, mayPass: inside, redirectedTo });
  };
  const translated = walk.translated;
  walk.translated = [];
  for (const { addresses: some, to, chain, rule } of translated) {
    const onward = translate(packet, to, host);
    if (onward === null) {
      walk.failed.push(some);
      arrivals.push({ packet, mayPass: some, redirectedTo: null });
      walk.decisions.push({ verdict: 'unknown', addresses: some, chain, rule, certain: false });
    } else arrive(onward, some, { address: to.address, port: onward.localPort });
  }
  arrive(packet, live, null);
  return { arrivals, mayFail: union(...walk.failed), decisions: walk.decisions };
}

/** The order in which later packets of a connection meet the hooks; chains that translate are not among them. */
function laterHooks({ direction, forward }: PacketClass): readonly Hook[] {
  if (forward !== null) return ['ingress', 'prerouting', 'forward', 'postrouting'];
  return direction === 'in' ? ['ingress', 'prerouting', 'input'] : ['output', 'postrouting'];
}

/** Follows a later packet of a connection: the answer, or what the client sends after it. */
export function followLater(
  model: Pick<FirewallModel, 'chains'>,
  packet: PacketClass,
  addresses: NetworkSet,
): Omit<Outcome, 'arrivals'> & { readonly mayPass: NetworkSet } {
  const chains = new Map(model.chains.map((chain) => [chainKey(chain), chain]));
  const walk: Walk = { packet, chains, decisions: [], passed: [], failed: [], translated: [] };
  let live = addresses;
  for (const hook of laterHooks(packet)) {
    for (const chain of chainsOf(model, hook, packet)) {
      // Before the translation a packet still has the destination that was dialled.
      const dialled =
        packet.direction === 'in' &&
        (hook === 'ingress' || (hook === 'prerouting' && priorityOf(chain) <= translationPriority));
      walk.packet = dialled
        ? { ...packet, hook, localPort: packet.dialled.port, localAddresses: packet.dialled.addresses }
        : { ...packet, hook };
      live = callChains(walk, [chain], live);
    }
  }
  return { mayPass: live, mayFail: union(...walk.failed), decisions: walk.decisions };
}
