import { prefixEscapes } from '../../checks/support/log-settings.ts';
import { defineFix } from '../define-fix.ts';
import { settable } from '../support/offers.ts';
import { setting } from '../support/settings.ts';

const before18 = 'on';
const since18 = 'receipt,authentication,authorization';

export const logLogins = defineFix({
  id: 'log-logins',
  resolves: ['log-connections'],
  title: 'Log who logs in',
  description:
    'Each login is written to the log with role, database and address. It counts for sessions that begin afterwards.',
  effect: 'reload',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['settings', 'cluster'],
  offer: ({ settings }) => settable(settings, ['log_connections']),
  choices: () => [],
  plan: ({ settings, cluster }, _finding, _answers, preferences) => ({
    ok: true,
    operations: [
      setting(
        { settings, cluster, preferences },
        'log_connections',
        cluster.major >= 18 ? since18 : before18,
      ),
    ],
  }),
});

export const logStructure = defineFix({
  id: 'log-structure',
  resolves: ['log-statement'],
  title: 'Log changes of the structure',
  description:
    'log_statement becomes ddl. From then on a password that somebody types into CREATE ROLE or ALTER ROLE stands in the log: set passwords with \\password in psql.',
  effect: 'reload',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['settings', 'cluster'],
  offer: ({ settings }) => settable(settings, ['log_statement']),
  choices: () => [],
  plan: ({ settings, cluster }, _finding, _answers, preferences) => ({
    ok: true,
    operations: [setting({ settings, cluster, preferences }, 'log_statement', 'ddl')],
  }),
});

/** Has every field that a profile asks for. The client stands early, where readers of the log find it. */
const fullPrefix = '%m [%p] %q%h %u@%d app=%a line=%l code=%e ';

export const fullLinePrefix = defineFix({
  id: 'full-line-prefix',
  resolves: ['log-line-prefix'],
  title: 'Begin each log line with time, client, role and database',
  description:
    'Programs that read the log, such as pgBadger, fail2ban or a log shipper, have to know the new form. You can write your own.',
  effect: 'reload',
  reversible: true,
  cutsOff: false,
  safe: true,
  needs: ['settings', 'cluster'],
  offer: ({ settings }) => settable(settings, ['log_line_prefix']),
  choices: () => [
    {
      kind: 'text',
      key: 'prefix',
      label: 'How does each line begin?',
      value: fullPrefix,
      help: '%m time, %p process, %h client, %u role, %d database, %a application, %l line, %e error code; %q ends it for background processes.',
    },
  ],
  plan({ settings, cluster }, _finding, answers, preferences) {
    const typed = answers['prefix'] ?? fullPrefix;
    const prefix = /\s$/.test(typed) ? typed : `${typed} `;
    // eslint-disable-next-line no-control-regex -- a line break or NUL would break every line of the log
    if (/[\x00-\x1f\x7f]/.test(prefix)) return { ok: false, reason: 'The prefix has a control character.' };
    const escapes = prefixEscapes(prefix);
    const missing = ['u', 'd'].filter((letter) => !escapes.has(letter));
    if (missing.length > 0)
      return {
        ok: false,
        reason: `The prefix lacks ${missing.map((letter) => `%${letter}`).join(' and ')}.`,
      };
    return {
      ok: true,
      operations: [setting({ settings, cluster, preferences }, 'log_line_prefix', prefix)],
    };
  },
});
