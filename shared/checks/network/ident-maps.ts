import { z } from 'zod';
import type { FactName, FactSet } from '../../facts/facts.ts';
import type { ConfigurationFile } from '../../facts/files.ts';
import type { Severity } from '../../findings/finding.ts';
import type { IdentMapping, IdentResolution } from '../../hba/ident.ts';
import { readIdent } from '../../hba/read-files.ts';
import { searchRegex } from '../../hba/regex.ts';
import { userTokenMatches } from '../../hba/match.ts';
import { createRoleGraph } from '../../roles/role-graph.ts';
import type { AnyCheck, CheckTexts, Judgement } from '../define-check.ts';
import { defineCheck } from '../define-check.ts';
import { fileEvidence, presentEvidence, tableEvidence } from '../support/evidence.ts';
import { contextOfFacts } from '../support/hba-view.ts';
import { worstOf } from '../support/hba-findings.ts';
import { postgresPage } from '../support/references.ts';
import { countOf, listOf, unique } from '../support/words.ts';

/** Lines of pg_ident.conf: which account of another system may be which role. */

const identPage = postgresPage('auth-username-maps.html', 'User name maps');
const cis: string[] = [];
const stig = ['CD12-00-011800', 'CD16-00-004200'];

/** All mappings with those of included files, or why they could not be read. A missing file has none. */
function identOf(files: readonly ConfigurationFile[], major: number): IdentResolution | string {
  const main = files.find(({ role }) => role === 'pg_ident.conf');
  if (main === undefined || main.status.type === 'missing') return { mappings: [], problems: [] };
  return (
    readIdent(files, major) ?? `${main.path} could not be read: ${main.problem ?? 'a file that it reads in'}`
  );
}

interface Found {
  readonly file: string;
  readonly line: number;
  readonly severity: Severity;
  readonly what: string;
  readonly note: string;
}

const textOfMapping = ({ map, systemUser, databaseUser }: IdentMapping): string =>
  `${map} ${systemUser.text} ${databaseUser.text}`;

function foundMapping(mapping: IdentMapping, severity: Severity, note: string): Found {
  return { file: mapping.file, line: mapping.line, severity, what: textOfMapping(mapping), note };
}

function failLines(
  files: readonly ConfigurationFile[],
  found: readonly Found[],
  titleEnd: readonly [string, string],
): Judgement {
  const shown = unique(found.map(({ file }) => file)).map((path) => {
    const file = files.find((one) => one.path === path);
    return (
      file &&
      fileEvidence(
        file,
        found.filter((one) => one.file === path).map(({ line }) => line),
      )
    );
  });
  return {
    status: 'fail',
    title: `${countOf(found.length, 'line')} of pg_ident.conf ${found.length === 1 ? titleEnd[0] : titleEnd[1]}`,
    summary: `${listOf(
      found.map(({ line, note }) => `line ${line}: ${note}`),
      3,
    )}.`,
    evidence: presentEvidence(
      ...shown,
      tableEvidence(
        ['Place', 'Map, account, role', 'Note'],
        found.map(({ file, line, what, note }) => [`${file}:${line}`, what, note]),
      ),
    ),
    subjects: found.map(({ file, line }) => ({ kind: 'ident-line', name: `${file}:${line}` })),
    severity: worstOf(found),
  };
}

