import ssh2, {
  type BaseAgent as Agent,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';

const { BaseAgent, createAgent } = ssh2;

export type Sign = (data: Buffer, hash: SigningRequestOptions['hash']) => Promise<Buffer>;

/**
 * Offers exactly one key and signs when the server has said that it would take it. So a passphrase is asked only for a
 * key that opens the door, and the failure of each key is known one by one.
 */
export class SingleKeyAgent extends BaseAgent<Buffer> {
  readonly #publicKey: Buffer;
  readonly #sign: Sign;
  /** Whether a signature went out: a refusal after that is a partial success (or a broken key), no unknown key. */
  signed = false;

  constructor(publicKey: Buffer, sign: Sign) {
    super();
    this.#publicKey = publicKey;
    this.#sign = sign;
  }

  override getIdentities(callback: IdentityCallback<Buffer>): void {
    callback(null, [this.#publicKey]);
  }

  override sign(
    _key: Buffer,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const done = typeof options === 'function' ? options : callback;
    const hash = typeof options === 'function' ? undefined : options.hash;
    this.#sign(data, hash).then(
      (signature) => {
        this.signed = true;
        done?.(null, signature);
      },
      (error: unknown) => done?.(error instanceof Error ? error : new Error(String(error))),
    );
  }
}

export interface AgentKey {
  readonly publicKey: Buffer;
  readonly comment: string;
  readonly sign: Sign;
}

function signWith(agent: Agent, key: ParsedKey): Sign {
  return (data, hash) =>
    new Promise((resolve, reject) => {
      agent.sign(key, data, hash === undefined ? {} : { hash }, (error, signature) => {
        if (signature === undefined) reject(error ?? new Error('The agent gave no signature'));
        else resolve(signature);
      });
    });
}

/** The keys that an agent holds; none when the agent does not answer within three seconds. */
export async function listAgentKeys(socket: string): Promise<readonly AgentKey[]> {
  const agent = createAgent(socket);
  const keys = await new Promise<readonly ParsedKey[]>((resolve) => {
    const timer = setTimeout(() => resolve([]), 3_000);
    agent.getIdentities((error, found) => {
      clearTimeout(timer);
      resolve(error !== null && error !== undefined ? [] : ((found ?? []) as readonly ParsedKey[]));
    });
  });
  return keys
    .filter((key) => typeof key.getPublicSSH === 'function')
    .map((key) => ({ publicKey: key.getPublicSSH(), comment: key.comment, sign: signWith(agent, key) }));
}
