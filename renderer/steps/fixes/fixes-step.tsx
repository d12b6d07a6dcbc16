import { ShieldCheck } from 'lucide-react';
import { counted } from '../../format.ts';
import { go } from '../../store/actions.ts';
import { chooseSafe, missingChoice, refusedBy } from '../../store/fixes.ts';
import { hasEdits } from '../../store/hba-editor.ts';
import { buildPlan } from '../../store/session-actions.ts';
import { update, useStore } from '../../store/state.ts';
import type { Wizard } from '../../store/wizard.ts';
import { Button } from '../../ui/button.tsx';
import { Terms } from '../../ui/frame.tsx';
import { Mark } from '../../ui/marks.tsx';
import { Empty, Notice } from '../../ui/notice.tsx';
import { StepFrame } from '../step-frame.tsx';
import { HandEdits } from '../../hba-editor/hand-edits.tsx';
import { FixDetail } from './fix-detail.tsx';
import { FixList } from './fix-list.tsx';
import styles from './fixes.module.css';

type FixesWizard = Extract<Wizard, { readonly step: 'fixes' }>;

/** Step 4: choose fixes, answer what they need to know, see whom they would cut off. */
export function FixesStep({ wizard }: { readonly wizard: FixesWizard }) {
  const chosen = useStore((state) => state.chosen);
  const opened = useStore((state) => state.openedFix);
  const planning = useStore((state) => state.planning);
  const problems = useStore((state) => state.planProblems);
  const edits = useStore(
    (state) => state.hba.planned && hasEdits(state.hba, state.hbaDrafts, state.session.connection?.key),
  );
  const offers = wizard.offers ?? [];
  const possible = offers.filter((offer) => offer.unavailable === null);
  const safe = possible.filter((offer) => offer.safe).length;
  const taken = possible.filter((offer) => chosen[offer.id] !== undefined);
  const refused = refusedBy(offers, chosen);
  const restarts = taken.filter((offer) => offer.effect === 'restart').length;
  const unanswered = taken.find((offer) => missingChoice(offer, chosen[offer.id] ?? {}) !== null);
  const offer = offers.find((candidate) => candidate.id === opened) ?? taken[0] ?? offers[0] ?? null;

  return (
    <StepFrame
      title="Fixes"
      fact={offers.length === 0 ? undefined : `${taken.length} of ${possible.length} chosen`}
      tools={
        possible.length > 0 && (
          <>
            <Button
              isDisabled={safe === 0}
              onPress={() => update((state) => ({ chosen: chooseSafe(state.chosen, offers) }))}
            >
              <ShieldCheck className="i s" />
              Choose all that are safe <span className="quiet">{safe}</span>
            </Button>
            <Button variant="quiet" isDisabled={taken.length === 0} onPress={() => update({ chosen: {} })}>
              Choose none
            </Button>
          </>
        )
      }
      plain={<FixesWords />}
      back={{ label: 'Findings', onPress: () => go('findings') }}
      status={
        <>
          <span className="clip">
            {planning
              ? 'Working out the changes'
              : taken.length === 0
                ? edits
                  ? 'Your edit of pg_hba.conf'
                  : 'Nothing is chosen yet'
                : unanswered !== undefined
                  ? `"${unanswered.title}" needs an answer`
                  : `${counted(taken.length, 'fix', 'fixes')}${restarts > 0 ? `, ${counted(restarts, 'restart')} needed` : ''}.`}
          </span>
          {refused.length > 0 && (
            <span className={`high ${styles.refused}`}>
              <Mark name="high" className="s" />
              {counted(refused.length, 'client')} would be refused
            </span>
          )}
        </>
      }
      primary={{
        label: 'Preview the changes',
        onPress: () => void buildPlan(),
        isDisabled: (taken.length === 0 && !edits) || planning || unanswered !== undefined,
      }}
    >
      {problems.length > 0 && (
        <div className={styles.problems}>
          <Notice tone="stop" title="These fixes do not go together, or cannot be planned.">
            <ul>
              {problems.map((problem) => (
                <li key={problem.message}>{problem.message}</li>
              ))}
            </ul>
          </Notice>
        </div>
      )}
      <HandEdits />
      {wizard.offers !== null && offers.length === 0 ? (
        <Empty
          title="No fix to offer"
          actions={<Button onPress={() => go('findings')}>Back to the findings</Button>}
        >
          {wizard.report.summary.fail === 0
            ? 'Nothing is open, so there is nothing to change.'
            : 'What is open here has to be done by hand. Each finding says how.'}
        </Empty>
      ) : (
        <div className={styles.split}>
          <section className={styles.pane} aria-label="List of fixes">
            <FixList offers={offers} loading={wizard.offers === null} selected={offer?.id ?? null} />
          </section>
          <section className={styles.pane} aria-label="Fix">
            {offer !== null && <FixDetail key={offer.id} offer={offer} report={wizard.report} />}
          </section>
        </div>
      )}
    </StepFrame>
  );
}

function FixesWords() {
  return (
    <>
      <h3>Choose, nothing happens yet</h3>
      <p>A tick only puts a fix on the list. You see every change, letter by letter, on the next screen.</p>
      <h3>Who still needs to get in?</h3>
      <p>
        Some fixes shut doors. Those who came through them lately are named. If in doubt, let them in: you can
        tighten it later.
      </p>
      <h3>Kinds of effect</h3>
      <p>
        <b>Live</b> works at once. <b>Reload</b> makes PostgreSQL read its files again; nobody notices.{' '}
        <b>Restart</b> ends every session for some seconds. <b>Cannot be undone</b> is never part of
        &ldquo;all that are safe&rdquo;.
      </p>
      <Terms
        terms={[
          [
            'Safe',
            'Can be undone, fits together with the others, and nobody who was seen is cut off. Whether PostgreSQL restarts is shown before you confirm.',
          ],
        ]}
      />
    </>
  );
}