/** Maps that some rule of pg_hba.conf names: the others count for nobody. */
function usedMaps(files: readonly ConfigurationFile[]): readonly string[] {
  const text = files
    .filter(({ role }) => role === 'pg_hba.conf' || role === 'include')
    .map((file) => file.text ?? '')
    .join('\n');
  return unique([...text.matchAll(/^[^#\n]*\bmap="?([^\s"#]+)/gm)].map((match) => match[1] ?? ''));
}

interface MapCheck extends CheckTexts {
  readonly id: string;
  readonly severity: Severity;
  readonly needs: readonly FactName[];
  readonly none: string;
  readonly titleEnd: readonly [one: string, many: string];
  readonly objection: (
    mapping: IdentMapping,
    facts: FactSet,
    owner: string,
  ) => { readonly severity: Severity; readonly note: string } | null;
}

function mapCheck(row: MapCheck): AnyCheck {
  const { id, severity, titles, why, misuse, byHand, references } = row;
  return defineCheck<FactName, Record<string, never>, FactName>({
    id,
    pillar: 'network',
    severity,
    titles,
    why,
    misuse,
    byHand,
    references,
    needs: ['configurationFiles', 'cluster', ...row.needs],
    uses: ['roles', 'memberships'],
    parameters: z.object({}),
    judge({ configurationFiles, cluster }, _context, facts) {
      const ident = identOf(configurationFiles, cluster.major);
      if (typeof ident === 'string') return { status: 'not-assessed', summary: ident };
      const used = usedMaps(configurationFiles);
      const found = ident.mappings.flatMap((mapping) => {
        const objection = row.objection(mapping, facts, cluster.owner);
        if (objection === null) return [];
        return used.includes(mapping.map)
          ? foundMapping(mapping, objection.severity, objection.note)
          : foundMapping(mapping, 'low', `${objection.note}; no rule of pg_hba.conf uses this map`);
      });
      if (found.length > 0) return failLines(configurationFiles, found, row.titleEnd);
      const [problem] = ident.problems;
      return problem === undefined
        ? { status: 'pass', summary: row.none, evidence: [] }
        : {
            status: 'not-assessed',
            summary: `The server refuses line ${problem.line} of ${problem.file}, so maps loaded earlier are in force.`,
          };
    },
  });
}

/** Roles that are superuser or can become it, and that a mapping's last column stands for. */
function superusersOf({ databaseUser }: IdentMapping, facts: FactSet): readonly string[] {
  if (facts.roles.state !== 'collected') return [];
  const memberships = facts.memberships.state === 'collected' ? facts.memberships.value : [];
  const context = contextOfFacts(facts);
  return createRoleGraph(facts.roles.value, memberships)
    .effectiveSuperusers()
    .map(({ name }) => name)
    .filter(
      (name) => databaseUser.text.includes('\\1') || userTokenMatches(databaseUser, name, context) !== false,
    );
}

const identSuperuserMap = mapCheck({
  id: 'ident-superuser-map',
  severity: 'high',
  titles: {
    pass: 'Only the account of the server may be a superuser by a map',
    fail: 'Other accounts may be a superuser by a map',
    topic: 'Maps to superusers',
  },
  why: 'A map in pg_ident.conf says which account of the host, or which certificate or Kerberos name, may be which role. A line that leads to a superuser makes that account the owner of every database, without a password.',
  misuse: [
    'The account of a backup program is mapped to postgres, because that was the quickest.',
    'A flaw of that program is then enough for all data, and COPY … TO PROGRAM for the host.',
  ],
  byHand: [
    'Give the program a role of its own with the rights that it needs: pg_read_all_data, say.',
    'In pg_ident.conf, put that role in the place of the superuser, or # in front of the line.',
    'SELECT pg_reload_conf(); then log in anew by that account.',
  ],
  references: { cis, stig, documentation: [identPage] },
  needs: ['roles', 'memberships'],
  none: 'No map leads another account to a superuser.',
  titleEnd: ['leads to a superuser', 'lead to a superuser'],
  objection(mapping, facts, owner) {
    const { systemUser, databaseUser } = mapping;
    const itself = systemUser.kind === 'name' && (systemUser.text === owner || systemUser.text === 'root');
    if (itself) return null;
    // \1 with a pattern: what the pattern takes out of a name decides, and postgres may be such a name.
    if (systemUser.kind === 'regex' && databaseUser.text.includes('\\1')) {
      const names = superusersOf(mapping, facts).filter((name) => {
        const result = searchRegex(systemUser.text.slice(1), `${name}@EXAMPLE`);
        const plain = searchRegex(systemUser.text.slice(1), name);
        return result.kind !== 'no-match' || plain.kind !== 'no-match';
      });
      return names.length === 0
        ? null
        : { severity: 'medium', note: `an account named ${listOf(names)} becomes that superuser` };
    }
    const names = superusersOf(mapping, facts);
    if (names.length === 0) return null;
    return { severity: 'high', note: `${systemUser.text} may be superuser ${listOf(names)}` };
  },
});

/** Names that nothing but a pattern for everybody fits: letters, digits, a realm, the server's own account. */
const samples: readonly string[] = ['zqx7', 'Anna.Smith', 'root', 'q@OTHER.EXAMPLE', 'CN=zqx7,O=x'];

const identCatchAll = mapCheck({
  id: 'ident-catch-all',
  severity: 'medium',
  titles: {
    pass: 'Each map names whom it is for',
    fail: 'A map is for everybody',
    topic: 'Maps for everybody',
  },
  why: 'A regular expression that fits every name, or all in the place of a role, makes a map a door for accounts that nobody thought of: each service of the host, each name that a certificate authority or a realm ever gives out.',
  misuse: [
    'The map says that any account may be the role of the application.',
    'The account of a web server, broken into, is let in without a password.',
  ],
  byHand: [
    'In pg_ident.conf, write the accounts, or a narrow pattern with ^ and $: /^(.*)@example\\.com$',
    'Put a role in the place of all.',
    'SELECT pg_reload_conf(); then log in anew by one of these accounts.',
  ],
  references: { cis, stig, documentation: [identPage] },
  needs: [],
  none: 'No map is for everybody.',
  titleEnd: ['is for everybody', 'are for everybody'],
  objection({ systemUser, databaseUser }) {
    if (databaseUser.kind === 'all')
      return { severity: 'medium', note: `${systemUser.text} may be every role` };
    if (systemUser.kind !== 'regex') return null;
    const all = samples.every((name) => searchRegex(systemUser.text.slice(1), name).kind !== 'no-match');
    // The same name on both sides is what the server does without a map.
    if (!all || databaseUser.text === '\\1') return null;
    return { severity: 'medium', note: `every account may be ${databaseUser.text}` };
  },
});

const identErrors = defineCheck({
  id: 'ident-errors',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'The server can read all of pg_ident.conf',
    fail: 'The server refuses pg_ident.conf',
    topic: 'Errors in pg_ident.conf',
  },
  why: 'One line that the server cannot read makes it keep the maps of an earlier load, or none after a restart. Logins by peer, certificate or Kerberos with a map then fail, or work for those who were taken out of it.',
  misuse: [
    'An account is taken out of a map, and the line above has a typing error.',
    'The old map stays in force, and the account may still log in.',
  ],
  byHand: [
    'See the lines (15 and newer): SELECT line_number, error FROM pg_ident_file_mappings WHERE error IS NOT NULL;',
    'Correct them in pg_ident.conf, or put # in front of them.',
    'SELECT pg_reload_conf(); then look into the log: it must not say that pg_ident.conf was not reloaded.',
  ],
  references: { cis: [], stig: [], documentation: [identPage] },
  needs: ['configurationFiles', 'cluster'],
  uses: ['identView'],
  parameters: z.object({}),
  judge({ configurationFiles, cluster }, _context, { identView }) {
    const ident = identOf(configurationFiles, cluster.major);
    const main = configurationFiles.find(({ role }) => role === 'pg_ident.conf')?.path ?? 'pg_ident.conf';
    // What the server itself says of the file counts more than our reading of it.
    const rows =
      identView.state === 'collected'
        ? identView.value.flatMap(({ file, line, error }) =>
            error === null ? [] : { file: file ?? main, line, message: error },
          )
        : null;
    if (rows === null && typeof ident === 'string') return { status: 'not-assessed', summary: ident };
    const problems = rows ?? (typeof ident === 'string' ? [] : ident.problems);
    if (problems.length === 0) {
      const count = typeof ident === 'string' ? 0 : ident.mappings.length;
      return { status: 'pass', summary: `${count} maps, all of them readable.`, evidence: [] };
    }
    return failLines(
      configurationFiles,
      problems.map(({ file, line, message }) => ({
        file,
        line,
        severity: 'medium',
        what: '',
        note: message,
      })),
      ['is refused by the server', 'are refused by the server'],
    );
  },
});

/** Checks of pg_ident.conf, in the order in which they are shown. */
export const identChecks: readonly AnyCheck[] = [identSuperuserMap, identCatchAll, identErrors];
