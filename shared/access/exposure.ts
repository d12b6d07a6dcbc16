import type { FactSet } from '../facts/facts.ts';
import type { FirewallModel } from '../firewall/model.ts';
import type { HbaConnection } from '../hba/match.ts';
import type { HbaProblem, HbaRule } from '../hba/types.ts';

/**
 * The words of the exposure: who can reach the server, from where, and which single rule and line lets them. All of it
 * is plain JSON, so that it can cross to the window as it is. `readGround` (ground.ts) makes the ground of the facts,
 * `exposureOf` (exposure-model.ts) the exposure of the ground, `can` (reach.ts) answers for one client.
 */

/** The facts that an exposure is computed from. Each may be missing: what hangs on it is then unknown, never closed. */
export type ReachFacts = Partial<
  Pick<
    FactSet,
    | 'system'
    | 'accounts'
    | 'clusters'
    | 'cluster'
    | 'server'
    | 'settings'
    | 'configurationFiles'
    | 'unixSockets'
    | 'listeners'
    | 'interfaces'
    | 'firewall'
    | 'roles'
    | 'memberships'
    | 'databases'
    | 'sessions'
    | 'logins'
  >
>;

/** What stands between a client and its session, in the order in which it is met. */
export type Gate = 'firewall' | 'listener' | 'hba' | 'role';
export type NetworkTransport = Exclude<HbaConnection['transport'], 'local'>;

