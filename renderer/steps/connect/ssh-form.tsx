import { useState } from 'react';
import { formOf, targetText } from '../../store/connect-form.ts';
import { attempt, chooseFile, saidSaved } from '../../store/actions.ts';
import { call } from '../../api/bridge.ts';
import { update, useStore } from '../../store/state.ts';
import { CompletionField, type CompletionGroup } from '../../ui/completion-field.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { Radios } from '../../ui/choice.tsx';
import { changeForm } from '../../store/connect-form-actions.ts';
import styles from './connect.module.css';

/** A host over ssh: name, key, way, rights. What is left empty is as the ssh configuration says. */
export function SshForm() {
  const form = useStore((state) => state.form);
  const aliases = useStore((state) => state.aliases);
  const known = useStore((state) => state.known);
  const mode = useStore((state) => state.settings.mode);
  const [moreWays, setMoreWays] = useState(false);

  const recent = known.filter((entry) => entry.target.kind === 'ssh');
  const groups: readonly CompletionGroup[] = [
    {
      id: 'aliases',
      title: '~/.ssh/config',
      kind: 'known',
      entries: aliases.map((alias) => ({
        id: `alias ${alias.alias}`,
        name: alias.alias,
        detail: alias.destination,
        way: alias.via === null ? undefined : `via ${alias.via}`,
      })),
    },
    {
      id: 'recent',
      title: 'Recent',
      kind: 'recent',
      entries: recent.map((entry) => ({
        id: `known ${entry.key}`,
        name: targetText(entry.target),
        detail: entry.label,
      })),
    },
  ];
  const take = (id: string) => {
    const alias = aliases.find((candidate) => `alias ${candidate.alias}` === id);
    if (alias !== undefined) changeForm({ destination: alias.alias, jump: '' });
    const entry = recent.find((candidate) => `known ${candidate.key}` === id);
    if (entry !== undefined) update((state) => ({ form: formOf(entry.target, state.form) }));
  };
  const alias = aliases.find((candidate) => candidate.alias === form.destination.trim());

  const keyOptions = [
    { id: 'config', label: 'As ssh does' },
    ...(form.identityFile === null ? [] : [{ id: 'file', label: form.identityFile }]),
    { id: 'choose', label: form.identityFile === null ? 'A key file…' : 'Another key file…' },
  ];
  const chooseKey = (id: string) => {
    if (id === 'config') changeForm({ identityFile: null });
    if (id === 'choose')
      void chooseFile('identity').then((path) => path !== null && changeForm({ identityFile: path }));
  };
  const hostsOptions = [
    { id: 'usual', label: '~/.ssh/known_hosts' },
    ...(form.knownHostsFile === null ? [] : [{ id: 'file', label: form.knownHostsFile }]),
    { id: 'choose', label: 'Another file…' },
  ];
  const chooseHosts = (id: string) => {
    if (id === 'usual') changeForm({ knownHostsFile: null });
    if (id === 'choose')
      void chooseFile('known-hosts').then((path) => path !== null && changeForm({ knownHostsFile: path }));
  };

  return (
    <>
      <CompletionField
        label="Host"
        value={form.destination}
        onChange={(destination) => changeForm({ destination })}
        onTake={take}
        groups={groups}
        placeholder={aliases.length > 0 ? 'An alias, or user@host:port' : 'user@host:port'}
        hint="or type user@host:port"
      />
      <div className={styles.two}>
        <SelectField
          label="Log in with"
          value={form.identityFile === null ? 'config' : 'file'}
          options={keyOptions}
          onChange={chooseKey}
        />
        <Field
          label="Through"
          value={form.jump}
          onChange={(jump) => changeForm({ jump })}
          placeholder={alias?.via != null ? `${alias.via}, as in ~/.ssh/config` : 'Nobody, or user@host:port'}
        />
      </div>
      {mode === 'expert' && (
        <div className={styles.two}>
          <SelectField
            label="Known host keys"
            value={form.knownHostsFile === null ? 'usual' : 'file'}
            options={hostsOptions}
            onChange={chooseHosts}
          />
        </div>
      )}
      <RightsChoice
        more={moreWays || mode === 'expert' || form.sudo === 'auto'}
        onMore={() => setMoreWays(true)}
      />
    </>
  );
}

/** With which rights the host is read. */
export function RightsChoice({ more, onMore }: { readonly more: boolean; readonly onMore: () => void }) {
  const sudo = useStore((state) => state.form.sudo);
  const auto = {
    id: 'auto',
    label: 'sudo, only if it asks for no password',
    detail: 'A login as root needs none of these: it is used as it is.',
  } as const;
  return (
    <fieldset>
      <legend className={styles.legend}>Rights on the host</legend>
      <Radios
        label="Rights on the host"
        value={sudo}
        options={[
          {
            id: 'ask',
            label: 'sudo, ask me for the password',
            detail: 'One read-only script runs as root.',
          },
          ...(more ? [auto] : []),
          {
            id: 'none',
            label: 'None',
            detail: 'Firewall, key files and logs will be not assessed.',
          },
        ]}
        onChange={(value) => changeForm({ sudo: value })}
      />
      <p className={styles.links}>
        <button
          type="button"
          className="link small"
          onClick={() => void attempt(async () => saidSaved(await call('scan.saveScript', {})))}
        >
          Save the script and read it first
        </button>
        {!more && (
          <button type="button" className="link small" onClick={onMore}>
            One more: sudo without a password
          </button>
        )}
      </p>
    </fieldset>
  );
}
