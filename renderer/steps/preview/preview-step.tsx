import { ChevronDown, Copy, Download } from 'lucide-react';
import { useMemo, useRef } from 'react';
import { call } from '../../api/bridge.ts';
import { counted } from '../../format.ts';
import { attempt, copyText, go, saidSaved } from '../../store/actions.ts';
import { refusesNamed } from '../../store/must-work.ts';
import { buildPlan } from '../../store/session-actions.ts';
import { update, useStore } from '../../store/state.ts';
import type { Wizard } from '../../store/wizard.ts';
import { Button } from '../../ui/button.tsx';
import { Check } from '../../ui/choice.tsx';
import { Terms } from '../../ui/frame.tsx';
import { MenuButton } from '../../ui/menu.tsx';
import { StepFrame } from '../step-frame.tsx';
import { ChangeCard } from './change-card.tsx';
import { ConfirmApply } from './confirm-apply.tsx';
import { MustWorkPanel } from './must-work.tsx';
import { NotSeen } from './not-seen.tsx';
import { OrderList } from './order-list.tsx';
import { RefusedClients } from './refused-clients.tsx';
import { isUnguarded, UnguardedNotice } from './unguarded.tsx';
import styles from './preview.module.css';

type PreviewWizard = Extract<Wizard, { readonly step: 'preview' }>;

/** Step 5: everything that will be done, in its order, and who would be refused. One confirm that names the host. */
export function PreviewStep({ wizard }: { readonly wizard: PreviewWizard }) {
  const { preview, connection, report } = wizard;
  const { plan, changes } = preview;
  const mustWork = useStore((state) => state.mustWork);
  const confirming = useStore((state) => state.confirming);
  const includeRestart = useStore((state) => state.includeRestart);
  const doc = useRef<HTMLDivElement>(null);
  const canApply = !connection.readOnly;
  const restartStep = plan.steps.find((step) => step.operation.kind === 'restart')?.number;
  const oneWay = plan.steps.filter((step) => !step.reversible).length;
  // A restart that a fix cannot do without is no choice; the confirm says that it comes.
  const canLeaveRestart = plan.restart.reasons.length > 0 && plan.restart.included === includeRestart;
  const sorted = useMemo(() => [...changes].sort((one, other) => one.step - other.step), [changes]);

  const show = (step: number) => {
    update({ openedChange: step });
    doc.current?.querySelector(`[data-step="${step}"]`)?.scrollIntoView({ block: 'start' });
  };
  const copy = (format: 'text' | 'sh' | 'json') =>
    attempt(async () => {
      const { text } = await call('plan.text', { format });
      await copyText(text);
      update({ message: `Copied ${counted(text.split('\n').length, 'line')}` });
    });
  const save = (format: 'text' | 'sh' | 'json') =>
    attempt(async () => saidSaved(await call('plan.save', { format })));
  const formats = [
    { id: 'sh', label: 'Shell script', detail: 'runs without Portcullis' },
    { id: 'text', label: 'Text', detail: 'to read or to attach' },
    { id: 'json', label: 'JSON', detail: 'for programs' },
  ] as const;

  return (
    <StepFrame
      title="Preview"
      fact="Nothing has been changed yet"
      folds
      tools={
        <>
          <MenuButton
            label="Copy the plan as"
            entries={formats.map((format) => ({ ...format, onAction: () => void copy(format.id) }))}
          >
            <Button>
              <Copy className="i s" />
              Copy
              <ChevronDown className="i xs" />
            </Button>
          </MenuButton>
          <MenuButton
            label="Save the plan as"
            entries={formats.map((format) => ({ ...format, onAction: () => void save(format.id) }))}
          >
            <Button>
              <Download className="i s" />
              Save as
              <ChevronDown className="i xs" />
            </Button>
          </MenuButton>
        </>
      }
      plain={<PreviewWords refused={plan.cutOff.length} />}
      back={
        plan.chosen.length === 0
          ? { label: 'pg_hba.conf', onPress: () => go('hba') }
          : { label: 'Fixes', onPress: () => go('fixes') }
      }
      status={
        <span className="clip">
          {counted(plan.steps.length, 'step')},{' '}
          {oneWay === 0 ? 'everything can be undone' : `${counted(oneWay, 'step')} cannot be undone`}
          {canApply ? '' : '. These are saved facts: there is no host to apply to.'}
        </span>
      }
      actions={
        canLeaveRestart && (
          <Check
            isSelected={includeRestart}
            onChange={(on) => {
              update({ includeRestart: on });
              void buildPlan();
            }}
          >
            Restart PostgreSQL in this run
          </Check>
        )
      }
      primary={{
        label: canApply ? `Apply to ${shortName(connection.label)}…` : 'Apply',
        onPress: () => update({ confirming: true }),
        isDisabled: !canApply || plan.steps.length === 0 || refusesNamed(mustWork),
      }}
    >
      {plan.cutOff.length > 0 && <RefusedClients plan={plan} />}
      <NotSeen plan={plan} />
      {isUnguarded(preview) && <UnguardedNotice host={shortName(connection.label)} />}
      {canApply && <MustWorkPanel />}
      <div className={styles.cols}>
        <OrderList wizard={wizard} before={report.score} onShow={show} />
        <div ref={doc} className={`${styles.doc} scroll`} tabIndex={0} role="group" aria-label="The changes">
          {sorted.map((change, index) => (
            <ChangeCard
              key={`${change.step} ${change.kind} ${index}`}
              change={change}
              restart={change.step === restartStep ? preview.restart : null}
            />
          ))}
        </div>
      </div>
      {confirming && <ConfirmApply wizard={wizard} />}
    </StepFrame>
  );
}

/** A name that fits into a button. */
function shortName(label: string): string {
  return label.length <= 28 ? label : `${label.slice(0, 25)}…`;
}

function PreviewWords({ refused }: { readonly refused: number }) {
  return (
    <>
      <h3>Read before you confirm</h3>
      <p>
        This is all that will happen, letter by letter, in this order. A line with <b>+</b> is added, a line
        with <b>−</b> goes away.
      </p>
      {refused > 0 && (
        <>
          <h3>Why clients are named</h3>
          <p>
            They came in lately through a way that is being closed. Go back to the fixes to let one of them
            in, or go on if it should not be there.
          </p>
        </>
      )}
      <h3>What if it goes wrong?</h3>
      <p>
        Before the first change the host gets its own timer. Unless you say &ldquo;keep&rdquo;, it puts
        everything back, even when this program or the network is gone.
      </p>
      <Terms
        terms={[
          ['hostssl', 'A line of pg_hba.conf that counts only for encrypted connections.'],
          ['reject', 'Whoever matches this line is turned away.'],
          ['ALTER SYSTEM', "PostgreSQL's own way to write a setting into its files."],
        ]}
      />
    </>
  );
}
