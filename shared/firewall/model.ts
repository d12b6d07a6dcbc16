import type { Address, AddressFamily } from '../lib/cidr.ts';
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
      /** Asks for what the client dialled, before any translation (`ct original`). */
      readonly original?: boolean;
    }
  | {
      readonly kind: 'port';
      readonly end: 'source' | 'destination';
      readonly ranges: readonly PortRange[];
      readonly negated: boolean;
      readonly original?: boolean;
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
  /** Whether the destination of the connection was translated (`ct status dnat`). */
  | { readonly kind: 'translated'; readonly negated: boolean }
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
  /** Leads the connection to another end of it: DNAT and redirect. */
  | { readonly kind: 'translate'; readonly to: Translation }
  /** A target that this model does not follow: user-space queues, translation by maps, unknown extensions. */
  | { readonly kind: 'unknown'; readonly text: string };

/** Where a translated connection goes on to. */
export interface Translation {
  /** null: an address of the host itself, as `redirect` has it, or the one that was dialled. */
  readonly address: Address | null;
  /** null: the port that was dialled. */
  readonly port: number | null;
}

/** One rule, with a text for people that names it. */
export interface Rule {
  readonly text: string;
  /** nft's handle; null for rules from iptables-save. */
  readonly handle: number | null;
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

/** Hooks on the way of a packet into the host or through it, and of the answer back. */
export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

/** A list of rules. Chains are named `family table chain` across tables. */
export interface Chain {
  readonly family: 'ip' | 'ip6' | 'inet' | 'netdev';
  readonly table: string;
  readonly name: string;
  /** Set for chains that the kernel calls itself. */
  readonly base: {
    /** Chains of type `nat` see the first packet of a connection only. Left out: `filter`. */
    readonly type?: 'filter' | 'nat';
    readonly hook: Hook;
    readonly priority: number;
    readonly policy: 'accept' | 'drop';
    /** Only for packets from this device (hook ingress). */
    readonly device: string | null;
  } | null;
  readonly rules: readonly Rule[];
  readonly origin: 'nft' | 'iptables' | 'windows';
}

/** Which program made the rules that are in force. */
export type FirewallManager = 'none' | 'nft' | 'ufw' | 'firewalld' | 'iptables' | 'windows' | 'mixed';

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
