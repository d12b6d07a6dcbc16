import type { Duplex } from 'node:stream';

/** As whom a command runs on the host: the account of the login, root, or another account reached through root. */
export type RunAs =
  { readonly kind: 'login' } | { readonly kind: 'root' } | { readonly kind: 'user'; readonly name: string };

/** What the login may become. `root` means that the login itself is root. */
export type Privilege = 'none' | 'sudo-without-password' | 'sudo-with-password' | 'pkexec' | 'root';

export interface RunRequest {
  /**
   * A POSIX sh script. It travels on standard input, never in argv, is read whole before it starts, and runs with
   * LC_ALL=C and an empty standard input.
   */
  readonly script: string;
  readonly as: RunAs;
  /** Milliseconds after which the command is given up; the promise then rejects with HostError 'timeout'. */
  readonly timeoutMs: number;
  /** Bytes of standard output kept; what is above is dropped and `truncated` set. Standard error keeps 64 KiB. */
  readonly maxOutputBytes?: number;
}

export interface RunResult {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly truncated: boolean;
}

export type HostErrorCode =
  | 'timeout'
  | 'cancelled'
  | 'link-lost'
  | 'denied'
  | 'forwarding-refused'
  | 'session-refused'
  | 'unreachable'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'host-key-revoked'
  | 'authentication-failed'
  | 'sudo-refused'
  | 'no-shell'
  | 'read-only'
  | 'not-found';

/** An error at the border to a target: what happened, why as far as known, and what the person can do next. */
export class HostError extends Error {
  readonly code: HostErrorCode;
  readonly next: string;

  constructor(code: HostErrorCode, message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HostError';
    this.code = code;
    this.next = next;
  }
}

export interface HostDescription {
  readonly kind: 'ssh' | 'local' | 'practice' | 'recorded';
  /** What a person calls it, as used for the store of targets, waivers and runs: `admin@db1:2222`, `local`, `practice`. */
  readonly key: string;
  /** The host's name as shown: `db1.example.internal`, `This machine`. */
  readonly label: string;
  readonly loginUser: string;
  /** For `ssh`: what opened the door; a key together with a password counts as `password`. */
  readonly loggedInWith?: 'key' | 'password';
  readonly privilege: Privilege;
  /** For `ssh`: the address that the TCP connection reached, and the one it came from as the host sees it. */
  readonly address: string | null;
  readonly clientAddress: string | null;
  readonly port: number | null;
}

/** The only door to a target. Every method rejects with HostError; nothing here knows about PostgreSQL. */
export interface Host {
  readonly description: HostDescription;
  /** Runs one script. Rejects with 'denied' when `as` cannot be reached; a non-zero exit code is a result, no error. */
  run(request: RunRequest, signal: AbortSignal): Promise<RunResult>;
  /** A byte stream to a Unix socket on the host, opened as the login user. */
  openSocket(path: string, signal: AbortSignal): Promise<Duplex>;
  /** A byte stream to a TCP address as seen from the host. */
  openTcp(address: string, port: number, signal: AbortSignal): Promise<Duplex>;
  /** A byte stream to a program on the host: argv is run as `as`, the stream is its stdin and stdout. */
  openProgram(argv: readonly string[], as: RunAs, signal: AbortSignal): Promise<Duplex>;
  /**
   * A NEW login with what this one was given (host key, credentials, sudo password), sharing nothing with this one:
   * the proof that the way in still works. The caller closes it.
   */
  loginAgain(signal: AbortSignal): Promise<Host>;
  /** Called once when the link is lost without close(). Returns the way to stop listening. */
  onLost(listener: (reason: HostError) => void): () => void;
  close(): Promise<void>;
}
