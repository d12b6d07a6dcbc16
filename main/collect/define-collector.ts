import type { FactName, FactSet } from '../../shared/facts/facts.ts';
import type { Fact } from '../../shared/facts/fact.ts';
import type { Cluster } from '../../shared/facts/cluster.ts';
import type { HostDescription } from '../host/host.ts';

/**
 * As whom a shell probe runs: the account of the login, root, or the owner of the cluster. Without root the probes of
 * root and owner are tried as the login; what is refused then becomes `denied`.
 */
export type ProbeAccount = 'login' | 'root' | 'owner';

/**
 * A fragment of sh. It has the functions of shell-library.ts, and, unless it is a probe of the login, the variables
 * PC_DATA, PC_CONFIG, PC_HBA, PC_IDENT, PC_OWNER, PC_PORT, PC_BIN, PC_MAJOR, PC_PID, PC_UNIT and S_NAME for the
 * settings in `neededSettings`. Exit code 77 means that root is needed; 78 that the subject does not exist here, with the
 * reason on standard error.
 */
export interface ShellProbe {
  readonly kind: 'shell';
  readonly as: ProbeAccount;
  readonly script: string;
  readonly capBytes: number;
  readonly seconds: number;
  /**
   * Runs in the script's own shell, without a time limit, and may print frames of its own by `pc_emit_file`: only for
   * fragments that read files and run nothing else.
   */
  readonly inline: boolean;
}

/** One SELECT. Its rows travel as JSON, so a column must be of a type that JSON can hold. */
export interface SqlProbe<Scope extends 'cluster' | 'each-database' = 'cluster' | 'each-database'> {
  readonly kind: 'sql';
  readonly scope: Scope;
  /** The statement for a major version; without a semicolon. */
  readonly text: (major: number) => string;
  readonly minMajor: number;
  readonly capBytes: number;
}

export type Probe = ShellProbe | SqlProbe;

/** A part of the output that an inline probe printed by itself: a file with a label in front. */
export interface Frame {
  readonly label: string;
  readonly exitCode: number;
  readonly bytes: Buffer;
  readonly stderr: string;
  readonly truncated: boolean;
}

/** What a shell probe gave. */
export interface ShellValue {
  readonly exitCode: number;
  /** Standard output read as UTF-8. */
  readonly text: string;
  readonly bytes: Buffer;
  readonly stderr: string;
  readonly truncated: boolean;
  readonly frames: readonly Frame[];
  /** True when it ran with the rights that it asked for. */
  readonly privileged: boolean;
}

export type SqlRows = readonly Readonly<Record<string, unknown>>[];

export type OutputOf<P extends Probe> = P extends ShellProbe
  ? Fact<ShellValue>
  : P extends SqlProbe<'each-database'>
    ? ReadonlyMap<string, Fact<SqlRows>>
    : Fact<SqlRows>;

export type Outputs<Probes extends Record<string, Probe>> = {
  readonly [Name in keyof Probes]: OutputOf<Probes[Name]>;
};

/** What a collector may know besides the outputs of its own probes. */
export interface ReadContext {
  readonly host: Pick<HostDescription, 'kind' | 'loginUser' | 'privilege' | 'loggedInWith'>;
  /** null where the host has no cluster. */
  readonly cluster: Cluster | null;
  readonly ranAsRoot: boolean;
  /** Effective settings by name; empty when the server could not be asked. */
  readonly settings: ReadonlyMap<string, string>;
  /** Databases that were not looked into, with the reason. */
  readonly skippedDatabases: readonly { readonly database: string; readonly reason: string }[];
  /** How the inspecting session came in; null when there is none. */
  readonly connection: 'socket' | 'sudo-bridge' | 'tcp' | null;
  /** Why there is no session, as a fact in the state that every SQL fact then has; null when there is one. */
  readonly noSession: Fact<never> | null;
}

export type FactsOf<Names extends FactName> = { readonly [Name in Names]: FactSet[Name] };

/** A subject of the scan: probes, and how their outputs become facts. */
export interface Collector {
  /** What progress shows: `firewall`, `roles`, … */
  readonly subject: string;
  readonly facts: readonly FactName[];
  readonly probes: Readonly<Record<string, Probe>>;
  /** Why the subject is not looked at on a practice server, which shares the machine of the person; null otherwise. */
  readonly absentInPractice: string | null;
  readonly read: (
    outputs: Readonly<Record<string, never>>,
    context: ReadContext,
  ) => Partial<{ readonly [Name in FactName]: FactSet[Name] }>;
}

/**
 * Declares a collector. The runner batches the probes of all collectors; `read` gets the outputs by probe name and
 * must be total: what it throws makes its facts `failed`, and what it returns is checked against the fact's schema.
 */
export function defineCollector<Names extends FactName, Probes extends Record<string, Probe>>(definition: {
  readonly subject: string;
  readonly facts: readonly Names[];
  readonly probes: Probes;
  readonly absentInPractice?: string;
  readonly read: (outputs: Outputs<Probes>, context: ReadContext) => FactsOf<Names>;
}): Collector {
  return {
    ...definition,
    absentInPractice: definition.absentInPractice ?? null,
    read: definition.read as unknown as Collector['read'],
  };
}

/** A shell probe with the usual limits: 256 KiB, 10 seconds. */
export function shell(
  as: ProbeAccount,
  script: string,
  limits: Partial<Pick<ShellProbe, 'capBytes' | 'seconds' | 'inline'>> = {},
): ShellProbe {
  return { kind: 'shell', as, script, capBytes: 262_144, seconds: 10, inline: false, ...limits };
}

/** An SQL probe over the cluster. The statement gets the major version; before `minMajor` it is not sent. */
export function clusterSql(
  text: string | ((major: number) => string),
  limits: Partial<Pick<SqlProbe, 'minMajor' | 'capBytes'>> = {},
): SqlProbe<'cluster'> {
  return sql('cluster', text, limits);
}

/** An SQL probe that is run in every database that can be connected to. */
export function databaseSql(
  text: string | ((major: number) => string),
  limits: Partial<Pick<SqlProbe, 'minMajor' | 'capBytes'>> = {},
): SqlProbe<'each-database'> {
  return sql('each-database', text, limits);
}

function sql<Scope extends 'cluster' | 'each-database'>(
  scope: Scope,
  text: string | ((major: number) => string),
  limits: Partial<Pick<SqlProbe, 'minMajor' | 'capBytes'>>,
): SqlProbe<Scope> {
  const statement = typeof text === 'string' ? () => text : text;
  return { kind: 'sql', scope, text: statement, minMajor: 0, capBytes: 16 * 1024 * 1024, ...limits };
}

/**
 * Rows as the type of a fact. Nothing is checked here: the runner checks every fact against its schema, and a row of
 * another shape makes the fact failed.
 */
export function rowsAs<Shape>(fact: Fact<SqlRows>): Fact<Shape[]> {
  return fact as Fact<unknown> as Fact<Shape[]>;
}

/** A column as text; empty when it is null or no text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Applies a function to the value of a collected fact; the other states pass through. */
export function mapFact<From, To>(fact: Fact<From>, change: (value: From) => To): Fact<To> {
  return fact.state === 'collected' ? { state: 'collected', value: change(fact.value) } : fact;
}

/** The settings that probes of root and owner find in the variables S_NAME. */
export const neededSettings = [
  'ssl_cert_file',
  'ssl_key_file',
  'ssl_dh_params_file',
  'ssl_ciphers',
  'ssl_passphrase_command',
  'unix_socket_directories',
  'log_directory',
  'logging_collector',
] as const;
