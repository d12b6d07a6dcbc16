import type { AnyAuthMethod, KeyboardInteractiveCallback, Prompt as Field } from 'ssh2';
import type { Prompt, PromptAnswer } from '../../shared/contract/prompts.ts';
import { printable, shorten } from '../../shared/lib/hostile-text.ts';
import { Secret } from '../../shared/lib/secret.ts';
import { HostError } from '../host/host.ts';
import { SingleKeyAgent } from './agent.ts';
import type { KeyCandidate } from './candidates.ts';
import { fingerprintOf } from './known-hosts.ts';
import { askedAtMost } from './limits.ts';
import type { Remembered } from './remembered.ts';
import type { SshRoute } from './ssh-config.ts';

type Ask = (prompt: Prompt) => Promise<PromptAnswer>;

const oneTime = /verif|code|token|otp|one.?time|factor|duo|new|retype|current/i;
const passwordLike = /pass(word|phrase)/i;

/** A question whose answer stays true for the next login. */
function staysTrue(field: Field): boolean {
  return field.echo !== true && passwordLike.test(field.prompt) && !oneTime.test(field.prompt);
}

/**
 * Decides which way to log in is tried next on one host: keys of the agent, keys in files, the server's questions
 * (keyboard-interactive, any number of rounds), the password last. Lives longer than one connection, because a server
 * hangs up after MaxAuthTries failures: then the next connection goes on where this one ended.
 */
export class Authenticator {
  readonly account: string;
  /** Set when asking failed (cancelled, window closed): it ends the login with its own reason. */
  failure: unknown = null;
  readonly #route: SshRoute;
  readonly #remembered: Remembered;
  #ask: Ask = () => Promise.reject(new Error('Nobody can be asked yet'));
  #giveUp: (error: HostError) => void = () => undefined;
  #queue: KeyCandidate[];
  /** Keys that the server took as one part of several; each new connection offers them first. */
  #accepted: KeyCandidate[] = [];
  #offered: readonly string[] = [];
  #current: { readonly what: string; readonly key?: KeyCandidate; readonly agent?: SingleKeyAgent } | null =
    null;
  readonly #tried = new Map<string, number>();
  #noted: readonly string[] | null = null;
  #passwordAttempts = 0;
  #passwordDone = false;
  #pendingPassword: Secret | null = null;
  #keyboardAttempts = 0;
  #keyboardDone = false;
  #answered = false;
  #pendingAnswers = new Map<string, Secret>();
  #replayPassword: boolean;
  #replayAnswers = true;

  constructor(route: SshRoute, candidates: readonly KeyCandidate[], remembered: Remembered) {
    this.#route = route;
    this.account = `${route.user}@${route.hostName}:${route.port}`;
    this.#remembered = remembered;
    const used = remembered.keyUsed.get(this.account);
    const isUsed = (key: KeyCandidate): boolean =>
      key.publicKey !== null && fingerprintOf(key.publicKey) === used;
    this.#queue = [...candidates.filter(isUsed), ...candidates.filter((key) => !isUsed(key))];
    this.#replayPassword = remembered.passwords.has(this.account);
  }

