import type { ParsedKey, SigningRequestOptions } from 'ssh2';
import type { Prompt, PromptAnswer } from '../../shared/contract/prompts.ts';
import { printable } from '../../shared/lib/hostile-text.ts';
import { HostError } from '../host/host.ts';
import { listAgentKeys } from './agent.ts';
import { readIdentity, unlockIdentity, type Identity } from './identity.ts';
import { askedAtMost } from './limits.ts';
import type { Remembered } from './remembered.ts';
import type { SshRoute } from './ssh-config.ts';

type Ask = (prompt: Prompt) => Promise<PromptAnswer>;

/** A key that may be offered to the server. */
export interface KeyCandidate {
  /** `key ~/.ssh/id_ed25519`, `agent key comment`. */
  readonly label: string;
  /** null when only the passphrase gives it. */
  readonly publicKey: Buffer | null;
  readonly problem: string | null;
  /** Asks for the passphrase to learn the public key; null when it was refused. */
  findPublicKey(ask: Ask): Promise<Buffer | null>;
  sign(data: Buffer, hash: SigningRequestOptions['hash'], ask: Ask): Promise<Buffer>;
}

async function unlock(identity: Identity, remembered: Remembered, ask: Ask): Promise<ParsedKey | null> {
  const known = identity.privateKey ?? remembered.identities.get(identity.file);
  if (known !== undefined) return known;
  if (!identity.encrypted) return null;
  for (let attempt = 1; attempt <= askedAtMost; attempt += 1) {
    const answer = await ask({ kind: 'passphrase', keyFile: identity.file, attempt });
    const passphrase = answer.kind === 'secrets' ? answer.values[0] : undefined;
    if (passphrase === undefined) return null;
    const key = await unlockIdentity(identity.file, passphrase);
    if (key !== null) {
      remembered.identities.set(identity.file, key);
      return key;
    }
  }
  return null;
}

function fileCandidate(identity: Identity, remembered: Remembered): KeyCandidate {
  return {
    label: `key ${identity.file}`,
    publicKey: identity.problem === null ? identity.publicKey : null,
    problem: identity.problem,
    findPublicKey: async (ask) => (await unlock(identity, remembered, ask))?.getPublicSSH() ?? null,
    sign: async (data, hash, ask) => {
      const key = await unlock(identity, remembered, ask);
      if (key === null) throw new Error(`${identity.file} was not unlocked`);
      const signature: Buffer | Error = key.sign(data, hash);
      if (signature instanceof Error) throw signature;
      return signature;
    },
  };
}

/**
 * The keys to offer, in ssh's order: keys of the agent that are also named as files, the other keys of the agent
 * (unless IdentitiesOnly), then files that the agent does not hold. A file that the person named stands alone.
 * Rejects with HostError 'not-found' when that file cannot be read.
 */
export async function findCandidates(
  route: SshRoute,
  identityFile: string | null,
  remembered: Remembered,
): Promise<readonly KeyCandidate[]> {
  const files = identityFile === null ? route.identityFiles : [identityFile];
  const read = await Promise.all(files.map((file) => readIdentity(file)));
  const identities = read.filter((identity) => identity !== null);
  if (identityFile !== null) {
    const problem = identities[0] === undefined ? 'it cannot be read' : identities[0].problem;
    if (problem !== null)
      throw new HostError(
        'not-found',
        `The identity file ${identityFile} cannot be used: ${problem}.`,
        'Name a private key in a format that OpenSSH or PuTTY writes (ed25519, ecdsa or rsa).',
      );
  }
  const agentKeys = route.agentSocket === null ? [] : await listAgentKeys(route.agentSocket);
  const named = (key: Buffer): number =>
    identities.findIndex((identity) => identity.publicKey?.equals(key) === true);
  const only = route.identitiesOnly || identityFile !== null;
  const fromAgent = agentKeys
    .filter((key) => !only || named(key.publicKey) >= 0)
    .sort((one, other) => Number(named(one.publicKey) < 0) - Number(named(other.publicKey) < 0));
  const held = (identity: Identity): boolean =>
    agentKeys.some((key) => identity.publicKey?.equals(key.publicKey) === true);
  return [
    ...fromAgent.map((key): KeyCandidate => ({
      label: `agent key ${printable(key.comment)}`,
      publicKey: key.publicKey,
      problem: null,
      findPublicKey: () => Promise.resolve(key.publicKey),
      sign: (data, hash) => key.sign(data, hash),
    })),
    ...identities
      .filter(
        (identity) =>
          !held(identity) &&
          (identity.privateKey !== null || identity.encrypted || identity.problem !== null),
      )
      .map((identity) => fileCandidate(identity, remembered)),
  ];
}
