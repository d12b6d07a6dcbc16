import type { Cve, CveCondition } from './cve-types.ts';

/*
 * Completeness. Ids, majors and dates come from the release notes of 15.1-15.20, 17.1-17.12 and 18.1-18.6, scores and
 * ranges from the CVE records that the PostgreSQL project published and from its announcements. Not verified, and so
 * left open: scores of the releases of November 2026 but two, and of 2023 (null); the release notes of 18.7, 16.16 and
 * 14.25 (`presumed`); anything that is fixed only in 19. Flaws fixed before February 2023 are not listed.
 */
interface Row {
  readonly id: string;
  readonly title: string;
  readonly cvss: number | null;
  readonly condition?: CveCondition;
  /** Majors that the sources name; all of the batch when left out. */
  readonly majors?: readonly number[];
  readonly presumed?: readonly number[];
  /** false when the advisory says that older series are unaffected or nothing says that they are affected. */
  readonly older?: boolean;
}

const extension = (name: string): CveCondition => ({ kind: 'extension', name });
const language = (name: 'plperl' | 'pltcl'): CveCondition => ({ kind: 'language', name });
const client = (program: string): CveCondition => ({ kind: 'client', program });

function batch(
  fixedOn: string,
  minors: Readonly<Record<number, number>>,
  rows: readonly Row[],
): readonly Cve[] {
  const all = Object.keys(minors).map(Number);
  return rows.map(({ id, title, cvss, condition = null, majors = all, presumed = [], older = true }) => ({
    id,
    title,
    cvss,
    condition,
    fixedOn,
    fixedIn: Object.fromEntries([...majors, ...presumed].map((major) => [major, minors[major] ?? 0])),
    presumed,
    olderAffected: older,
  }));
}

/** November 2026: the notes of 15.20 and 17.12 name them, so 16.16, between the two, has them as well. */
const november = { majors: [15, 16, 17], presumed: [14, 18], older: false, cvss: null };
const since17 = { majors: [17], presumed: [18], older: false, cvss: null };

