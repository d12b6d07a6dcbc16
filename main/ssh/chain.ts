import type { Client } from 'ssh2';
import type { Prompter } from '../host/prompter.ts';
import { HostError } from '../host/host.ts';
import { forwardTcp, lostError } from './channels.ts';
import { parseJumpList, type Destination } from './destination.ts';
import { messageOf } from './errors.ts';
import { openLink, type Link, type LinkRequest } from './link.ts';
import type { Remembered } from './remembered.ts';
import { resolveRoute, type SshRoute } from './ssh-config.ts';
import { connectTcp } from './tcp.ts';

const jumpsAtMost = 8;

/** The hosts to pass, the target last. */
export type Routes = readonly [...SshRoute[], SshRoute];

export interface ChainOptions {
  readonly identityFile: string | null;
  readonly knownHostsFile: string | null;
  readonly acceptNewHostKey: boolean;
}

/**
 * Resolves a destination and the hosts on the way to it through the ssh config. As with ssh, a list of jumps counts as
 * a whole: only the first of them may have a ProxyJump of its own.
 */
export async function resolveRoutes(
  destination: Destination,
  jump: string | null,
  home: string,
  signal: AbortSignal,
  depth = 0,
): Promise<Routes> {
  const route = await resolveRoute(destination, { home, jumpChosen: jump !== null }, signal);
  const list = parseJumpList(jump ?? route.proxyJump ?? '');
  const [first, ...others] = list;
  if (first === undefined) return [route];
  if (depth + list.length > jumpsAtMost)
    throw new HostError(
      'not-found',
      `There are more than ${jumpsAtMost} jump hosts on the way to ${route.alias}.`,
      'Check ProxyJump in the ssh config for a circle.',
    );
  const before = await resolveRoutes(first, null, home, signal, depth + list.length);
  const between: SshRoute[] = [];
  for (const other of others) between.push(await resolveRoute(other, { home, jumpChosen: true }, signal));
  return [...before, ...between, route];
}

/** A way to the target: one login per host on it. Ends as a whole when any of them ends. */
export class Chain {
  readonly links: readonly Link[];
  #lost: HostError | null = null;
  #closing = false;
  readonly #listeners = new Set<(reason: HostError) => void>();

  constructor(links: readonly Link[]) {
    this.links = links;
    for (const { client, route } of links) {
      let reason = `${route.alias} closed it`;
      client.on('error', (error) => (reason = messageOf(error)));
      client.on('close', () => this.#end(reason));
    }
  }

  get target(): Link {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error('A chain has at least one link');
    return link;
  }

  get client(): Client {
    return this.target.client;
  }

  /** Why the link was lost; null while it lives or when it was closed on purpose. */
  get lost(): HostError | null {
    return this.#lost;
  }

  onLost(listener: (reason: HostError) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #end(reason: string): void {
    if (this.#closing || this.#lost !== null) return;
    this.#lost = lostError(reason);
    for (const listener of [...this.#listeners]) listener(this.#lost);
    this.#listeners.clear();
    for (const { client } of this.links) client.destroy();
  }

  /** Says goodbye to every host, the target first; after a second the sockets are cut. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#listeners.clear();
    if (this.#lost !== null) return;
    for (const { client } of [...this.links].reverse()) await closeClient(client);
    this.#lost = new HostError('link-lost', 'The connection was closed.', 'Connect again.');
  }
}

async function closeClient(client: Client): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      client.destroy();
      resolve();
    }, 1_000);
    client.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    client.end();
  });
}

/** Logs in to each host on the way, each with its own host key and its own account. Nothing stays open on failure. */
export async function openChain(
  routes: Routes,
  options: ChainOptions,
  remembered: Remembered,
  prompter: Prompter,
  report: LinkRequest['report'],
  signal: AbortSignal,
): Promise<Chain> {
  const links: Link[] = [];
  try {
    for (const [index, route] of routes.entries()) {
      const isTarget = index === routes.length - 1;
      const previous = links.at(-1);
      const link = await openLink(
        {
          route,
          openTransport: (within) =>
            previous === undefined
              ? connectTcp(route.hostName, route.port, route.connectTimeoutMs, within)
              : forwardTcp(previous.client, route.hostName, route.port, within),
          identityFile: isTarget ? options.identityFile : null,
          knownHostsFile: options.knownHostsFile,
          acceptNewHostKey: options.acceptNewHostKey,
          remembered,
          ask: (prompt, within) => prompter.ask(prompt, within),
          report: (stage, state, detail) => {
            if (isTarget) report(stage, state, detail);
            else if (state === 'done') report('tcp', 'running', `${route.alias}: ${stage} ${detail}`);
          },
        },
        signal,
      );
      links.push(link);
    }
    return new Chain(links);
  } catch (error) {
    for (const { client } of links.reverse()) {
      client.on('error', () => undefined);
      client.destroy();
    }
    throw error;
  }
}
