import { addressBits, contains, isLoopback, networkOf, parseAddress, parseNetwork } from '../lib/cidr.ts';
import { networkSet } from '../lib/network-set.ts';
import type { Client } from './client.ts';
import { notInspected } from './exposure.ts';
import type { Exposure, LinePlace, ReachGround, SocketExposure } from './exposure.ts';
import type { Encryption, GateMark, PictureEntry, PictureRow } from './picture-schema.ts';
import { several } from './picture-words.ts';
import { lineText } from './reach.ts';

/** What the lanes are made with besides the report. */
export interface LaneContext {
  readonly ground: ReachGround;
  /** Everybody who was seen; null when neither sessions nor logins are known. */
  readonly clients: readonly Client[] | null;
}

const placeKey = ({ file, line }: LinePlace): string => `${file}:${line}`;
const distinct = <T>(list: readonly T[]): T[] => [...new Set(list)];

/** Address and port as they are dialled. */
export function dialled({ address, port }: Exposure['to']): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The first line of an entry as it is written. */
function textOf(ground: ReachGround, place: LinePlace | undefined): string | null {
  const rule = ground.rules?.find(({ file, line }) => file === place?.file && line === place.line);
  return rule === undefined ? null : lineText(rule, ground.major);
}

function encryptionOf({ scope, transport }: Exposure, others: readonly Exposure[]): Encryption {
  const transports = new Set(others.map((one) => one.transport));
  if (scope === 'host') return 'local';
  if (transport === null) return 'unknown';
  if (!transports.has('tcp-plain')) return 'required';
  return transports.size > 1 ? 'optional' : 'none';
}

/** How often clients were seen that an entry is for. */
function seenBy(
  clients: LaneContext['clients'],
  networks: readonly string[] | null,
  entry: Pick<PictureEntry, 'roles' | 'databases' | 'encryption'>,
): number | null {
  if (clients === null) return null;
  const parsed = (networks ?? []).flatMap((text) => parseNetwork(text) ?? []);
  return clients
    .filter(({ role, database, address, tls }) => {
      const from = address === null ? null : parseAddress(address);
      const comes =
        networks === null
          ? from === null
          : from !== null && parsed.some((one) => contains(one, networkOf(from)));
      return (
        comes &&
        entry.roles.includes(role) &&
        entry.databases.includes(database ?? 'replication') &&
        !(entry.encryption === 'required' && tls === false) &&
        !(entry.encryption === 'none' && tls === true)
      );
    })
    .reduce((sum, { sessionsNow, logins }) => sum + sessionsNow + logins, 0);
}

/** Clients on the host itself are none of another machine's, though their address lies in the networks of these. */
function clientsOf({ clients }: LaneContext, { scope }: Exposure): LaneContext['clients'] {
  const inside = ({ address }: Client): boolean => {
    const parsed = address === null ? null : parseAddress(address);
    return parsed !== null && isLoopback(networkOf(parsed));
  };
  return scope === 'host' ? clients : (clients?.filter((one) => !inside(one)) ?? null);
}

/** Everything but the transport, by which exposures of the same sources are one entry. */
const entryKey = (one: Exposure): string =>
  JSON.stringify([
    one.hba,
    one.roles,
    one.databases,
    one.method,
    one.clientCertificate,
    one.certainty,
    one.to,
    one.firewallRule,
    one.process,
    one.redirectedTo,
  ]);

function firewallMark({ ground }: LaneContext, list: readonly Exposure[]): GateMark {
  const rules = distinct(list.flatMap(({ firewallRule }) => firewallRule ?? []));
  const uncertain =
    ground.firewall === null ||
    list.some(
      ({ firewallRule, certainty }) =>
        certainty === 'possible' && firewallRule?.startsWith('unknown') === true,
    );
  const [first] = list;
  const moved = list.flatMap(({ redirectedTo }) => (redirectedTo === null ? [] : dialled(redirectedTo)));
  const words =
    ground.firewall === null
      ? 'not known'
      : moved.length > 0
        ? 'led on to another port'
        : first?.scope === 'host'
          ? 'loopback, open'
          : rules.length === 0
            ? 'no rule in the way'
            : first?.openToAll === true
              ? 'any source may enter'
              : rules.length === 1
                ? 'these may enter'
                : several(rules.length, 'rule');
  return {
    state: uncertain ? 'unknown' : 'pass',
    words,
    details: [
      ...(ground.firewall === null ? [ground.firewallReason ?? ''] : rules),
      ...moved.map((to) => `led on to ${to}`),
    ],
  };
}

function listenerMark({ ground }: LaneContext, list: readonly Exposure[]): GateMark {
  const places = distinct(list.map(({ to }) => dialled(to)));
  const all = list.some(({ to }) => to.address === '0.0.0.0' || to.address === '::');
  const inside = list.every(({ scope }) => scope === 'host');
  const words = all
    ? 'any address'
    : inside
      ? 'loopback'
      : places.length === 1
        ? (places[0] ?? '')
        : several(places.length, 'address', 'addresses');
  return { state: ground.listenersReason === null ? 'pass' : 'unknown', words, details: places };
}

