import { useEffect, useRef, useState } from 'react';
import type { Output } from '../../shared/contract/contract.ts';
import { call, problemOf, type Problem } from '../api/bridge.ts';
import { chooseFile } from '../store/actions.ts';
import { update, useStore } from '../store/state.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, SelectField } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { Proof, type ProgressState } from '../ui/progress-rows.tsx';
import styles from './tunnel.module.css';

type Guide = Output<'tunnel.guide'>;
type Test = Output<'tunnel.test'>;
type Try =
  | { readonly state: 'none' | 'running' }
  // An answer is for what was asked: it goes when the account or the key is changed.
  | { readonly state: 'done'; readonly asked: string; readonly test: Test }
  | { readonly state: 'failed'; readonly asked: string; readonly problem: Problem };

const gateNames: Readonly<Record<Test['steps'][number]['gate'], string>> = {
  login: 'Login by SSH',
  forwarding: 'The rules of sshd',
  listener: 'The end of the tunnel',
  server: 'PostgreSQL',
  hba: 'pg_hba.conf',
};
const marks: Readonly<Record<Test['steps'][number]['state'], ProgressState>> = {
  passed: 'done',
  refused: 'failed',
  unknown: 'unknown',
};

/** What the clients of a tunnel write, and a try of the tunnel from this machine. */
export function TunnelDialog({ accounts }: { readonly accounts: readonly string[] }) {
  const label = useStore((state) => state.session.connection?.label ?? '');
  const [account, setAccount] = useState(accounts[0] ?? '');
  const [key, setKey] = useState<string | null>(null);
  const guide = useGuide(account.trim(), key);
  const keyOptions = [
    { id: 'config', label: 'As ssh does' },
    ...(key === null ? [] : [{ id: 'file', label: key }]),
    { id: 'choose', label: key === null ? 'A key file…' : 'Another key file…' },
  ];
  const close = () => {
    void call('tunnel.cancel', {}).catch(() => undefined);
    update({ tunnel: null });
  };
  return (
    <Dialog
      wide
      title={`A tunnel through SSH to ${label}`}
      onClose={close}
      foot={
        <Button size="large" className="push" onPress={close}>
          Close
        </Button>
      }
    >
      <div className={styles.two}>
        <Field
          label="Account that tunnels"
          value={account}
          onChange={setAccount}
          placeholder={guide?.ok === true ? guide.login : undefined}
          help="Empty: the login of this connection"
        />
        <SelectField
          label="Its key"
          value={key === null ? 'config' : 'file'}
          options={keyOptions}
          onChange={(id) => {
            if (id === 'config') setKey(null);
            if (id === 'choose') void chooseFile('identity').then((path) => path !== null && setKey(path));
          }}
        />
      </div>
      {guide?.ok === false && (
        <Notice tone="note" title="There is none here." quiet>
          {guide.reason}
        </Notice>
      )}
      {guide?.ok === true && (
        <>
          <ClientTexts guide={guide.guide} />
          <TunnelTry account={account.trim()} login={guide.login} identityFile={key} />
        </>
      )}
    </Dialog>
  );
}

/** The texts for an account; null until they came. */
function useGuide(account: string, identityFile: string | null): Guide | null {
  const [guide, setGuide] = useState<Guide | null>(null);
  const login = guide?.ok === true ? guide.login : '';
  const asked = account === '' ? login : account;
  useEffect(() => {
    let gone = false;
    call('tunnel.guide', { account: asked, identityFile }).then(
      (found) => {
        if (!gone) setGuide(found);
      },
      (error: unknown) => {
        if (!gone) setGuide({ ok: false, reason: problemOf(error).message });
      },
    );
    return () => {
      gone = true;
    };
  }, [asked, identityFile]);
  return guide;
}

function ClientTexts({ guide }: { readonly guide: Extract<Guide, { ok: true }>['guide'] }) {
  return (
    <section aria-label="For the clients">
      <h3 className="h">For the clients</h3>
      <div className={styles.text}>
        <div className={styles.head}>
          <span>~/.ssh/config</span>
          <CopyButton text={guide.config} label="" what="the lines for ~/.ssh/config" />
        </div>
        <pre className="scroll" tabIndex={0} aria-label="Lines for ~/.ssh/config">
          {guide.config}
        </pre>
      </div>
      <ul className={styles.clients}>
        {[{ name: 'Open it', text: guide.command }, ...guide.clients].map(({ name, text }) => (
          <li key={name}>
            <span className="second">{name}</span>
            <code className="selectable">{text}</code>
            <CopyButton text={text} label="" what={`the text for ${name}`} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function TunnelTry({
  account,
  login,
  identityFile,
}: {
  readonly account: string;
  readonly login: string;
  readonly identityFile: string | null;
}) {
  const [role, setRole] = useState('postgres');
  const [database, setDatabase] = useState('postgres');
  const [tried, setTried] = useState<Try>({ state: 'none' });
  // What was stopped, or asked before, is of no interest any more.
  const round = useRef(0);
  const asked = `${account} ${identityFile ?? ''}`;
  const running = tried.state === 'running';
  const asLogin = identityFile === null && (account === '' || account === login);
  const start = () => {
    round.current += 1;
    const mine = round.current;
    setTried({ state: 'running' });
    const done = (result: Try) => {
      if (round.current === mine) setTried(result);
    };
    call('tunnel.test', {
      account: asLogin ? null : account === '' ? login : account,
      identityFile,
      role: role.trim(),
      database: database.trim(),
    }).then(
      (test) => done({ state: 'done', asked, test }),
      (error: unknown) => done({ state: 'failed', asked, problem: problemOf(error) }),
    );
  };
  const stop = () => {
    round.current += 1;
    setTried({ state: 'none' });
    void call('tunnel.cancel', {}).catch(() => undefined);
  };
  return (
    <section aria-label="Try it">
      <h3 className="h">Try it from this machine</h3>
      <div className={styles.ask}>
        <Field label="Role" value={role} onChange={setRole} compact />
        <Field label="Database" value={database} onChange={setDatabase} compact />
        <Button
          variant="accent"
          isDisabled={role.trim() === '' || database.trim() === ''}
          onPress={running ? stop : start}
        >
          {running ? 'Stop' : 'Try the tunnel'}
        </Button>
      </div>
      <p className="small second">
        It opens the tunnel and asks PostgreSQL for its greeting. No password of the role is sent.
      </p>
      <div role="status">
        {running && <p className="second">Trying…</p>}
        {tried.state === 'failed' && tried.asked === asked && (
          <Notice tone="warn" title={tried.problem.message} quiet>
            {tried.problem.next}
          </Notice>
        )}
        {tried.state === 'done' && tried.asked === asked && <TryResult test={tried.test} />}
      </div>
    </section>
  );
}

function TryResult({ test }: { readonly test: Test }) {
  const refused = test.steps.find(({ state }) => state === 'refused');
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <div ref={place} className={styles.result}>
      {refused === undefined ? (
        <Notice tone="good" title="The tunnel works." quiet>
          {`As ${test.account} to ${test.target}.`}
        </Notice>
      ) : (
        <Notice tone="warn" title={`It ends here: ${gateNames[refused.gate]}.`} quiet>
          {refused.next ?? ''}
        </Notice>
      )}
      <ul className={styles.steps} aria-label="How far it came">
        {test.steps.map(({ gate, state, said }) => (
          <Proof key={gate} state={marks[state]} name={gateNames[gate]} result={said} />
        ))}
      </ul>
    </div>
  );
}
