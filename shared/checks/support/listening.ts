import type { Setting } from '../../facts/cluster.ts';
import { isLoopback, parseAddress, parseNetwork } from '../../lib/cidr.ts';
import { findSetting, listEntries } from './settings.ts';

/** How far the server's TCP port reaches. */
export interface Listening {
  /**
   * `none`: no TCP at all; `loopback`: this host only; `addresses`: addresses of its interfaces; `any`: each interface
   * that there is and will be.
   */
  readonly scope: 'none' | 'loopback' | 'addresses' | 'any';
  readonly entries: readonly string[];
  readonly port: number;
  readonly setting: Setting;
}

/** True for `*`, `0.0.0.0` and every way to write `::`. */
export function isWildcard(entry: string): boolean {
  if (entry === '*') return true;
  return parseAddress(entry)?.value === 0n;
}

/** True for an address, a network or a name that means the host itself. */
export function isLoopbackEntry(entry: string): boolean {
  if (/^(localhost|ip6-localhost|ip6-loopback)(\.localdomain)?\.?$/i.test(entry)) return true;
  const network = parseNetwork(entry);
  return network !== null && isLoopback(network);
}

/** What listen_addresses in force means; null when the server does not show it. */
export function listening(settings: readonly Setting[]): Listening | null {
  const setting = findSetting(settings, 'listen_addresses');
  if (setting === undefined) return null;
  const entries = listEntries(setting);
  const port = Number(findSetting(settings, 'port')?.value ?? 5432);
  const scope =
    entries.length === 0
      ? 'none'
      : entries.some(isWildcard)
        ? 'any'
        : entries.every(isLoopbackEntry)
          ? 'loopback'
          : 'addresses';
  return { scope, entries, port, setting };
}

/** True when no other machine can open a connection, whatever pg_hba.conf says. */
export function isLocalOnly({ scope }: Listening): boolean {
  return scope === 'none' || scope === 'loopback';
}

/** Why a check about remote clients has nothing to judge. */
export function localOnlyReason({ scope }: Listening): string {
  return scope === 'none'
    ? 'The server does not listen on TCP, so no other machine can reach it.'
    : 'The server listens on loopback only, so no other machine can reach it.';
}
