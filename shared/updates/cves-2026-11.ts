import { batch, client, extension, language } from './cve-batch.ts';
import type { Cve } from './cve-types.ts';

/** November 2026: the notes of 15.20 and 17.12 name them, so 16.16, between the two, has them as well. */
const november = { majors: [15, 16, 17], presumed: [14, 18], older: false, cvss: null };
const since17 = { majors: [17], presumed: [18], older: false, cvss: null };

/** Fixed on 12 November 2026. */
export const cvesOfNovember2026: readonly Cve[] = batch(
  '2026-11-12',
  { 14: 25, 15: 20, 16: 16, 17: 12, 18: 7 },
  [
    {
      id: 'CVE-2026-6460',
      title:
        'Changing a composite type while its values are in use lets an object creator run code as the server',
      cvss: 8.8,
    },
    {
      id: 'CVE-2026-6467',
      title: 'Renaming a schema during CREATE EXTENSION puts foreign objects into the extension',
      ...november,
    },
    {
      id: 'CVE-2026-14661',
      title: 'Connection options of subscriptions and dblink are not all checked',
      ...november,
    },
    {
      id: 'CVE-2026-16237',
      title: 'INSERT ... ON CONFLICT on a view updates rows that the view hides',
      ...november,
    },
    {
      id: 'CVE-2026-16240',
      title: 'File names in a data folder act as a format string in pg_basebackup',
      condition: client('pg_basebackup'),
      ...november,
    },
    { id: 'CVE-2026-18447', title: 'SQL functions declared to return "any" confuse types', ...november },
    {
      id: 'CVE-2026-116303',
      title: 'Cast functions run without the EXECUTE privilege in foreign keys and conversions to JSON',
      ...november,
    },
    { id: 'CVE-2026-116304', title: 'A race over shared row descriptions uses freed memory', ...november },
    {
      id: 'CVE-2026-116306',
      title: 'A row type that changes while a field is assigned corrupts memory',
      ...november,
    },
    {
      id: 'CVE-2026-116307',
      title: 'PL/Perl can free a prepared query that is running',
      condition: language('plperl'),
      ...november,
    },
    {
      id: 'CVE-2026-116308',
      title: 'An empty token makes dict_int misbehave',
      condition: extension('dict_int'),
      ...november,
    },
    {
      id: 'CVE-2026-116309',
      title: 'PL/Perl mistakes the type of an array reference',
      condition: language('plperl'),
      ...november,
    },
    {
      id: 'CVE-2026-116310',
      title: 'Error reporting of COPY FROM ... ON_ERROR uses freed memory',
      ...since17,
    },
    {
      id: 'CVE-2026-116311',
      title: 'DROP OWNED BY changes row-level security policies on tables of others',
      ...november,
    },
    { id: 'CVE-2026-116312', title: 'MERGE hands a wrong row to a trigger', ...november },
    {
      id: 'CVE-2026-116314',
      title: 'A prepared archive makes pg_restore write outside its folder or its memory',
      condition: client('pg_restore'),
      ...november,
    },
    { id: 'CVE-2026-116315', title: 'Removing words from a tsvector overruns a buffer', ...november },
    {
      id: 'CVE-2026-116316',
      title:
        'Types in temporary schemas shadow objects in restricted operations: more rights for the attacker',
      ...november,
    },
    { id: 'CVE-2026-116317', title: 'Ranking of a text search overruns a buffer', ...november },
    {
      id: 'CVE-2026-116319',
      title: 'return_next in PL/Perl uses freed memory',
      condition: language('plperl'),
      ...november,
    },
    {
      id: 'CVE-2026-116320',
      title: 'Walking Perl arrays and hashes uses freed memory',
      condition: language('plperl'),
      ...november,
    },
    { id: 'CVE-2026-116321', title: 'Unterminated names disclose memory of the server', ...november },
    {
      id: 'CVE-2026-116323',
      title: 'PL/Tcl called from within itself uses freed memory',
      condition: language('pltcl'),
      ...november,
    },
    {
      id: 'CVE-2026-116325',
      title: 'An index name injects SQL into reindexdb',
      condition: client('reindexdb'),
      ...since17,
    },
    {
      id: 'CVE-2026-116326',
      title: 'Errors of tied Perl objects corrupt PL/Perl',
      condition: language('plperl'),
      ...november,
    },
    { id: 'CVE-2026-116327', title: 'Leaky functions see rows that a policy or a view hides', ...november },
    { id: 'CVE-2026-116328', title: 'Freeing a large allocation corrupts memory', ...november },
    {
      id: 'CVE-2026-116330',
      title: 'Tar dumps of pg_dump lack the guard against commands injected for psql',
      condition: client('pg_dump'),
      ...november,
    },
    { id: 'CVE-2026-116331', title: 'An aggregate with a sort operator confuses types', ...november },
    { id: 'CVE-2026-116332', title: 'Closing a portal that is being set up uses freed memory', ...november },
    { id: 'CVE-2026-116333', title: 'Parallel index scans with arrays read past memory', ...since17 },
    {
      id: 'CVE-2026-116335',
      title: 'Operators whose commutator returns another type confuse types',
      ...november,
    },
    { id: 'CVE-2026-116336', title: 'Functions in an index break REINDEX CONCURRENTLY', ...november },
    { id: 'CVE-2026-120139', title: 'Further sizes of allocations overflow', ...november },
    {
      id: 'CVE-2026-120141',
      title: 'Set-returning functions with changing row types let a user run code as the server',
      cvss: 8.8,
    },
    { id: 'CVE-2026-120142', title: 'Row types with dropped columns are taken as equal', ...since17 },
    {
      id: 'CVE-2026-120143',
      title: 'Cursors over transition tables outlive them and use freed memory',
      ...november,
    },
    { id: 'CVE-2026-120145', title: 'Logical replication writes into system catalogs', ...november },
    {
      id: 'CVE-2026-120146',
      title: 'REASSIGN OWNED gives objects to roles that the caller may not act as',
      ...november,
    },
    {
      id: 'CVE-2026-120147',
      title: 'dblink called from within itself misbehaves',
      condition: extension('dblink'),
      ...november,
    },
    {
      id: 'CVE-2026-120148',
      title: 'Extended statistics on transient types are misread by other sessions',
      ...november,
    },
    { id: 'CVE-2026-120149', title: 'Batched inserts into foreign tables reach past memory', ...november },
    { id: 'CVE-2026-120150', title: 'Checking a domain over a record uses freed memory', ...november },
    {
      id: 'CVE-2026-120151',
      title: 'A row type that changes during an assignment in PL/pgSQL corrupts memory',
      ...november,
    },
    { id: 'CVE-2026-120152', title: 'Listing all settings uses freed memory', ...since17 },
    { id: 'CVE-2026-120153', title: 'Schema and owner names inject SQL into extension scripts', ...november },
    { id: 'CVE-2026-120154', title: 'ON CONFLICT shows rows that row-level security hides', ...november },
  ],
);
