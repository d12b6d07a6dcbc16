import { describe, expect, test } from 'vitest';
import { mustWorkProofs, refusedMustWork } from '../../../main/apply/must-work.ts';
import type { NamedMustWork } from '../../../main/apply/must-work.ts';
import { collectFacts } from '../../../main/collect/collect-facts.ts';
import type { Host } from '../../../main/host/host.ts';
import { suggestMustWork } from '../../../shared/access/must-work.ts';
import { Secret } from '../../../shared/lib/secret.ts';
import type { Operation } from '../../../shared/plan/operation.ts';
import { accessChange } from '../../../shared/plan/cut-off.ts';
import { simulate } from '../../../shared/plan/simulate.ts';
import { hostsAvailable } from '../../hosts/hosts.ts';
import { findCluster, never, openBench, openSession, planOf, start } from './bench.ts';
import * as make from './operations.ts';

describe.skipIf(hostsAvailable() !== null)('who must still get in', () => {
  test('is tried where it can be, computed where not, and decides what is kept', async () => {
    const bench = await openBench('bookworm', 'grd5', 117);
    try {
      const { machine } = bench;
      await machine.run(
        `set -e; echo "listen_addresses = '*'" >/etc/postgresql/15/main/conf.d/net.conf
         printf '%s\n' 'host shop app 10.231.117.0/24 scram-sha-256' 'host shop app 10.99.0.0/16 scram-sha-256' >>/etc/postgresql/15/main/pg_hba.conf; sed -i '1i host shop batch 0.0.0.0/0 scram-sha-256' /etc/postgresql/15/main/pg_hba.conf
         systemctl restart postgresql@15-main`,
      );
      await machine.psql(
        `CREATE ROLE app LOGIN PASSWORD 'app-pw'; CREATE ROLE batch LOGIN PASSWORD 'batch-pw'`,
      );
      await machine.psql('CREATE DATABASE shop');
      const cluster = await findCluster(bench.host);
      const collect = async (host: Host, signal: AbortSignal) =>
        (await collectFacts(host, { cluster: cluster.id, known: [cluster] }, signal)).facts;
      const facts = await collect(bench.host, never);
      const named = (role: string, address: string | null, password: string | null): NamedMustWork => ({
        entry: { role, address, database: 'shop' },
        password: password === null ? null : new Secret(password),
      });
      const run = async (operations: readonly Operation[], all: readonly NamedMustWork[]) => {
        // As if nothing were foretold: what is live decides.
        const access = accessChange(facts, facts, []);
        const proofs = mustWorkProofs({ access, cluster, collect }, all);
        const started = start(bench, planOf(cluster, operations), { proofs, autoKeep: true, openSession });
        const outcome = await started.run.finished;
        const seen = started.run
          .state()
          .proofs.map(({ title, state, detail }) => `${title} ${state}: ${detail}`);
        return {
          outcome: `${outcome.result}: ${outcome.reason}`,
          seen: seen.filter((text) => /Still/.test(text)).join('\n'),
          log: started.log(),
        };
      };
      const harmless = [make.setting('log_connections', 'on'), { kind: 'reload' as const }];

      const kept = await run(harmless, [
        named('app', '10.231.117.0/24', 'app-pw'),
        named('app', '10.99.4.0/24', null),
        named('batch', '192.0.2.7', 'batch-pw'),
        named('batch', '127.0.0.1', 'batch-pw'),
      ]);
      expect(kept.outcome, kept.log).toMatch(/^kept/);
      expect(kept.seen.split('\n')).toEqual([
        expect.stringMatching(
          /^Still gets in: app from 10\.231\.117\.0\/24 to shop passed: tried from 10\.231\.117\.1; the rest of the network computed, TLS: pg_hba\.conf:\d+ lets it in by scram-sha-256$/,
        ),
        expect.stringMatching(
          /app from 10\.99\.4\.0\/24 to shop passed: computed, not tried \(no password was given\): pg_hba\.conf:\d+ /,
        ),
        expect.stringMatching(
          /batch from 192\.0\.2\.7 to shop passed: its login tried on the host by the same line; listener and firewall computed/,
        ),
        expect.stringMatching(/batch from 127\.0\.0\.1 to shop passed: tried from 127\.0\.0\.1, TLS: /),
      ]);

      // The person who applies must have the right password, or nothing begins.
      const wrong = await run(harmless, [named('app', '10.231.117.1', 'not this')]);
      expect(wrong.outcome).toMatch(
        /^refused: app from 10\.231\.117\.1 to shop: the server does not take this password/,
      );

      // Rejected by a line that the change brings: found by computing, and by trying where nothing is computed.
      const reject = await make.hbaChange(bench, /^host +shop +batch/, 'reject');
      const undone = await run([reject, { kind: 'reload' }], [named('batch', '192.0.2.7', null)]);
      expect(undone.outcome, undone.log).toMatch(/^rolled-back: .*pg_hba\.conf:\d+ rejects it/);
      const password = make.sql(
        [`ALTER ROLE app PASSWORD 'other'`],
        [`ALTER ROLE app PASSWORD 'app-pw'`],
        'SELECT true',
      );
      const tried = await run([password], [named('app', '10.231.117.1', 'app-pw')]);
      expect(tried.outcome, tried.log).toMatch(/^rolled-back: .*password authentication failed/);

      // Foretold: refused before anything begins.
      const after = simulate(facts, [reject]).facts;
      const foretold = accessChange(facts, after, [reject, { kind: 'reload' }]);
      expect(refusedMustWork(foretold, [named('batch', '192.0.2.7', null)])).toMatch(
        /^This must still work and would not: batch from 192\.0\.2\.7 to shop \(pg_hba\.conf:\d+ rejects it\)\.$/,
      );
      expect(refusedMustWork(foretold, [named('app', '10.99.4.0/24', null)])).toBeNull();
      expect(suggestMustWork(facts)).toEqual([]);
    } finally {
      await bench.close();
    }
  });
});
