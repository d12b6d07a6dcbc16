import { findSetting, listEntries } from '../../checks/support/settings.ts';
import { joinList } from '../../config/lists.ts';
import type { FactSet, FactValue } from '../../facts/facts.ts';
import type { Finding } from '../../findings/finding.ts';
import type { Effect } from '../../plan/operation.ts';
import type { AnyFix } from '../define-fix.ts';
import { defineFix } from '../define-fix.ts';
import { allOffered, notOffered, offered, settable } from '../support/offers.ts';
import type { OfferAnswer } from '../support/offers.ts';
import { setting } from '../support/settings.ts';

/** Fixes that give settings of connections other values. */

interface SettingsFix {
  readonly id: string;
  readonly check: string;
  readonly title: string;
  readonly description: string;
  readonly effect: Effect;
  readonly cutsOff: boolean;
  /** Whether it can be chosen without a look; it can unless told. */
  readonly safe?: boolean;
  /** Names with their new values; null is the default. */
  readonly values: (
    settings: FactValue<'settings'>,
    finding: Finding,
  ) => readonly (readonly [name: string, value: string | null])[];
  readonly offer?: (all: FactSet) => OfferAnswer;
}

function settingsFix(row: SettingsFix): AnyFix {
  const { id, check, title, description, effect, cutsOff } = row;
  return defineFix({
    id,
    resolves: [check],
    title,
    description,
    effect,
    reversible: true,
    cutsOff,
    safe: row.safe ?? true,
    needs: ['settings', 'cluster'],
    offer: ({ settings }, finding, all) =>
      allOffered(
        settable(
          settings,
          row.values(settings, finding).map(([name]) => name),
        ),
        row.offer?.(all) ?? offered,
      ),
    choices: () => [],
    plan({ settings, cluster }, finding, _answers, preferences) {
      const place = { settings, cluster, preferences };
      return {
        ok: true,
        operations: row.values(settings, finding).map(([name, value]) => setting(place, name, value)),
      };
    },
  });
}

export const dropDeadClients = settingsFix({
  id: 'drop-dead-clients',
  check: 'tcp-keepalive',
  title: 'Drop the connections of dead clients',
  description:
    'The server asks silent clients after a minute, and drops them when they do not answer for another one. It counts for sessions that begin afterwards. Clients that live notice nothing.',
  effect: 'reload',
  cutsOff: false,
  values: () => [
    ['tcp_keepalives_idle', '60'],
    ['tcp_keepalives_interval', '10'],
    ['tcp_keepalives_count', '6'],
  ],
});

export const shortLoginTime = settingsFix({
  id: 'short-login-time',
  check: 'tcp-auth-timeout',
  title: 'Give a login half a minute',
  description:
    'Whoever has not logged in after 30 seconds is dropped. People who type a password into a program by hand have to be that quick.',
  effect: 'reload',
  cutsOff: false,
  values: () => [['authentication_timeout', '30']],
});

export const reservePlaces = settingsFix({
  id: 'reserve-places',
  check: 'tcp-connection-reserve',
  title: 'Keep places for the administrator',
  description:
    'Three places are kept for superusers, so that one of them gets in when all others are taken. The number of connections stays as it is. Takes effect with a restart.',
  effect: 'restart',
  cutsOff: false,
  values: (_settings, finding) =>
    finding.subjects.some(({ name }) => name === 'superuser_reserved_connections')
      ? [['superuser_reserved_connections', '3']]
      : [],
  offer: ({ settings }) =>
    settings.state === 'collected' &&
    Number(findSetting(settings.value, 'superuser_reserved_connections')?.value ?? 3) >= 3
      ? notOffered('How many connections are needed, only you can tell. Lower max_connections by hand.')
      : offered,
});

const library = 'auth_delay';

/** True when the files of the additional modules are on the host: auth_delay comes with them. */
const hasModules = ({ availableExtensions }: FactSet): boolean =>
  availableExtensions.state === 'collected' &&
  availableExtensions.value.some(({ name }) => ['pg_stat_statements', 'pgcrypto', 'dblink'].includes(name));

export const delayGuessing = settingsFix({
  id: 'delay-guessing',
  check: 'tcp-auth-delay',
  title: 'Slow down who guesses passwords',
  description:
    'auth_delay is loaded: a refused login is answered half a second later. Nobody with the right password notices. Each waiting login holds a connection. Takes effect with a restart.',
  effect: 'restart',
  cutsOff: false,
  values(settings) {
    const present = findSetting(settings, 'shared_preload_libraries');
    const libraries = present === undefined ? [] : listEntries(present);
    return [
      ...(libraries.includes(library)
        ? []
        : [['shared_preload_libraries', joinList([...libraries, library], 'names')] as const]),
      ['auth_delay.milliseconds', '500'],
    ];
  },
  offer: (all) =>
    hasModules(all)
      ? offered
      : notOffered(
          'The additional modules of PostgreSQL (contrib) are not installed, and auth_delay is one of them.',
        ),
});

export const bonjourOff = settingsFix({
  id: 'bonjour-off',
  check: 'tcp-bonjour',
  title: 'Stop announcing the server in the network',
  description:
    'bonjour is switched off, so the server tells nobody any more that it is there. Programs that find it in the list of the network, as on a Mac, have to be given its name and port. Connections by name or address work as before. Takes effect with a restart.',
  effect: 'restart',
  cutsOff: false,
  // A program that looks the server up in the list finds it no more.
  safe: false,
  values: () => [['bonjour', 'off']],
});

export const commonRoleNames = settingsFix({
  id: 'common-role-names',
  check: 'hba-db-user-namespace',
  title: 'Let roles have one name in every database',
  description:
    'db_user_namespace is switched off: whoever logs in as anna is the role anna, no longer the role anna@shop. Clients whose role has a name such as anna@shop are refused until the role is renamed or they give the whole name; those that log in with an @ at the end of the name have to leave it out. Open connections go on.',
  effect: 'reload',
  cutsOff: true,
  // Every client without a role of its plain name is refused.
  safe: false,
  values: () => [['db_user_namespace', 'off']],
});

export const reloadNow = defineFix({
  id: 'reload-now',
  resolves: ['hba-not-reloaded'],
  title: 'Have the server read its files',
  description:
    'The rules on disk come into force, and everything else that waits for a reload. Which rules are in force until then cannot be seen, so nobody can tell who would be refused. A rollback does not bring them back: they stand in no file.',
  effect: 'reload',
  reversible: false,
  cutsOff: true,
  safe: false,
  needs: ['configurationFiles', 'cluster', 'settings'],
  offer: ({ cluster }) => (cluster.running ? offered : notOffered('The server is not running.')),
  choices: () => [],
  plan: () => ({ ok: true, operations: [{ kind: 'reload' }] }),
});
