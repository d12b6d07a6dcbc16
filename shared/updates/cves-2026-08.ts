import { batch, client, extension, language } from './cve-batch.ts';
import type { Cve } from './cve-types.ts';

/** Fixed on 13 August 2026. */
export const cvesOfAugust2026: readonly Cve[] = batch(
  '2026-08-13',
  { 14: 24, 15: 19, 16: 15, 17: 11, 18: 6 },
  [
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
  ],
);
