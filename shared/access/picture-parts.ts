import type { ReachGround } from './exposure.ts';
import { settingOf } from './ground.ts';
import type { Picture, PictureDestination, PictureLane } from './picture-schema.ts';
import { several } from './picture-words.ts';

const mostDestinations = 5;
const distinct = <T>(list: readonly T[]): T[] => [...new Set(list)];

/** Databases by the lanes that reach them, the most open first; at most five groups. */
export function destinationsOf(lanes: readonly PictureLane[]): PictureDestination[] {
  const reached = new Map<string, PictureLane[]>();
  for (const lane of lanes)
    for (const database of new Set(lane.entries.flatMap(({ databases }) => databases)))
      reached.set(database, [...(reached.get(database) ?? []), lane]);
  const groups = new Map<string, PictureDestination>();
  const add = (key: string, names: readonly string[], by: readonly PictureLane[]): void => {
    const before = groups.get(key);
    groups.set(key, {
      names: [...(before?.names ?? []), ...names],
      lanes: distinct([...(before?.lanes ?? []), ...by.map(({ id }) => id)]),
      openToAll: before?.openToAll === true || by.some(({ openToAll }) => openToAll),
      noPassword: before?.noPassword === true || by.some(({ alarming }) => alarming),
    });
  };
  const few = reached.size <= mostDestinations;
  for (const [name, by] of reached)
    add(few || name === 'replication' ? name : by.map(({ id }) => id).join(), [name], by);
  const rank = ({ openToAll, noPassword, names }: PictureDestination): number =>
    (names.includes('replication') ? 4 : 0) + (openToAll ? 0 : noPassword ? 1 : 2);
  const all = [...groups.values()].sort((one, other) => rank(one) - rank(other));
  if (all.length <= mostDestinations) return all;
  const rest = all.splice(mostDestinations - 1);
  return [
    ...all,
    {
      names: rest.flatMap(({ names }) => names),
      lanes: distinct(rest.flatMap((one) => one.lanes)),
      openToAll: rest.some(({ openToAll }) => openToAll),
      noPassword: rest.some(({ noPassword }) => noPassword),
    },
  ];
}

/** The whole in one sentence. */
export function verdictOf(lanes: readonly PictureLane[], unknown: number): Picture['verdict'] {
  const open = lanes.filter(({ openToAll }) => openToAll);
  const entries = open.flatMap((lane) => lane.entries);
  if (open.length > 0) {
    const databases = entries.some(({ allDatabases }) => allDatabases)
      ? 'every database'
      : several(distinct(entries.flatMap((entry) => entry.databases)).length, 'database');
    const roles = entries.some(({ allRoles }) => allRoles)
      ? 'any role'
      : several(distinct(entries.flatMap((entry) => entry.roles)).length, 'role');
    const ports = open.every(({ kind }) => kind === 'port');
    return {
      tone: 'critical',
      text: ports
        ? 'Open to everyone: a port that was not inspected'
        : `Open to everyone: ${databases}, as ${roles}`,
    };
  }
  const free = lanes.filter(({ alarming }) => alarming).length;
  if (free > 0) return { tone: 'critical', text: `${several(free, 'lane')} in without a password` };
  if (unknown > 0 || lanes.some(({ kind }) => kind === 'unknown'))
    return { tone: 'unknown', text: 'Nothing is known to be open to everyone. Not everything is known.' };
  const plain = lanes.filter(({ entries: of }) =>
    of.some(({ encryption }) => encryption === 'optional' || encryption === 'none'),
  ).length;
  return {
    tone: 'good',
    text: `Nothing is open to everyone.${plain === 0 ? '' : ` ${several(plain, 'lane')} may be unencrypted.`}`,
  };
}

/** What stands under the head of each column. */
export function notesOf(ground: ReachGround, databases: number): Picture['notes'] {
  const managers: Readonly<Record<string, string>> = {
    none: 'no firewall',
    nft: 'nftables',
    mixed: 'several managers',
  };
  const { firewall } = ground;
  const rules = firewall?.chains.reduce((count, chain) => count + chain.rules.length, 0) ?? 0;
  const manager = firewall === null ? '' : (managers[firewall.manager] ?? firewall.manager);
  const listens = settingOf(ground.facts, 'listen_addresses');
  return {
    firewall:
      firewall === null ? 'not known' : rules === 0 ? 'no rules' : `${manager}, ${several(rules, 'rule')}`,
    listener: listens === null ? `port ${ground.port}` : `listen_addresses '${listens}'`,
    hba:
      ground.rules === null
        ? 'not known'
        : `${several(ground.rules.length, 'line')}, the first match decides`,
    to: several(databases, 'database'),
  };
}
