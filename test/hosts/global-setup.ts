import { buildBases, hostsAvailable } from './hosts.ts';

/** Runs once before the tests on hosts, however they are started. */
export default async function prepareTestHosts(): Promise<void> {
  const reason = hostsAvailable();
  if (reason === null) await buildBases();
  else console.log(`Tests on hosts are skipped: ${reason}`);
}