  /** Whom to ask during the connection that starts now, and how to end it when nothing is left to try. */
  useAsk(ask: Ask, giveUp: (error: HostError) => void): void {
    this.#giveUp = giveUp;
    this.#ask = async (prompt) => {
      try {
        return await ask(prompt);
      } catch (error) {
        this.failure = error;
        throw error;
      }
    };
  }

  /** To be called before each connection. */
  begin(): void {
    this.#queue = [...this.#accepted, ...this.#queue];
    this.#accepted = [];
    this.#current = null;
    this.#noted = null;
  }

  /** The methods that the server named in its last refusal; ssh2 hands them on for all methods but keys. */
  note(methods: readonly string[]): void {
    this.#noted = methods;
  }

  /**
   * The next attempt, or false when every way has been tried. `methods` is null before the first attempt; `partial`
   * says that the last one was right and the server wants more.
   */
  async next(methods: readonly string[] | null, partial: boolean): Promise<AnyAuthMethod | false> {
    const username = this.#route.user;
    const left = this.#noted ?? methods;
    this.#settle(partial);
    if (left === null) {
      this.#current = { what: 'none' };
      return { type: 'none', username };
    }
    this.#offered = left;
    if (left.includes('publickey')) {
      const key = await this.#nextKey();
      if (key !== null) return key;
    }
    if (left.includes('keyboard-interactive') && !this.#keyboardDone) {
      this.#current = { what: 'keyboard-interactive' };
      let round = 0;
      return {
        type: 'keyboard-interactive',
        username,
        prompt: (name, instructions, _language, fields, finish) => {
          round += 1;
          void this.#answer(name, instructions, fields, round, finish);
        },
      };
    }
    // The same password was just refused through the server's own questions: asking again would only lock the account.
    if (left.includes('password') && !this.#passwordDone && !this.#answered) {
      const password = await this.#nextPassword();
      if (password !== null) {
        this.#current = { what: 'password' };
        return { type: 'password', username, password: password.reveal() };
      }
    }
    return false;
  }

  /** To be called when the login has succeeded: what was answered is kept for the next one. */
  succeeded(): void {
    const key = this.#current?.key ?? this.#accepted.at(-1);
    if (key?.publicKey !== undefined && key.publicKey !== null)
      this.#remembered.keyUsed.set(this.account, fingerprintOf(key.publicKey));
    if (this.#pendingPassword !== null) this.#remembered.passwords.set(this.account, this.#pendingPassword);
    for (const [label, answer] of this.#pendingAnswers) this.#remembered.answers.set(label, answer);
  }

  /** How the door was opened, to be shown. */
  get method(): string {
    return this.#current?.what ?? 'none';
  }

  /** Whether another connection could still try something. */
  get hasMore(): boolean {
    this.#settle();
    return (
      this.#queue.length > 0 ||
      (this.#offered.includes('keyboard-interactive') && !this.#keyboardDone) ||
      (this.#offered.includes('password') && !this.#passwordDone && !this.#answered)
    );
  }

  /** The error for the person: what was tried, and what the server would take. */
  refused(cause?: unknown): HostError {
    this.#settle();
    const tried = [...this.#tried].map(([what, times]) => (times > 1 ? `${what} (${times} times)` : what));
    const offered = this.#offered.length === 0 ? 'nothing' : this.#offered.join(', ');
    const needed =
      this.#accepted.length > 0
        ? ` ${this.#accepted.at(-1)?.label ?? 'The key'} was accepted, more is needed.`
        : '';
    return new HostError(
      'authentication-failed',
      `${this.#route.alias} did not let ${this.#route.user} in. The server offers: ${printable(offered)}. Tried: ${
        tried.length === 0 ? 'nothing that it offers' : tried.join(', ')
      }.${needed}`,
      this.#offered.includes('publickey')
        ? 'Check the user name, and name the identity file whose public key is in authorized_keys on the server.'
        : 'Check the user name and the password.',
      cause === undefined ? undefined : { cause },
    );
  }

  /** The server hung up in the middle of the login. */
  cutOff(message: string): HostError {
    return new HostError(
      'authentication-failed',
      `${this.#route.alias} ended the connection during the login of ${this.#route.user}: ${printable(message)}.`,
      'It may allow only a short time to log in, forbid this account, or block this machine after failed logins: its log tells (journalctl -u ssh).',
    );
  }

  #settle(partial = false): void {
    const current = this.#current;
    this.#current = null;
    if (current === null || current.what === 'none') return;
    if (partial && current.key === undefined) {
      this.#answered = false;
      return;
    }
    if (current.key !== undefined && current.agent?.signed === true) {
      this.#accepted.push(current.key);
      return;
    }
    this.#tried.set(current.what, (this.#tried.get(current.what) ?? 0) + 1);
    if (current.what === 'keyboard-interactive') {
      this.#keyboardAttempts += 1;
      this.#replayAnswers = false;
      this.#pendingAnswers.clear();
      if (this.#keyboardAttempts >= askedAtMost) this.#keyboardDone = true;
    } else if (current.what === 'password') {
      this.#replayPassword = false;
      this.#pendingPassword = null;
    }
  }

  async #nextKey(): Promise<AnyAuthMethod | null> {
    for (;;) {
      const key = this.#queue.shift();
      if (key === undefined) return null;
      const publicKey = key.publicKey ?? (await key.findPublicKey(this.#ask));
      if (publicKey === null) {
        this.#tried.set(`${key.label} (${key.problem ?? 'not unlocked'})`, 1);
        continue;
      }
      const agent = new SingleKeyAgent(publicKey, (data, hash) => key.sign(data, hash, this.#ask));
      this.#current = { what: key.label, key, agent };
      return { type: 'agent', username: this.#route.user, agent };
    }
  }

  async #nextPassword(): Promise<Secret | null> {
    const remembered = this.#remembered.passwords.get(this.account);
    if (this.#replayPassword && remembered !== undefined) return remembered;
    if (this.#passwordAttempts >= askedAtMost) return null;
    this.#passwordAttempts += 1;
    if (this.#passwordAttempts === askedAtMost) this.#passwordDone = true;
    const answer = await this.#ask({
      kind: 'password',
      user: this.#route.user,
      host: this.#route.alias,
      attempt: this.#passwordAttempts,
    });
    const value = answer.kind === 'secrets' ? answer.values[0] : undefined;
    if (value === undefined) {
      this.#passwordDone = true;
      return null;
    }
    this.#pendingPassword = new Secret(value);
    return this.#pendingPassword;
  }

  async #answer(
    name: string,
    instructions: string,
    fields: readonly Field[],
    round: number,
    finish: KeyboardInteractiveCallback,
  ): Promise<void> {
    const keyOf = (field: Field): string => `${this.account}\n${field.prompt}`;
    const known = fields.map((field) => this.#remembered.answers.get(keyOf(field)));
    if (this.#replayAnswers && known.every((answer) => answer !== undefined)) {
      finish(known.map((answer) => answer?.reveal() ?? ''));
      return;
    }
    try {
      const answer = await this.#ask({
        kind: 'keyboard-interactive',
        user: this.#route.user,
        host: this.#route.alias,
        name: shorten(printable(name), 200),
        instructions: shorten(printable(instructions), 2_000),
        round,
        fields: fields.map((field) => ({
          label: shorten(printable(field.prompt), 200),
          echo: field.echo === true,
        })),
      });
      const values = answer.kind === 'secrets' ? answer.values : null;
      if (values === null) {
        this.#keyboardDone = true;
        // No empty answer is sent where nothing else could be tried: it would count as a failed login.
        if (!this.#offered.includes('password') || this.#passwordDone) {
          this.#giveUp(this.refused());
          return;
        }
      } else this.#answered = true;
      // The password is being changed: what was answered before is no longer true.
      if (fields.some(({ prompt }) => /new|retype/i.test(prompt))) this.#pendingAnswers.clear();
      for (const [index, field] of fields.entries())
        if (values !== null && staysTrue(field))
          this.#pendingAnswers.set(keyOf(field), new Secret(values[index] ?? ''));
      finish(fields.map((_, index) => values?.[index] ?? ''));
    } catch {
      // Asking failed: whoever asks has given the connection up, so that no empty answer counts as a failed login.
    }
  }
}
