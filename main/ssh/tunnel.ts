import type { Duplex } from 'node:stream';
import type { TunnelTarget } from '../../shared/access/tunnel.ts';
import { HostError } from '../host/host.ts';
import type { Prompter } from '../host/prompter.ts';
import { openChain, resolveRoutes, type ChainOptions } from './chain.ts';
import { openSocketStream, openTcpStream } from './channels.ts';
import { parseDestination } from './destination.ts';
import { Remembered } from './remembered.ts';
import { defaultHome } from './ssh-config.ts';

export interface TunnelOptions extends ChainOptions {
  /** As for a connection; its user is replaced. */
  readonly destination: string;
  readonly jump: string | null;
  /** The account that tunnels. */
  readonly user: string;
  /** The folder that holds `.ssh`; the home folder where not given. */
  readonly home?: string;
}

/** A login that is good for tunnels only: it need not have a shell. */
export interface TunnelLogin {
  /** A byte stream to the far end. Rejects with HostError forwarding-refused or unreachable. */
  open(target: TunnelTarget, signal: AbortSignal): Promise<Duplex>;
  close(): Promise<void>;
}

/** Only for the passphrase of a key is anybody asked: all else that the key or the agent does not answer ends the try. */
const forPassphrase = (prompter: Prompter): Prompter => ({
  ask: async (prompt, signal) =>
    prompt.kind === 'passphrase' ? prompter.ask(prompt, signal) : { kind: 'skip' },
  progress: () => undefined,
});

/**
 * Logs in as an account that may have neither shell nor terminal, by key or agent, over the same way as a connection.
 * Rejects with HostError; nothing stays open then.
 */
export async function openTunnelLogin(
  options: TunnelOptions,
  prompter: Prompter,
  signal: AbortSignal,
): Promise<TunnelLogin> {
  const destination = { ...parseDestination(options.destination), user: options.user };
  const routes = await resolveRoutes(destination, options.jump, options.home ?? defaultHome(), signal);
  const chain = await openChain(
    routes,
    options,
    new Remembered(),
    forPassphrase(prompter),
    () => undefined,
    signal,
  );
  return {
    open: (target, within) =>
      target.kind === 'tcp'
        ? openTcpStream(chain.client, target.address, target.port, within)
        : openSocketStream(
            chain.client,
            target.path,
            async () =>
              new HostError(
                'forwarding-refused',
                `sshd did not connect to ${target.path}: it forbids forwarding, ${options.user} may not use the socket, or nothing listens there.`,
                'Check AllowStreamLocalForwarding, and the rights on the socket and on its folder.',
              ),
            within,
          ),
    close: () => chain.close(),
  };
}
