import { z } from 'zod';
import type { ConfigurationFile } from '../../facts/files.ts';
import type { AnyCheck } from '../define-check.ts';
import { defineCheck } from '../define-check.ts';
import { groupWritable, worldWritable } from '../support/accounts.ts';
import { modeText, tableEvidence } from '../support/evidence.ts';
import { judgeRights } from '../support/file-rights.ts';
import type { RightsProblem } from '../support/file-rights.ts';
import { postgresPage } from '../support/references.ts';
import { listOf } from '../support/words.ts';

const hbaPage = postgresPage('auth-pg-hba-conf.html', 'The pg_hba.conf file');

/** pg_hba.conf, pg_ident.conf and what they read in: `include` also stands for parts of postgresql.conf, by their use. */
function accessFiles(
  files: readonly ConfigurationFile[],
  settingsFrom: ReadonlySet<string>,
): readonly ConfigurationFile[] {
  return files.filter(
    ({ role, path, status }) =>
      status.type !== 'missing' &&
      (role === 'pg_hba.conf' || role === 'pg_ident.conf' || (role === 'include' && !settingsFrom.has(path))),
  );
}

const sourcesOf = (rows: readonly { readonly sourceFile: string | null }[]): ReadonlySet<string> =>
  new Set(rows.flatMap(({ sourceFile }) => sourceFile ?? []));

export const hbaNotReloaded = defineCheck({
  id: 'hba-not-reloaded',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'The rules on disk are the rules in force',
    fail: 'The rules on disk are not in force yet',
    topic: 'Rules that were not loaded',
  },
  why: 'The server reads pg_hba.conf and pg_ident.conf when it is told to. Until then the files say one thing and the server does another; the view pg_hba_file_rules shows the file, not what is in force.',
  misuse: [
    'An administrator removes a line, sees the right rules in the view, and believes that it is done.',
    'The old rules stay in force until somebody reloads, weeks later.',
  ],
  byHand: [
    'See when it was loaded: SELECT pg_conf_load_time();',
    'Read what was changed, and whether it is meant: it will come into force with the next reload or restart.',
    'SELECT pg_reload_conf(); then look into the log: it must not say "was not reloaded".',
  ],
  references: { cis: [], stig: [], documentation: [hbaPage] },
  needs: ['configurationFiles', 'server'],
  uses: ['fileSettings'],
  parameters: z.object({}),
  judge({ configurationFiles, server }, _context, { fileSettings }) {
    const loaded = Math.floor(Date.parse(server.loadedAt) / 1000);
    if (Number.isNaN(loaded))
      return { status: 'not-assessed', summary: 'The server does not tell when it read its files.' };
    const sources = sourcesOf(fileSettings.state === 'collected' ? fileSettings.value : []);
    const files = accessFiles(configurationFiles, sources);
    const evidence = [
      tableEvidence(
        ['File', 'Changed', 'Loaded'],
        files.map(({ path, status }) => [
          path,
          new Date(status.modifiedAt * 1000).toISOString(),
          server.loadedAt,
        ]),
      ),
    ];
    // Times of files are in whole seconds here: in the same second the load counts as the later one.
    const newer = files.filter(({ status }) => Math.floor(status.modifiedAt) > loaded);
    if (newer.length === 0)
      return { status: 'pass', summary: `All of them were loaded at ${server.loadedAt}.`, evidence };
    return {
      status: 'fail',
      summary: `${listOf(newer.map(({ path }) => path))} changed after the server read its files at ${server.loadedAt}.`,
      evidence,
      subjects: newer.map(({ path }) => ({ kind: 'file', name: path })),
    };
  },
});

function problemsOf({ status }: ConfigurationFile, owner: string): readonly RightsProblem[] {
  // The mode of a link says nothing about what it leads to.
  if (status.type === 'link') return [];
  const problems: RightsProblem[] = [];
  if (status.owner !== 'root' && status.owner !== owner)
    problems.push({ severity: 'medium', note: `belongs to ${status.owner}, who may change it` });
  if (worldWritable(status))
    problems.push({ severity: 'high', note: `mode ${modeText(status.mode)} lets every account change it` });
  else if (groupWritable(status))
    problems.push({ severity: 'medium', note: `group ${status.group} may change it` });
  return problems;
}

export const hbaIncludes = defineCheck({
  id: 'hba-includes',
  pillar: 'network',
  severity: 'medium',
  titles: {
    pass: 'Files that pg_hba.conf reads in are protected',
    fail: 'Others may change files that pg_hba.conf reads in',
    topic: 'Files that pg_hba.conf reads in',
  },
  why: 'A line such as @readers or include_dir takes roles, databases or whole rules from another file. Whoever may write there decides who gets in, although pg_hba.conf itself is well protected.',
  misuse: [
    'A list of roles is kept in a file that an application account may write.',
    'It adds a role of its own, and is let in at the next reload.',
  ],
  byHand: [
    'Find them: grep -nE "@|include" pg_hba.conf pg_ident.conf',
    'chown postgres:postgres FILE and chmod 0640 FILE, for each of them.',
  ],
  references: {
    cis: [],
    stig: ['CD12-00-012200', 'CD16-00-002400'],
    documentation: [hbaPage],
  },
  needs: ['configurationFiles', 'cluster'],
  uses: ['fileSettings'],
  parameters: z.object({}),
  judge({ configurationFiles, cluster }, _context, { fileSettings }) {
    const sources = sourcesOf(fileSettings.state === 'collected' ? fileSettings.value : []);
    if (!configurationFiles.some(({ role, text }) => role === 'pg_hba.conf' && text !== null))
      return { status: 'not-assessed', summary: 'pg_hba.conf could not be read.' };
    const files = accessFiles(configurationFiles, sources).filter(({ role }) => role === 'include');
    if (files.length === 0)
      return {
        status: 'pass',
        summary: 'pg_hba.conf and pg_ident.conf read no other file in.',
        evidence: [],
      };
    return judgeRights(
      files.map((file) => ({ status: file.status, problems: problemsOf(file, cluster.owner) })),
    );
  },
});

/** Checks of the files with rules, in the order in which they are shown. */
export const hbaFileChecks: readonly AnyCheck[] = [hbaNotReloaded, hbaIncludes];
