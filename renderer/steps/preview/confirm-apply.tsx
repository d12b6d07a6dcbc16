import { useState } from 'react';
import { guardText } from '../../../shared/contract/guard.ts';
import { counted } from '../../format.ts';
import { applyPlan } from '../../store/session-actions.ts';
import { update, useStore } from '../../store/state.ts';
import type { Wizard } from '../../store/wizard.ts';
import { Check } from '../../ui/choice.tsx';
import { clockText } from '../../ui/countdown.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { stopWhenBusy } from '../../../shared/plan/restart.ts';
import { ConfirmRestart } from './confirm-restart.tsx';
import { ConfirmWhen, now, startOf } from './confirm-when.tsx';
import { isUnguarded, unguardedWord, UnguardedWord } from './unguarded.tsx';
import styles from './preview.module.css';

/** The one confirm before anything is changed. It names the host, who is refused, and what cannot be undone. */
export function ConfirmApply({ wizard }: { readonly wizard: Extract<Wizard, { readonly step: 'preview' }> }) {
  const { plan, restart: outlook } = wizard.preview;
  const { connection } = wizard;
  const within = useStore((state) => state.settings.confirmWithinSeconds);
  const [cutOff, setCutOff] = useState(false);
  const [oneWay, setOneWay] = useState(false);
  const [word, setWord] = useState('');
  const [policy, setPolicy] = useState(stopWhenBusy);
  const [when, setWhen] = useState(now);
  const guarded = plan.steps.some((step) => step.guarded);
  const unguarded = isUnguarded(wizard.preview);
  const guard = wizard.preview.guard ?? 'none';
  const clients = plan.cutOff.map((client) =>
    client.address === null ? client.role : `${client.role} from ${client.address}`,
  );
  const missing =
    startOf(when, new Date()) === undefined ||
    (clients.length > 0 && !cutOff) ||
    (unguarded && word.trim() !== unguardedWord) ||
    (plan.notReversible.length > 0 && !oneWay);
  return (
    <ConfirmDialog
      title={`Apply ${counted(plan.steps.length, 'step')} to ${connection.label}?`}
      confirm={`Apply to ${connection.label}`}
      isConfirmDisabled={missing}
      onCancel={() => update({ confirming: false })}
      onConfirm={() =>
        void applyPlan({
          acceptCutOff: cutOff,
          acceptUnguarded: unguarded && word.trim() === unguardedWord,
          restart: policy,
          startAt: startOf(when, new Date())?.toISOString() ?? null,
          keepWhenProven: when.keep,
        })
      }
    >
      <p className="second">
        {[connection.server, connection.cluster].filter((text) => text !== null).join(', ')}.{' '}
        {unguarded
          ? 'Nothing on the host rolls back by itself.'
          : `The host rolls back by itself after ${clockText(within)} unless you keep the changes${
              guarded && guard !== 'none' ? `, by ${guardText(guard)}` : ''
            }.`}
      </p>
      {clients.length > 0 && (
        <div className={styles.accept}>
          <Check isSelected={cutOff} onChange={setCutOff}>
            Refuse <b className="strong">{clients.slice(0, 6).join(', ')}</b>
            {clients.length > 6 ? ` and ${clients.length - 6} more` : ''} at the next login
          </Check>
        </div>
      )}
      {plan.notReversible.length > 0 && (
        <div className={styles.accept}>
          <Check isSelected={oneWay} onChange={setOneWay}>
            Go on although this cannot be undone: {plan.notReversible.join(', ')}
          </Check>
        </div>
      )}
      {outlook !== null ? (
        <ConfirmRestart outlook={outlook} policy={policy} onChange={setPolicy} />
      ) : (
        plan.restart.reasons.length > 0 && (
          <p className="small second">
            The restart for {plan.restart.reasons.join(', ')} is not part of this. You run it when it suits.
          </p>
        )
      )}
      <ConfirmWhen when={when} onChange={setWhen} />
      {unguarded && <UnguardedWord value={word} onChange={setWord} />}
    </ConfirmDialog>
  );
}
