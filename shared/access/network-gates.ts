import type { FactSet } from '../facts/facts.ts';
import type { Firewall } from '../facts/network.ts';
import { evaluate } from '../firewall/evaluate.ts';
import type { Verdict } from '../firewall/evaluate.ts';
import type { FirewallModel } from '../firewall/model.ts';
import { readFirewall } from '../firewall/read-firewall.ts';
import { contains, formatAddress, isLoopback, networkOf, parseAddress } from '../lib/cidr.ts';
import type { Address } from '../lib/cidr.ts';
import type { Client } from './client.ts';
import { listOf, refusal, settingOf } from './entry.ts';
import type { Refusal, Way } from './entry.ts';

interface KnownFirewall {
  readonly model: FirewallModel;
  readonly verdicts: Map<string, Verdict>;
}

/** Reading a rule set takes long, and every fix that is offered asks about the same one. */
const firewalls = new WeakMap<Firewall, KnownFirewall>();

function firewallOf(raw: Firewall): KnownFirewall {
  const known = firewalls.get(raw) ?? { model: readFirewall(raw), verdicts: new Map<string, Verdict>() };
  firewalls.set(raw, known);
  return known;
}

const linkLocal = networkOf({ family: 'ipv6', value: 0xfe80n << 112n }, 10);

interface OwnAddress {
  readonly name: string;
  readonly address: Address;
  readonly prefix: number;
}

/** The host's addresses; empty when they are not known. */
function ownAddresses({ interfaces }: FactSet): readonly OwnAddress[] {
  if (interfaces.state !== 'collected') return [];
  return interfaces.value.flatMap(({ name, address, prefix }) => {
    const parsed = parseAddress(address);
    return parsed === null ? [] : [{ name, address: parsed, prefix }];
  });
}

const same = (one: Address, other: Address): boolean =>
  one.family === other.family && one.value === other.value;

/** True for a client on the host itself, whose packets never pass the network. */
function isOwn(address: Address, own: readonly OwnAddress[]): boolean {
  return isLoopback(networkOf(address)) || own.some((one) => same(one.address, address));
}

/**
 * The addresses of the host that a client from there may have dialled: its own for a client on the host, the one in
 * the client's network, otherwise each that the server listened on. [null] where nobody can tell.
 */
export function destinationsOf(facts: FactSet, client: Client): readonly (string | null)[] {
  if (client.serverAddress !== undefined) return [client.serverAddress];
  const address = parseAddress(client.address ?? '');
  const own = ownAddresses(facts);
  if (address === null || isLoopback(networkOf(address))) return [null];
  if (own.some((one) => same(one.address, address))) return [formatAddress(address)];
  const usable = own.filter(
    (one) =>
      one.address.family === address.family &&
      !isLoopback(networkOf(one.address)) &&
      !contains(linkLocal, networkOf(one.address)) &&
      listens(facts, formatAddress(one.address)) !== false,
  );
  const near = usable.filter(({ address: one, prefix }) =>
    contains(networkOf(one, prefix), networkOf(address)),
  );
  const candidates = near.length > 0 ? near : usable;
  return candidates.length === 0 ? [null] : candidates.map((one) => formatAddress(one.address));
}

const isLocalhost = (entry: string): boolean => /^(localhost|ip6-localhost|ip6-loopback)$/i.test(entry);

/** Whether an entry of listen_addresses stands for an address; undefined for what only the host can look up. */
function entryMeans(entry: string, address: Address): boolean | undefined {
  if (entry === '*') return true;
  if (isLocalhost(entry)) {
    if (!isLoopback(networkOf(address))) return false;
    // Not every host has ::1 under that name, and 127.0.0.1 is all that it is for IPv4.
    return address.family === 'ipv4' ? address.value === 0x7f000001n : undefined;
  }
  const own = parseAddress(entry);
  if (own === null) return undefined;
  return address.family === own.family && (own.value === 0n || same(own, address));
}

const anyOf = (answers: readonly (boolean | undefined)[]): boolean | undefined =>
  answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;

/** Whether the server accepts connections to one of the host's addresses; undefined when a name hides it. */
function listens(facts: FactSet, text: string): boolean | undefined {
  const address = parseAddress(text);
  if (address === null) return true;
  return anyOf(
    listOf(settingOf(facts, 'listen_addresses') ?? '*').map((entry) => entryMeans(entry, address)),
  );
}