function hbaMark(list: readonly Exposure[]): GateMark {
  const process = list.find(({ method }) => method === notInspected);
  if (process !== undefined)
    return {
      state: 'unknown',
      words: 'not inspected',
      details: [process.process ?? 'The program behind it is not known.'],
    };
  const certain = list.every(({ certainty }) => certainty === 'certain');
  const files = distinct(list.flatMap(({ hba }) => (hba === null ? [] : placeKey(hba))));
  return { state: certain ? 'pass' : 'unknown', words: certain ? '' : 'perhaps', details: files };
}

/** The rows of the sources that one list of networks stands for: one an entry. */
export function networkRows(
  context: LaneContext,
  exposures: readonly { readonly exposure: Exposure; readonly number: number }[],
): readonly PictureRow[] {
  const groups = new Map<string, { exposure: Exposure; number: number }[]>();
  for (const one of exposures) {
    const key = entryKey(one.exposure);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group): readonly PictureRow[] => {
    const list = group.map(({ exposure }) => exposure);
    const [first] = list;
    if (first === undefined) return [];
    const base = {
      roles: [...first.roles],
      databases: [...first.databases],
      encryption: encryptionOf(first, list),
    };
    const entry: PictureEntry = {
      ...base,
      lines: first.hba === null ? [] : [first.hba],
      lineText: textOf(context.ground, first.hba ?? undefined),
      allRoles: first.allRoles,
      allDatabases: first.allDatabases,
      port: first.method === notInspected ? first.to.port : null,
      methods: [first.method],
      clientCertificate: first.clientCertificate,
      certain: first.certainty === 'certain',
      seen: first.hba === null ? null : seenBy(clientsOf(context, first), first.from, base),
    };
    return [
      {
        networks: [...first.from],
        firewall: firewallMark(context, list),
        listener: listenerMark(context, list),
        hba: hbaMark(list),
        entry,
        exposures: group.map(({ number }) => number),
      },
    ];
  });
}

/** The row of a Unix socket. */
export function socketRow(context: LaneContext, one: SocketExposure, number: number): PictureRow {
  const base = { roles: [...one.roles], databases: [...one.databases], encryption: 'local' as const };
  const words = one.everyAccount ? 'any account' : several(one.accounts.length, 'account');
  return {
    networks: [one.path],
    firewall: { state: 'none', words: '', details: [] },
    listener: { state: 'pass', words, details: one.everyAccount ? [one.path] : [...one.accounts] },
    hba: {
      state: one.certainty === 'certain' ? 'pass' : 'unknown',
      words: one.certainty === 'certain' ? '' : 'perhaps',
      details: [placeKey(one.hba)],
    },
    entry: {
      ...base,
      lines: [one.hba],
      lineText: textOf(context.ground, one.hba),
      allRoles: one.allRoles,
      allDatabases: one.allDatabases,
      port: null,
      methods: [one.method],
      clientCertificate: false,
      certain: one.certainty === 'certain',
      seen: seenBy(context.clients, null, base),
    },
    exposures: [number],
  };
}

/** How much of a family the networks are, as a power of two: 0 for all of it. */
export function widthOf(networks: readonly string[]): number {
  const set = networkSet(networks.flatMap((text) => parseNetwork(text) ?? []));
  const shares = (['ipv4', 'ipv6'] as const).map((family) => {
    const size = set[family].reduce((sum, { first, last }) => sum + (last - first + 1n), 0n);
    return size === 0n ? -128 : size.toString(2).length - 1 - addressBits(family);
  });
  return Math.max(...shares);
}
const sum = (values: readonly (number | null)[]): number | null =>
  values.every((value) => value === null)
    ? null
    : values.reduce<number>((all, value) => all + (value ?? 0), 0);

const weakest: readonly Encryption[] = ['unknown', 'none', 'optional', 'required', 'local'];

/** Entries of merged sources, those that differ in their lines only as one; then those of one method. */
export function mergedEntries(entries: readonly PictureEntry[], exact: boolean): PictureEntry[] {
  const groups = new Map<string, PictureEntry[]>();
  for (const one of entries) {
    const { port, methods, clientCertificate, encryption, certain, roles, databases } = one;
    const key = JSON.stringify([
      port,
      methods,
      clientCertificate,
      encryption,
      certain,
      exact ? [roles, databases] : null,
    ]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group): readonly PictureEntry[] => {
    const [first] = group;
    if (first === undefined) return [];
    if (group.length === 1) return [first];
    const lines = new Map(group.flatMap((one) => one.lines).map((place) => [placeKey(place), place]));
    return [
      {
        ...first,
        lines: [...lines.values()].sort((one, other) => one.line - other.line),
        roles: distinct(group.flatMap(({ roles }) => roles)).sort(),
        allRoles: group.some(({ allRoles }) => allRoles),
        databases: distinct(group.flatMap(({ databases }) => databases)).sort(),
        allDatabases: group.some(({ allDatabases }) => allDatabases),
        encryption:
          weakest.find((one) => group.some(({ encryption }) => encryption === one)) ?? first.encryption,
        certain: group.every(({ certain }) => certain),
        seen: sum(group.map(({ seen }) => seen)),
      },
    ];
  });
}
