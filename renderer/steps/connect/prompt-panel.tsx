import { useState, type ReactNode } from 'react';
import type { Prompt, PromptAnswer } from '../../../shared/contract/prompts.ts';
import { answer } from '../../store/actions.ts';
import { cancelConnecting } from '../../store/session-actions.ts';
import type { OpenPrompt } from '../../store/connecting.ts';
import { Button } from '../../ui/button.tsx';
import { Radios } from '../../ui/choice.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Field } from '../../ui/field.tsx';
import { Middle } from '../../ui/middle.tsx';
import styles from './connect.module.css';

type PromptOf<K extends Prompt['kind']> = Extract<Prompt, { readonly kind: K }>;

/** A question, in the stage that it belongs to. What is typed leaves this component once and is kept nowhere. */
export function PromptPanel({ open }: { readonly open: OpenPrompt }) {
  const { prompt } = open;
  const reply = (given: PromptAnswer) => void answer(open.id, given);
  switch (prompt.kind) {
    case 'host-key-unknown':
      return <HostKeyQuestion prompt={prompt} reply={reply} />;
    case 'password':
      return (
        <SecretQuestion
          question={`Password of ${prompt.user} on ${prompt.host}`}
          attempt={prompt.attempt}
          reply={reply}
          submit="Log in"
          skip="Another way to log in"
        />
      );
    case 'passphrase':
      return (
        <SecretQuestion
          question={`Passphrase of ${prompt.keyFile}`}
          attempt={prompt.attempt}
          reply={reply}
          submit="Unlock the key"
          skip="Go on without this key"
        />
      );
    case 'sudo-password':
      return (
        <SecretQuestion
          question={`Password of ${prompt.user} for sudo on ${prompt.host}`}
          help="Kept in memory for this session, sent on stdin, written nowhere."
          attempt={prompt.attempt}
          reply={reply}
          submit="Use sudo"
          skip="Continue without sudo"
        />
      );
    case 'postgres-password':
      return (
        <SecretQuestion
          question={`Password of the role ${prompt.role} on ${prompt.host}`}
          attempt={prompt.attempt}
          reply={reply}
          submit="Log in"
          skip="Go on without PostgreSQL"
        />
      );
    case 'keyboard-interactive':
      return <RoundQuestion prompt={prompt} reply={reply} />;
    case 'choose-cluster':
      return <ClusterQuestion prompt={prompt} reply={reply} />;
  }
}

type Reply = (given: PromptAnswer) => void;

function HostKeyQuestion({
  prompt,
  reply,
}: {
  readonly prompt: PromptOf<'host-key-unknown'>;
  readonly reply: Reply;
}) {
  const type = prompt.keyType
    .replace(/^ssh-/, '')
    .replace(/^ecdsa-sha2-/, 'ecdsa ')
    .toUpperCase();
  const keyName = /ed25519/.test(prompt.keyType) ? 'ed25519' : /ecdsa/.test(prompt.keyType) ? 'ecdsa' : 'rsa';
  return (
    <>
      <p>
        {prompt.host}
        {prompt.port === 22 ? '' : `, port ${prompt.port},`} is not in your known_hosts. Is it the right one?
      </p>
      <dl className={styles.fingerprint}>
        <dt>Type</dt>
        <dd>{type}</dd>
        <dt>Fingerprint</dt>
        <dd className={`mono ${styles.key}`}>{prompt.fingerprint}</dd>
        <dt>Line to add</dt>
        <dd className="mono second">
          <Middle text={prompt.knownHostsLine} />
          <CopyButton text={prompt.knownHostsLine} label="" what="the line of known_hosts" />
        </dd>
        <dt>To the file</dt>
        <dd className="mono second">
          <Middle text={prompt.knownHostsFile} />
        </dd>
        <dt>Compare with</dt>
        <dd className="mono second">
          ssh-keygen -lf /etc/ssh/ssh_host_{keyName}_key.pub{' '}
          <span className={styles.where}>on the console of the host</span>
        </dd>
      </dl>
      <div className={styles.answers}>
        <Button
          variant="primary"
          autoFocus
          keys="Esc"
          onPress={() => {
            reply({ kind: 'host-key', decision: 'disconnect' });
          }}
        >
          Disconnect
        </Button>
        <Button className="push" onPress={() => reply({ kind: 'host-key', decision: 'once' })}>
          Go on, once
        </Button>
        <Button onPress={() => reply({ kind: 'host-key', decision: 'remember' })}>Remember and go on</Button>
      </div>
    </>
  );
}