/** A line of pg_hba.conf or of a file that it includes. */
export interface LinePlace {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** Where a client has to dial: an address of the host (or `0.0.0.0` and `::` for all of them) and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** `possible`: it hangs on something that is not known, which stands in `unknown`. */
export type Certainty = 'certain' | 'possible';

/** Networks from which the roles can log in to the databases over one endpoint, by one line. */
export interface Exposure {
  /** The fewest networks, IPv4 first; `0.0.0.0/0` where only addresses that nobody can send from are left out. */
  readonly from: readonly string[];
  /** `host`: clients on the host itself; `remote`: other machines. */
  readonly scope: 'host' | 'remote';
  /** True when `from` has a sixteenth of all addresses of a family, or more. */
  readonly openToAll: boolean;
  readonly to: Endpoint;
  /** The port that the firewall leads the connection on to, where it is another one; null otherwise. */
  readonly redirectedTo: Endpoint | null;
  /** Names, sorted; `replication` for physical replication. Empty for a port that was not inspected. */
  readonly databases: readonly string[];
  readonly allDatabases: boolean;
  readonly roles: readonly string[];
  /** True when `roles` are all that can log in at all. */
  readonly allRoles: boolean;
  /** The method of the line, or `notInspected`. */
  readonly method: string;
  /** What the line asks for besides the method: `clientcert=verify-full`. */
  readonly clientCertificate: boolean;
  /** null for a port that was not inspected. */
  readonly transport: NetworkTransport | null;
  /** The rule or policy that lets the first packet in; null when no chain stands in the way. */
  readonly firewallRule: string | null;
  readonly hba: LinePlace | null;
  readonly certainty: Certainty;
  /** The process behind a port that was not inspected, as far as it is known. */
  readonly process: string | null;
}

/** The method of a port behind which another cluster or program listens. */
export const notInspected = 'port open, not inspected';

/** OS accounts that can open a Unix socket and log in by it. */
export interface SocketExposure {
  readonly path: string;
  /** Names, sorted, root first. */
  readonly accounts: readonly string[];
  /** True when folders and socket let every account of the host in. */
  readonly everyAccount: boolean;
  readonly databases: readonly string[];
  readonly allDatabases: boolean;
  readonly roles: readonly string[];
  readonly allRoles: boolean;
  readonly method: string;
  readonly hba: LinePlace;
  readonly certainty: Certainty;
}

/** Something that nobody can tell from the facts, with what it could touch. */
export interface UnknownPart {
  readonly gate: Gate;
  readonly reason: string;
  /** Networks for which the answer is unknown; empty when it is not about networks. */
  readonly from: readonly string[];
  readonly to: Endpoint | null;
  readonly firewallRule: string | null;
  readonly hba: LinePlace | null;
}

/** What a line of pg_hba.conf does: whether anything is left for it, and who took the rest. */
export interface LineReach {
  readonly place: LinePlace;
  readonly method: string;
  /**
   * `live`: some connection comes to it; `shadowed`: earlier lines take all; `never`: the server offers no connection of
   * its type (hostssl without TLS); `unknown`: not to be told.
   */
  readonly state: 'live' | 'shadowed' | 'never' | 'unknown';
  /** True when a client can get in by it over network or socket: firewall, listener and role let it. */
  readonly exposed: boolean;
}

/** Everything that is open. */
export interface ExposureReport {
  readonly network: readonly Exposure[];
  readonly sockets: readonly SocketExposure[];
  readonly unknown: readonly UnknownPart[];
  /** One a line of pg_hba.conf, in the server's order. */
  readonly lines: readonly LineReach[];
}

/** A TCP port of the host with what is known of the process behind it. */
export interface ReachListener extends Endpoint {
  readonly process: string | null;
  /** True for the cluster that was inspected. */
  readonly inspected: boolean;
}

/** Facts read once: rules, firewall, listeners. `rules` can be replaced to ask what a change would do. */
export interface ReachGround {
  readonly facts: ReachFacts;
  /** In the server's order; null when pg_hba.conf could not be read. */
  readonly rules: readonly HbaRule[] | null;
  readonly hbaProblems: readonly HbaProblem[];
  /** Why there are no rules. */
  readonly hbaReason: string | null;
  /** null when it was not collected, with the reason. */
  readonly firewall: FirewallModel | null;
  readonly firewallReason: string | null;
  readonly listeners: readonly ReachListener[];
  /** Why the listeners are taken from the settings, or are not known. */
  readonly listenersReason: string | null;
  /** The TCP port of the inspected cluster. */
  readonly port: number;
  /** Whether `ssl` is on; null when it is not known. */
  readonly ssl: boolean | null;
  /** Whether a line tells GSS encryption apart; without one it is as a connection without TLS, and is not listed. */
  readonly gss: boolean;
  readonly major: number;
}

/** One client. */
export interface Question {
  /** An address, or `local` for the Unix socket. */
  readonly address: string;
  readonly role: string;
  /** `replication` with `replication: true` for physical replication. */
  readonly database: string;
  /** null: with TLS where the server has it, otherwise without, as libpq tries by itself. */
  readonly tls: boolean | null;
  /** The port that is dialled; null for the cluster's own. */
  readonly port: number | null;
  readonly replication?: boolean;
}

/** The answer, and the first gate that decides it. */
export interface Answer {
  readonly verdict: 'allowed' | 'refused' | 'unknown';
  readonly because: {
    readonly gate: Gate;
    /** The rule, policy or line in words; for `role` what is in the way. */
    readonly rule: string | null;
    readonly file: string | null;
    readonly line: number | null;
  };
  readonly method: string | null;
  readonly transport: HbaConnection['transport'] | null;
}

/** What a change opens and closes: exposures of one state without what the other has. */
export interface ExposureDifference {
  readonly opened: readonly Exposure[];
  readonly closed: readonly Exposure[];
  readonly openedSockets: readonly SocketExposure[];
  readonly closedSockets: readonly SocketExposure[];
}

/** Whether a line is used by anybody who was seen. */
export interface LineUse {
  readonly place: LinePlace;
  /** Sessions that are open now, and logins in the log, that come to this line. */
  readonly sessions: number;
  readonly logins: number;
  readonly lastAt: string | null;
  /** True when clients were seen that may have come to this line or to another. */
  readonly uncertain: boolean;
}
