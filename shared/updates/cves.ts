import { batch, client, extension, language } from './cve-batch.ts';
import type { Cve } from './cve-types.ts';
import { cvesOfAugust2026 } from './cves-2026-08.ts';
import { cvesOfNovember2026 } from './cves-2026-11.ts';

/*
 * Completeness. Ids, majors and dates come from the release notes of 15.1-15.20, 17.1-17.12 and 18.1-18.6, scores and
 * ranges from the CVE records that the PostgreSQL project published and from its announcements. Not verified, and so
 * left open: scores of the releases of November 2026 but two, and of 2023 (null); the release notes of 18.7, 16.16 and
 * 14.25 (`presumed`); anything that is fixed only in 19. Flaws fixed before February 2023 are not listed.
 */
/** Every CVE that this project could verify, newest first. */
export const cves: readonly Cve[] = [
  ...cvesOfNovember2026,
  ...cvesOfAugust2026,
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