function SecretQuestion(props: {
  readonly question: string;
  readonly help?: string;
  readonly attempt: number;
  readonly submit: string;
  readonly skip: string;
  readonly reply: Reply;
}) {
  const [value, setValue] = useState('');
  return (
    <QuestionForm
      onSubmit={() => props.reply({ kind: 'secrets', values: [value] })}
      submit={props.submit}
      canSubmit={value !== ''}
      skip={{ label: props.skip, onPress: () => props.reply({ kind: 'skip' }) }}
    >
      <div className={styles.secret}>
        <Field
          label={props.question}
          type="password"
          value={value}
          onChange={setValue}
          autoFocus
          {...(props.help === undefined ? {} : { help: props.help })}
          error={
            props.attempt > 1 && value === '' ? `Not accepted. This is try ${props.attempt}.` : undefined
          }
        />
      </div>
    </QuestionForm>
  );
}

function RoundQuestion({
  prompt,
  reply,
}: {
  readonly prompt: PromptOf<'keyboard-interactive'>;
  readonly reply: Reply;
}) {
  const [values, setValues] = useState<readonly string[]>(() => prompt.fields.map(() => ''));
  return (
    <QuestionForm
      onSubmit={() => reply({ kind: 'secrets', values: [...values] })}
      submit="Send"
      canSubmit
      skip={{ label: 'Another way to log in', onPress: () => reply({ kind: 'skip' }) }}
    >
      <p>
        {prompt.name !== '' && <b className="strong">{prompt.name}. </b>}
        {prompt.instructions}
        {prompt.round > 1 && <span className="second"> Round {prompt.round}.</span>}
      </p>
      {prompt.fields.map((field, index) => (
        <div key={index} className={styles.secret}>
          <Field
            label={field.label.trim() === '' ? `Answer for ${prompt.user} on ${prompt.host}` : field.label}
            type={field.echo ? 'text' : 'password'}
            value={values[index] ?? ''}
            onChange={(value) => setValues(values.map((before, at) => (at === index ? value : before)))}
            autoFocus={index === 0}
          />
        </div>
      ))}
    </QuestionForm>
  );
}

function ClusterQuestion({
  prompt,
  reply,
}: {
  readonly prompt: PromptOf<'choose-cluster'>;
  readonly reply: Reply;
}) {
  const first = prompt.clusters.find((cluster) => cluster.running) ?? prompt.clusters[0];
  const [id, setId] = useState(first?.id ?? '');
  return (
    <QuestionForm
      onSubmit={() => reply({ kind: 'cluster', id })}
      submit={`Take ${id}`}
      canSubmit={id !== ''}
      skip={{ label: 'Inspect the host only', onPress: () => reply({ kind: 'skip' }) }}
    >
      <p>Several clusters are on this host. Which one?</p>
      <Radios
        label="Cluster"
        value={id}
        options={prompt.clusters.map((cluster) => ({
          id: cluster.id,
          label: `${cluster.id}, PostgreSQL ${cluster.version}, port ${cluster.port}`,
          detail: `${cluster.dataDirectory}${cluster.running ? '' : ', not running'}`,
        }))}
        onChange={setId}
      />
    </QuestionForm>
  );
}

function QuestionForm(props: {
  readonly children: ReactNode;
  readonly onSubmit: () => void;
  readonly submit: string;
  readonly canSubmit: boolean;
  readonly skip: { readonly label: string; readonly onPress: () => void };
}) {
  return (
    <form
      className={styles.questionForm}
      onSubmit={(event) => {
        event.preventDefault();
        if (props.canSubmit) props.onSubmit();
      }}
    >
      {props.children}
      <div className={styles.answers}>
        <Button type="submit" variant="accent" isDisabled={!props.canSubmit} keys="↵">
          {props.submit}
        </Button>
        <Button onPress={props.skip.onPress}>{props.skip.label}</Button>
        <Button variant="quiet" className="push" onPress={() => void cancelConnecting()}>
          Disconnect
        </Button>
      </div>
    </form>
  );
}
