import { useEffect, useState } from 'react';
import type { Output } from '../../../shared/contract/contract.ts';
import { call, problemOf } from '../../api/bridge.ts';
import { SelectField } from '../../ui/field.tsx';
import styles from './exposure.module.css';

type Answer = Output<'reach.ask'>;
type Transport = 'any' | 'tls' | 'plain';

const gateNames = {
  firewall: 'the firewall',
  listener: 'the listener',
  hba: 'pg_hba.conf',
  role: 'the role',
};

/** The answer in a few words. */
function answerWords({ verdict, because, method }: Answer): { readonly word: string; readonly rest: string } {
  const line = because.line === null ? gateNames[because.gate] : `line ${because.line}`;
  if (verdict === 'allowed') {
    const how = method === 'trust' ? 'without a password' : method === null ? '' : `by ${method}`;
    return { word: 'Yes', rest: `, by ${line}${how === '' ? '' : `, ${how}`}.` };
  }
  const reason = because.rule === null || because.gate === 'hba' ? '' : ` (${because.rule})`;
  return verdict === 'refused'
    ? { word: 'No', rest: `, ${line}${because.line === null ? '' : ' of pg_hba.conf'} refuses${reason}.` }
    : { word: 'Not known', rest: `, because of ${line}${reason}.` };
}

/** One question about one client, answered as it is written. */
export function QuestionBar({
  databases,
  roles,
}: {
  readonly databases: readonly string[];
  readonly roles: readonly string[];
}) {
  const [address, setAddress] = useState('');
  const [database, setDatabase] = useState(databases[0] ?? '');
  const [role, setRole] = useState(roles[0] ?? '');
  const [transport, setTransport] = useState<Transport>('any');
  const [answer, setAnswer] = useState<{ readonly word: string; readonly rest: string } | null>(null);

  useEffect(() => {
    const asked = address.trim();
    if (asked === '') return;
    let gone = false;
    const tls = transport === 'any' ? null : transport === 'tls';
    // Each key asks; what was asked before is no longer of interest.
    const timer = setTimeout(() => {
      call('reach.ask', { address: asked, role, database, tls }).then(
        (found) => {
          if (!gone) setAnswer(answerWords(found));
        },
        (error: unknown) => {
          if (!gone) setAnswer({ word: '', rest: problemOf(error).message });
        },
      );
    }, 150);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [address, database, role, transport]);

  const options = (names: readonly string[]) => names.map((name) => ({ id: name, label: name }));
  return (
    <div className={styles.ask} role="search" aria-label="Ask about one client">
      <span className="second">Could</span>
      <input
        className={styles.address}
        aria-label="Address, or local for the Unix socket"
        placeholder="10.1.2.3 or local"
        spellCheck={false}
        maxLength={100}
        value={address}
        onChange={(event) => setAddress(event.target.value)}
      />
      <span className="second">enter</span>
      <SelectField
        label="Database"
        hideLabel
        compact
        value={database}
        options={options(databases)}
        onChange={setDatabase}
      />
      <span className="second">as</span>
      <SelectField label="Role" hideLabel compact value={role} options={options(roles)} onChange={setRole} />
      <SelectField
        label="Encryption"
        hideLabel
        compact
        value={transport}
        options={[
          { id: 'any', label: 'either way' },
          { id: 'tls', label: 'with TLS' },
          { id: 'plain', label: 'without TLS' },
        ]}
        onChange={setTransport}
      />
      <span className="second">?</span>
      <span className={styles.answer} role="status">
        {answer !== null && address.trim() !== '' && (
          <>
            <b>{answer.word}</b>
            {answer.rest}
          </>
        )}
      </span>
    </div>
  );
}