/** Every CVE that this project could verify, newest first. */
export const cves: readonly Cve[] = [
  ...batch('2026-11-12', { 14: 25, 15: 20, 16: 16, 17: 12, 18: 7 }, [
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
  ]),
  ...batch('2026-08-13', { 14: 24, 15: 19, 16: 15, 17: 11, 18: 6 }, [
    {
      id: 'CVE-2026-6464',
      title: 'psql runs data lines as commands after a failed COPY FROM STDIN',
      cvss: 8.1,
      condition: client('psql'),
    },
    { id: 'CVE-2026-6469', title: 'ALTER TABLE gives extended statistics to another owner', cvss: 3.8 },
    { id: 'CVE-2026-6470', title: 'USAGE on data types is not checked everywhere', cvss: 4.3 },
    {
      id: 'CVE-2026-6471',
      title: 'A role with REPLICATION loads any library through logical decoding',
      cvss: 7.2,
    },
    { id: 'CVE-2026-14662', title: 'Overlong text-search values overrun memory', cvss: 8.8 },
    {
      id: 'CVE-2026-14663',
      title: 'pgcrypto stores clear text when OpenSSL has the cipher switched off',
      cvss: 6.5,
      condition: extension('pgcrypto'),
    },
    {
      id: 'CVE-2026-14664',
      title: 'Wrongly encoded text in regular expressions lets a user run code as the server',
      cvss: 8.8,
    },
    {
      id: 'CVE-2026-14666',
      title: 'Cached plans keep row-level security of before a change of roles',
      cvss: 4.2,
    },
    { id: 'CVE-2026-14668', title: 'A crafted operator on ctid discloses memory of the server', cvss: 8.1 },
    {
      id: 'CVE-2026-14669',
      title: 'A long time zone abbreviation in to_char lets a user run code as the server',
      cvss: 8.8,
    },
    {
      id: 'CVE-2026-14670',
      title: 'Tied objects in PL/Perl overrun memory',
      cvss: 8.8,
      condition: language('plperl'),
    },
    {
      id: 'CVE-2026-14671',
      title: 'Cached plans of refint let an object creator run code as the server',
      cvss: 8.8,
      condition: extension('refint'),
    },
    {
      id: 'CVE-2026-14672',
      title: 'Answers of SCRAM tell whether a role exists when scram_iterations is not the default',
      cvss: 5.3,
      majors: [16, 17, 18],
      older: false,
    },
    {
      id: 'CVE-2026-14673',
      title: 'amcheck follows the search path of its caller',
      cvss: 3.8,
      condition: extension('amcheck'),
      majors: [14, 15, 16, 18],
    },
    {
      id: 'CVE-2026-14676',
      title: 'pg_stat_statements overruns memory on crafted queries',
      cvss: 8.8,
      condition: extension('pg_stat_statements'),
      majors: [18],
      older: false,
    },
    // Only builds for 32-bit machines have CVE-2026-14677; they are not told apart here.
    {
      id: 'CVE-2026-14677',
      title: 'PL/Perl and PL/Tcl on 32-bit machines undersize allocations',
      cvss: 8.8,
      condition: language('plperl'),
    },
    {
      id: 'CVE-2026-14678',
      title: 'Splitting of pg_trgm index pages reads past memory',
      cvss: 4.3,
      condition: extension('pg_trgm'),
    },
    { id: 'CVE-2026-14679', title: 'Too many OUT parameters overrun the stack', cvss: 8.2 },
    {
      id: 'CVE-2026-14680',
      title: 'Functions with arguments of type internal can be called and run code as the server',
      cvss: 8.8,
    },
    {
      id: 'CVE-2026-14681',
      title: 'A GSSAPI request inside TLS passes for GSSAPI encryption in pg_hba.conf',
      cvss: 4.2,
      majors: [17, 18],
      older: false,
    },
    {
      id: 'CVE-2026-15741',
      title: 'The field name of EXTRACT injects SQL into dumps and other output of definitions',
      cvss: 8.8,
    },
    {
      id: 'CVE-2026-15742',
      title: 'Huge costs in levenshtein() write to chosen memory',
      cvss: 8.8,
      condition: extension('fuzzystrmatch'),
    },
    {
      id: 'CVE-2026-16238',
      title: 'Restored statistics of multiranges let an object creator run code as the server',
      cvss: 8.8,
      majors: [18],
      older: false,
    },
    {
      id: 'CVE-2026-16239',
      title: 'A cursor made anew with other types lets a user run code as the server',
      cvss: 8.8,
    },
    {
      id: 'CVE-2026-16241',
      title: 'A broken bytea value crashes programs made with ECPG',
      cvss: 3.8,
      condition: client('ecpg'),
    },
    { id: 'CVE-2026-18024', title: 'ascii() discloses up to three bytes of memory', cvss: 4.3 },
    {
      id: 'CVE-2026-18408',
      title: 'A hostile server gets commands past \\unrestrict into dumps',
      cvss: 8.8,
      condition: client('pg_dump'),
    },
    {
      id: 'CVE-2026-19385',
      title: 'Long transform lists overrun memory of pg_dump',
      cvss: 8.8,
      condition: client('pg_dump'),
    },
  ]),
  ...batch('2026-05-14', { 14: 23, 15: 18, 16: 14, 17: 10, 18: 4 }, [
    {
      id: 'CVE-2026-6472',
      title: 'CREATE TYPE makes multirange types in schemas where the user may not create',
      cvss: 5.4,
    },
    {
      id: 'CVE-2026-6473',
      title: 'Sizes of allocations overflow in many places and memory is overwritten',
      cvss: 8.8,
    },
    { id: 'CVE-2026-6474', title: 'A time zone name acts as a format string in timeofday()', cvss: 4.3 },
    {
      id: 'CVE-2026-6475',
      title: 'A hostile server makes pg_basebackup and pg_rewind overwrite any file',
      cvss: 8.8,
      condition: client('pg_basebackup'),
    },
    {
      id: 'CVE-2026-6476',
      title: 'A subscription name injects SQL into pg_createsubscriber',
      cvss: 7.2,
      condition: client('pg_createsubscriber'),
      majors: [17, 18],
      older: false,
    },
    {
      id: 'CVE-2026-6477',
      title: 'A hostile server overwrites the memory of psql and pg_dump through large objects',
      cvss: 8.8,
      condition: client('libpq'),
    },
    { id: 'CVE-2026-6478', title: 'Comparing secrets takes a time that depends on them', cvss: 6.5 },
    {
      id: 'CVE-2026-6479',
      title: 'Endless requests for encryption crash a connection before login',
      cvss: 7.5,
    },
    {
      id: 'CVE-2026-6575',
      title: 'Restored statistics make the planner read past memory',
      cvss: 4.3,
      majors: [18],
      older: false,
    },
    {
      id: 'CVE-2026-6637',
      title: 'refint overruns the stack and allows SQL injection',
      cvss: 8.8,
      condition: extension('refint'),
    },
    {
      id: 'CVE-2026-6638',
      title: 'A table name injects SQL into REFRESH PUBLICATION',
      cvss: 3.7,
      majors: [16, 17, 18],
      older: false,
    },
  ]),
  ...batch('2026-02-12', { 14: 21, 15: 16, 16: 12, 17: 8, 18: 2 }, [
    { id: 'CVE-2026-2003', title: 'Odd oidvector values disclose a few bytes of memory', cvss: 4.3 },
    {
      id: 'CVE-2026-2004',
      title: 'An estimator of intarray lets an object creator run code as the server',
      cvss: 8.8,
      condition: extension('intarray'),
    },
    {
      id: 'CVE-2026-2005',
      title: 'A crafted message overruns memory of pgcrypto',
      cvss: 8.8,
      condition: extension('pgcrypto'),
    },
    {
      id: 'CVE-2026-2006',
      title: 'Wrong lengths of multibyte characters let a user run code as the server',
      cvss: 8.8,
    },
    // The score of CVE-2026-2007 was cut off in the source that was at hand.
    {
      id: 'CVE-2026-2007',
      title: 'Lower-casing in pg_trgm overruns memory',
      cvss: null,
      condition: extension('pg_trgm'),
      majors: [18],
      older: false,
    },
  ]),
  ...batch('2025-11-13', { 13: 23, 14: 20, 15: 15, 16: 11, 17: 7, 18: 1 }, [
    { id: 'CVE-2025-12817', title: 'CREATE STATISTICS ignores the right to create in a schema', cvss: 3.1 },
    {
      id: 'CVE-2025-12818',
      title: 'Sizes in libpq overflow and a client writes past memory',
      cvss: 5.9,
      condition: client('libpq'),
      majors: [15, 16, 17, 18],
      presumed: [13, 14],
    },
  ]),
  ...batch('2025-08-14', { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 }, [
    {
      id: 'CVE-2025-8713',
      title: 'Statistics of the planner show data that views and policies hide',
      cvss: 3.1,
    },
    {
      id: 'CVE-2025-8714',
      title: 'A hostile server puts commands for psql into dumps',
      cvss: 8.8,
      condition: client('pg_dump'),
    },
    {
      id: 'CVE-2025-8715',
      title: 'Line breaks in object names inject commands into dumps',
      cvss: null,
      condition: client('pg_dump'),
    },
  ]),
  ...batch('2025-05-08', { 13: 21, 14: 18, 15: 13, 16: 9, 17: 5 }, [
    {
      id: 'CVE-2025-4207',
      title: 'Checking GB18030 text reads one byte too far and may end the process',
      cvss: 5.9,
    },
  ]),
  ...batch('2025-02-13', { 13: 19, 14: 16, 15: 11, 16: 7, 17: 3 }, [
    {
      id: 'CVE-2025-1094',
      title: 'Quoting functions of libpq and psql allow SQL injection with wrongly encoded text',
      cvss: null,
      condition: client('libpq'),
      majors: [15, 16, 17],
      presumed: [13, 14],
      older: false,
    },
  ]),
  ...batch('2024-11-14', { 12: 21, 13: 17, 14: 14, 15: 9, 16: 5, 17: 1 }, [
    {
      id: 'CVE-2024-10976',
      title: 'Row-level security below subqueries ignores a change of the role',
      cvss: 4.2,
    },
    {
      id: 'CVE-2024-10977',
      title: 'libpq shows an error message of a man in the middle',
      cvss: 3.1,
      condition: client('libpq'),
    },
    {
      id: 'CVE-2024-10978',
      title: 'SET ROLE and SET SESSION AUTHORIZATION reset to a wrong role',
      cvss: null,
      older: false,
    },
    {
      id: 'CVE-2024-10979',
      title: 'PL/Perl changes environment variables and runs code as the server',
      cvss: null,
      condition: language('plperl'),
      older: false,
    },
  ]),
  ...batch('2024-08-08', { 12: 20, 13: 16, 14: 13, 15: 8, 16: 4 }, [
    {
      id: 'CVE-2024-7348',
      title: 'A relation swapped during pg_dump runs SQL as the role that dumps',
      cvss: 8.8,
      condition: client('pg_dump'),
    },
  ]),
  ...batch('2024-05-09', { 14: 12, 15: 7, 16: 3 }, [
    { id: 'CVE-2024-4317', title: 'pg_stats_ext shows statistics of other users', cvss: 3.1, older: false },
  ]),
  ...batch('2024-02-08', { 12: 18, 13: 14, 14: 11, 15: 6, 16: 2 }, [
    {
      id: 'CVE-2024-0985',
      title: 'REFRESH MATERIALIZED VIEW CONCURRENTLY runs functions as its caller',
      cvss: 8,
    },
  ]),
  ...batch('2023-11-09', { 11: 22, 12: 17, 13: 13, 14: 10, 15: 5, 16: 1 }, [
    { id: 'CVE-2023-5868', title: 'Aggregates over unknown types disclose memory', cvss: null, older: false },
    {
      id: 'CVE-2023-5869',
      title: 'Array subscripts overflow and memory is overwritten',
      cvss: null,
      older: false,
    },
    {
      id: 'CVE-2023-5870',
      title: 'pg_signal_backend ends background processes of superusers',
      cvss: null,
      older: false,
    },
  ]),
  ...batch('2023-08-10', { 15: 4 }, [
    {
      id: 'CVE-2023-39417',
      title: 'Schema and owner names inject SQL into extension scripts',
      cvss: null,
      older: false,
    },
    { id: 'CVE-2023-39418', title: 'MERGE ignores policies of row-level security', cvss: null, older: false },
  ]),
  ...batch('2023-05-11', { 11: 20, 12: 15, 13: 11, 14: 8, 15: 3 }, [
    { id: 'CVE-2023-2454', title: 'CREATE SCHEMA defeats a safe search path', cvss: null, older: false },
    {
      id: 'CVE-2023-2455',
      title: 'Row-level security ignores a change of the role after inlining',
      cvss: null,
      older: false,
    },
  ]),
  ...batch('2023-02-09', { 11: 19, 12: 14, 13: 10, 14: 7, 15: 2 }, [
    {
      id: 'CVE-2022-41862',
      title: 'libpq leaks memory when GSSAPI encryption cannot be set up',
      cvss: null,
      condition: client('libpq'),
      older: false,
    },
  ]),
];