/** Whether any address is listened on that a client of this address could dial. */
function listensFor(facts: FactSet, client: Address): boolean | undefined {
  const local = isLoopback(networkOf(client));
  return anyOf(
    listOf(settingOf(facts, 'listen_addresses') ?? '*').map((entry) => {
      const literal = parseAddress(entry);
      if (entry === '*') return true;
      if (isLocalhost(entry)) return local && (client.family === 'ipv4' || undefined);
      if (literal === null) return undefined;
      return (
        literal.family === client.family && (literal.value === 0n || isLoopback(networkOf(literal)) === local)
      );
    }),
  );
}

/** Whether PostgreSQL listens where the client knocks: port, and address of the host. */
export function listenerGate(facts: FactSet, client: Client, way: Way): Refusal | null {
  const port = Number(settingOf(facts, 'port') ?? way.port);
  if (way.port !== null && port !== way.port) {
    return refusal('listener', `PostgreSQL would listen on port ${port}, not on ${way.port}`);
  }
  const address = parseAddress(client.address ?? '');
  if (address === null) return null;
  const value = settingOf(facts, 'listen_addresses') ?? '*';
  const answer = way.destination === null ? listensFor(facts, address) : listens(facts, way.destination);
  if (answer === true) return null;
  if (answer === undefined) {
    return refusal(
      'listener',
      `PostgreSQL would listen on ${value} only, which may be another address`,
      'possible',
    );
  }
  const where = way.destination ?? 'a network address';
  const open = listOf(value).some((entry) => {
    const literal = parseAddress(entry);
    return literal === null ? entry !== 'localhost' : !isLoopback(networkOf(literal));
  });
  return refusal(
    'listener',
    `PostgreSQL would no longer listen on ${open ? where : 'a network address'}`,
    'certain',
    `listen_addresses = '${value}'`,
  );
}

/** Verdicts for every interface by which the address may come in: the one of its network, else all of them. */
function verdicts(facts: FactSet, raw: Firewall, source: Address, destination: Address | null, port: number) {
  const own = ownAddresses(facts);
  const { model, verdicts: known } = firewallOf(raw);
  const remote = own.filter(({ name, address }) => name !== 'lo' && !isLoopback(networkOf(address)));
  const near = remote.filter(({ address, prefix }) =>
    contains(networkOf(address, prefix), networkOf(source)),
  );
  const names = [...new Set((near.length > 0 ? near : remote).map(({ name }) => name))];
  const interfaces = isOwn(source, own) ? ['lo'] : names.length === 0 ? [null] : names;
  return interfaces.map((name) => {
    const packet = { source, destination, port, interface: name };
    const key = [source.family, source.value, destination?.value ?? '', port, name ?? ''].join(' ');
    const verdict = known.get(key) ?? evaluate(model, packet);
    known.set(key, verdict);
    return verdict;
  });
}

/**
 * Whether the firewall lets a connection from the address through to a port of the host. Not asked for addresses of
 * the host itself: where rules concern the loopback at all, they let it through.
 */
export function firewallGate(
  facts: FactSet,
  from: string | null,
  port: number | null,
  to: string | null = null,
): Refusal | null {
  const source = parseAddress(from ?? '');
  if (source === null || port === null || facts.firewall.state !== 'collected') return null;
  if (isOwn(source, ownAddresses(facts))) return null;
  const found = verdicts(facts, facts.firewall.value, source, parseAddress(to ?? ''), port);
  const passed = found.filter(({ verdict }) => verdict === 'accept');
  const stopped = found.filter(({ verdict }) => verdict === 'drop' || verdict === 'reject');
  if (passed.length === found.length) return null;
  const rule = (stopped[0] ?? found.find(({ verdict }) => verdict !== 'accept'))?.rule ?? null;
  if (stopped.length < found.length) {
    const reason = rule === null ? 'the firewall may refuse it' : `the firewall may refuse it: ${rule}`;
    return refusal('firewall', reason, 'possible', rule);
  }
  const policy = rule === null || /: policy (drop|reject)$/.test(rule);
  return refusal(
    'firewall',
    policy ? 'no firewall rule lets it in' : `the firewall refuses it: ${rule}`,
    'certain',
    rule,
  );
}
