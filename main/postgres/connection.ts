/** One statement of a batch; values travel apart from the text ($1, $2, …). */
export interface Statement {
  readonly text: string;
  readonly values?: readonly (string | number | boolean | null)[];
}

export type Row = Readonly<Record<string, unknown>>;

/** What became of one statement. An error of one leaves the others alone. */
export type StatementResult =
  | { readonly state: 'done'; readonly rows: readonly Row[]; readonly command: string }
  | { readonly state: 'failed'; readonly code: string; readonly message: string };

/** An error that the server reported, with its SQLSTATE. */
export class StatementError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StatementError';
    this.code = code;
  }
}

/** What the server told while the session was opened. */
export interface ServerInfo {
  readonly version: string;
  readonly versionNumber: number;
  readonly major: number;
  readonly roleIsSuperuser: boolean;
  /** null before 14, which does not tell it. */
  readonly inRecovery: boolean | null;
}

/** How the session came in: the login's own Unix socket, a bridge as the cluster's owner, or TCP through the tunnel. */
export type ConnectionWay = 'socket' | 'sudo-bridge' | 'tcp';

/** A session of PostgreSQL. Statements are sent without waiting for earlier answers; close() ends it. */
export interface Connection {
  readonly how: ConnectionWay;
  readonly tls: boolean;
  readonly role: string;
  readonly database: string;
  readonly serverInfo: ServerInfo;
  /** Runs one statement. Throws StatementError, or HostError when the link is lost, cancelled or timed out. */
  query(
    text: string,
    values?: Statement['values'],
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<readonly Row[]>;
  /** Sends all statements at once; each one is a transaction of its own. Rejects only when the link is lost. */
  batch(
    statements: readonly Statement[],
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<readonly StatementResult[]>;
  close(): Promise<void>;
}

export type Purpose = 'inspect' | 'change';
