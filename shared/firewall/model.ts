import type { AddressFamily } from '../lib/cidr.ts';
import type { NetworkSet } from '../lib/network-set.ts';

/** An inclusive range of ports. */
export type PortRange = readonly [first: number, last: number];

/** One thing that a rule asks of a packet. `unknown` may hold or not: the model does not understand it. */
export type Condition =
  | {
      readonly kind: 'address';
      readonly end: 'source' | 'destination';
      readonly set: NetworkSet;
      readonly negated: boolean;
      /** The condition is false for packets of the other family, negated or not; null when it has both. */
      readonly family: AddressFamily | null;
    }
  | {
      readonly kind: 'port';
      readonly end: 'source' | 'destination';
      readonly ranges: readonly PortRange[];
      readonly negated: boolean;
    }
  | { readonly kind: 'protocol'; readonly names: readonly string[]; readonly negated: boolean }
  | { readonly kind: 'family'; readonly families: readonly AddressFamily[]; readonly negated: boolean }
  | {
      readonly kind: 'interface';
      readonly direction: 'in' | 'out';
      /** Names; a `*` at the end stands for any rest. */
      readonly names: readonly string[];
      readonly negated: boolean;
    }
  | { readonly kind: 'state'; readonly states: readonly string[]; readonly negated: boolean }
  | {
      readonly kind: 'tcp-flags';
      readonly mask: readonly string[];
      readonly value: readonly string[];
      readonly negated: boolean;
    }
  /** Holds when all conditions of one alternative hold: sets, also of concatenated values. */
  | {
      readonly kind: 'any-of';
      readonly alternatives: readonly (readonly Condition[])[];
      readonly negated: boolean;
    }
  | { readonly kind: 'fixed'; readonly holds: boolean }
  /** A limit on how often: whether it holds while all counters are at zero. */
  | { readonly kind: 'rate'; readonly holds: boolean }
  | { readonly kind: 'unknown'; readonly text: string };

/** What a rule does with a packet for which all its conditions hold. */
export type Action =
  | { readonly kind: 'accept' | 'drop' | 'reject' | 'return' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  /** A target that this model does not follow: address translation, user-space queues, unknown extensions. */
  | { readonly kind: 'unknown'; readonly text: string };

/** One rule, with a text for people that names it. */
export interface Rule {
  readonly text: string;
  /** nft's handle; null for rules from iptables-save. */
  readonly handle: number | null;
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

/** Hooks on the way of a packet into the host and of the answer out of it. */
export type Hook = 'ingress' | 'prerouting' | 'input' | 'output' | 'postrouting';

/** A list of rules. Chains are named `family table chain` across tables. */
export interface Chain {
  readonly family: 'ip' | 'ip6' | 'inet' | 'netdev';
  readonly table: string;
  readonly name: string;
  /** Set for chains that the kernel calls itself. */
  readonly base: {
    readonly hook: Hook;
    readonly priority: number;
    readonly policy: 'accept' | 'drop';
    /** Only for packets from this device (hook ingress). */
    readonly device: string | null;
  } | null;
  readonly rules: readonly Rule[];
  readonly origin: 'nft' | 'iptables';
}

/** Which program made the rules that are in force. */
export type FirewallManager = 'none' | 'nft' | 'ufw' | 'firewalld' | 'iptables' | 'mixed';

/** The firewall of a host as far as it concerns connections to the host. */
export interface FirewallModel {
  readonly manager: FirewallManager;
  /** Every manager that has rules in force: more than one for `mixed`. */
  readonly managers: readonly Exclude<FirewallManager, 'none' | 'mixed'>[];
  readonly chains: readonly Chain[];
  /** What happens to a connection to a port that no rule names, from most of the addresses. */
  readonly defaultInbound: 'accept' | 'drop' | 'unknown';
  /** Whether the rules come back after a reboot. */
  readonly persistence: {
    readonly state: 'persistent' | 'lost-at-reboot' | 'unknown';
    readonly reason: string;
  };
  /** What could not be read; then nothing may be taken as closed. */
  readonly problems: readonly string[];
}

/** The key under which jumps find a chain. */
export function chainKey(chain: Pick<Chain, 'family' | 'table' | 'name'>): string {
  return `${chain.family} ${chain.table} ${chain.name}`;
}
