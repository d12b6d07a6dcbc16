import type { Socket } from 'node:net';
import ssh2, { type Client as SshClient, type ClientChannel } from 'ssh2';
import type { Prompt, PromptAnswer } from '../../shared/contract/prompts.ts';
import { HostError } from '../host/host.ts';
import { Authenticator } from './authenticate.ts';
import { findCandidates } from './candidates.ts';
import { cancelledError } from '../host/abort.ts';
import { handshakeError, messageOf } from './errors.ts';
import { checkHostKey, expectHostKey, type HostKeyExpectation } from './host-key.ts';
import { keepaliveMisses, limits } from './limits.ts';
import { PatientTimer } from './patient-timer.ts';
import type { Remembered } from './remembered.ts';
import type { SshRoute } from './ssh-config.ts';

/** A finished login on one host. */
export interface Link {
  readonly route: SshRoute;
  readonly client: SshClient;
  /** The address that the TCP connection reached; null behind a jump host. */
  readonly address: string | null;
}

export interface LinkRequest {
  readonly route: SshRoute;
  /** Opens a fresh byte stream to the host: by TCP, or through a jump host. */
  readonly openTransport: (signal: AbortSignal) => Promise<Socket | ClientChannel>;
  readonly identityFile: string | null;
  readonly knownHostsFile: string | null;
  readonly acceptNewHostKey: boolean;
  readonly remembered: Remembered;
  readonly ask: (prompt: Prompt, signal: AbortSignal) => Promise<PromptAnswer>;
  readonly report: (stage: 'tcp' | 'host-key' | 'login', state: 'running' | 'done', detail: string) => void;
}

/** After so many connections that the server ended for too many failures it is left in peace. */
const connectionsAtMost = 3;

class TooManyFailures extends Error {}

async function attempt(
  request: LinkRequest,
  authenticator: Authenticator,
  expectation: HostKeyExpectation,
  signal: AbortSignal,
): Promise<Link> {
  const { route, remembered, report } = request;
  report('tcp', 'running', '');
  const transport = await request.openTransport(signal);
  const address = 'remoteAddress' in transport ? (transport.remoteAddress ?? null) : null;
  const client = new ssh2.Client();
  const destroy = (): void => {
    client.destroy();
    transport.destroy();
  };
  report('tcp', 'done', address === null ? `${route.hostName}:${route.port}` : `${address}:${route.port}`);
  report('host-key', 'running', '');
  return new Promise<Link>((resolve, reject) => {
    let stage: 'host-key' | 'login' = 'host-key';
    let settled = false;
    let keyWords = '';
    const finish = (error: unknown): void => {
      if (settled) return;
      settled = true;
      timer.stop();
      signal.removeEventListener('abort', abort);
      if (error === null) resolve({ route, client, address });
      else {
        destroy();
        reject(error instanceof Error ? error : new Error('The login failed', { cause: error }));
      }
    };
    const timer = new PatientTimer(() =>
      finish(
        new HostError(
          'timeout',
          stage === 'login'
            ? `${route.alias} did not answer the login in time.`
            : `${route.alias} did not answer as an ssh server in time.`,
          'Check that an ssh server listens on that port, and try again.',
        ),
      ),
    );
    const abort = (): void => finish(cancelledError());
    const ask = async (prompt: Prompt): Promise<PromptAnswer> => {
      try {
        return await timer.pausedDuring(() => request.ask(prompt, signal));
      } catch (error) {
        finish(error);
        throw error;
      }
    };
    authenticator.useAsk(ask, finish);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();

    client.on('error', (error) => {
      // The failure of one key of the agent is the failure of one attempt.
      if (error.level === 'agent') {
        if (authenticator.failure !== null) finish(authenticator.failure);
        return;
      }
      const message = messageOf(error);
      if (authenticator.failure !== null) finish(authenticator.failure);
      else if (error.level === 'client-authentication') finish(authenticator.refused(error));
      else if (/too many authentication failures/i.test(message)) finish(new TooManyFailures(message));
      else if (stage === 'login' && !settled) finish(authenticator.cutOff(message));
      else finish(handshakeError(route.alias, error));
    });
    client.on('close', () => {
      if (stage === 'login') finish(authenticator.failure ?? authenticator.cutOff('connection closed'));
      else finish(handshakeError(route.alias, new Error('connection closed')));
    });
    client.on('handshake', () => {
      if (settled || stage === 'login') return;
      stage = 'login';
      report('host-key', 'done', keyWords);
      report('login', 'running', '');
      timer.start(limits.loginMs);
    });
    client.on('change password', () =>
      finish(
        new HostError(
          'authentication-failed',
          `The password of ${route.user} on ${route.alias} has expired.`,
          `Log in once with ssh ${route.user}@${route.alias} and set a new one.`,
        ),
      ),
    );
    client.on('ready', () => {
      authenticator.succeeded();
      report('login', 'done', `${route.user}, ${authenticator.method}`);
      finish(null);
    });

    timer.start(limits.handshakeMs);
    client.connect({
      sock: transport,
      username: route.user,
      readyTimeout: 0,
      keepaliveInterval: route.keepaliveMs,
      keepaliveCountMax: keepaliveMisses,
      algorithms: {
        serverHostKey: [...expectation.algorithms],
        // ssh2's own list without SHA-1.
        hmac: [
          'hmac-sha2-256-etm@openssh.com',
          'hmac-sha2-512-etm@openssh.com',
          'hmac-sha2-256',
          'hmac-sha2-512',
        ],
      },
      hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => {
        const accepted = remembered.hostKeys.get(expectation.name);
        const pinned = accepted === undefined ? null : accepted;
        checkHostKey(route, expectation, key, {
          pinned,
          acceptNew: request.acceptNewHostKey,
          hash: route.hashKnownHosts,
          ask,
        }).then(
          (words) => {
            remembered.hostKeys.set(expectation.name, Buffer.from(key));
            keyWords = words;
            verify(true);
          },
          (error: unknown) => {
            finish(error);
            verify(false);
          },
        );
      },
      // ssh2 keeps the refused methods to itself while it walks through keys of an agent; its debug line names them.
      debug: (line) => {
        const methods = /^Inbound: Received USERAUTH_FAILURE \((.*)\)$/.exec(line)?.[1];
        if (methods !== undefined && !settled) authenticator.note(methods === '' ? [] : methods.split(','));
      },
      authHandler: (methods, partial, next) => {
        timer.start(limits.loginMs);
        authenticator.next(methods as readonly string[] | null, partial).then(
          (method) => {
            if (settled) return;
            if (authenticator.failure !== null) finish(authenticator.failure);
            else if (method === false) finish(authenticator.refused());
            else next(method);
          },
          (error: unknown) => finish(error),
        );
      },
    });
  });
}

/**
 * Logs in to one host: TCP (or a jump host), host key, authentication, each with its own time limit. Where the server
 * hangs up after too many failures, a new connection goes on with what was not tried yet.
 * Rejects with HostError; nothing stays open then.
 */
export async function openLink(request: LinkRequest, signal: AbortSignal): Promise<Link> {
  const candidates = await findCandidates(request.route, request.identityFile, request.remembered);
  const expectation = await expectHostKey(request.route, request.knownHostsFile);
  const authenticator = new Authenticator(request.route, candidates, request.remembered);
  for (let connection = 1; ; connection += 1) {
    authenticator.begin();
    try {
      return await attempt(request, authenticator, expectation, signal);
    } catch (error) {
      if (!(error instanceof TooManyFailures)) throw error;
      if (connection >= connectionsAtMost || !authenticator.hasMore) throw authenticator.refused(error);
    }
  }
}
