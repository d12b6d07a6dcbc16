import { useState } from 'react';
import type { FixOffer } from '../../../shared/contract/values.ts';
import { joinAnswer, splitAnswer } from '../../../shared/fixes/answers.ts';
import type { Report } from '../../../shared/report/model.ts';
import { counted } from '../../format.ts';
import { go } from '../../store/actions.ts';
import { cutsOffWhom, firstAnswers, toggleFix, type Choice } from '../../store/fixes.ts';
import { update, useStore } from '../../store/state.ts';
import { EffectBadge, Severity } from '../../ui/badges.tsx';
import { Button } from '../../ui/button.tsx';
import { Check, Radios } from '../../ui/choice.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { OwnWords } from '../../ui/own-words.tsx';
import { networkProblem } from './network-problem.ts';
import styles from './fixes.module.css';

/** The opened fix: what it does, what it needs to know, whom it would cut off. */
export function FixDetail({ offer, report }: { readonly offer: FixOffer; readonly report: Report }) {
  const chosen = useStore((state) => state.chosen[offer.id]);
  const answers = chosen ?? firstAnswers(offer);
  const setAnswer = (key: string, value: string) =>
    update((state) => ({ chosen: { ...state.chosen, [offer.id]: { ...answers, [key]: value } } }));
  const closes = offer.resolves.map(
    (check) => report.findings.find((finding) => finding.check === check)?.title ?? check,
  );
  return (
    <>
      <div className={`${styles.detail} scroll`} tabIndex={0} role="group" aria-label="The opened fix">
        <div className={styles.top}>
          <Severity severity={offer.severity} />
          <EffectBadge effect={offer.effect} />
          <EffectBadge effect={offer.reversible ? 'undoable' : 'once'} />
        </div>
        <h2>{offer.title}</h2>
        <p className="second">
          <OwnWords text={offer.description} />
        </p>
        {offer.unavailable !== null && (
          <div className={styles.gap}>
            <Notice tone="note" title="Not possible here." quiet>
              {offer.unavailable}
            </Notice>
          </div>
        )}
        {offer.unavailable === null &&
          offer.choices.map((choice) => (
            <ChoiceView
              key={choice.key}
              choice={choice}
              answer={answers[choice.key] ?? ''}
              onAnswer={(value) => setAnswer(choice.key, value)}
            />
          ))}
        {offer.id === 'limit-tunnels' && offer.unavailable === null && (
          <div className={styles.gap}>
            <Button onPress={() => update({ tunnel: { accounts: splitAnswer(answers['tunnels'] ?? '') } })}>
              What the clients write, and a try…
            </Button>
          </div>
        )}
        <h3 className="h">Closes</h3>
        <ul>
          {closes.map((title, index) => (
            <li key={offer.resolves[index]}>
              <button
                type="button"
                className="link"
                onClick={() => {
                  update({ openedFinding: offer.resolves[index] ?? null });
                  go('findings');
                }}
              >
                {title}
              </button>
            </li>
          ))}
        </ul>
        <CutOffs offer={offer} />
      </div>
      {offer.unavailable === null && (
        <div className={styles.detailFoot}>
          <Button
            variant={chosen === undefined ? 'accent' : 'plain'}
            onPress={() => update((state) => ({ chosen: toggleFix(state.chosen, offer) }))}
          >
            {chosen === undefined ? 'Choose this fix' : 'Take it back'}
          </Button>
        </div>
      )}
    </>
  );
}

function ChoiceView({
  choice,
  answer,
  onAnswer,
}: {
  readonly choice: Choice;
  readonly answer: string;
  readonly onAnswer: (value: string) => void;
}) {
  switch (choice.kind) {
    case 'text':
      return (
        <div className={styles.gap}>
          <Field label={choice.label} value={answer} onChange={onAnswer} help={choice.help} />
        </div>
      );
    case 'one':
      return (
        <>
          <h3 className="h">{choice.label}</h3>
          <Radios
            label={choice.label}
            value={answer}
            options={choice.options.map((option) => ({
              id: option.value,
              label: option.label,
              detail: option.seen === '' ? undefined : option.seen,
            }))}
            onChange={onAnswer}
          />
        </>
      );
    case 'many':
    case 'networks':
      return <ListChoice choice={choice} answer={answer} onAnswer={onAnswer} />;
  }
}

function ListChoice({
  choice,
  answer,
  onAnswer,
}: {
  readonly choice: Extract<Choice, { readonly kind: 'many' | 'networks' }>;
  readonly answer: string;
  readonly onAnswer: (value: string) => void;
}) {
  const [added, setAdded] = useState('');
  const [tried, setTried] = useState(false);
  const ticked = splitAnswer(answer);
  const own = ticked.filter((value) => !choice.options.some((option) => option.value === value));
  const rows = [
    ...choice.options,
    ...own.map((value) => ({ value, label: value, seen: 'added by you', chosen: true })),
  ];
  const error = networkProblem(added);
  const add = () => {
    setTried(true);
    const network = added.trim();
    if (network === '' || error !== undefined) return;
    onAnswer(joinAnswer([...new Set([...ticked, network])]));
    setAdded('');
    setTried(false);
  };
  return (
    <>
      <h3 className="h">{choice.label}</h3>
      <div className={styles.nets} role="group" aria-label={choice.label}>
        {rows.map((option) => {
          const isOn = ticked.includes(option.value);
          const inUse = option.seen !== '' && option.chosen;
          return (
            <div key={option.value} className={classNames(styles.net, !isOn && inUse && styles.out)}>
              <Check
                isSelected={isOn}
                onChange={(on) =>
                  onAnswer(
                    joinAnswer(
                      on ? [...ticked, option.value] : ticked.filter((value) => value !== option.value),
                    ),
                  )
                }
              >
                <span className="strong">{option.label}</span>
                {option.label !== option.value && <span className="selectable"> {option.value}</span>}
                {option.seen !== '' && <span className={styles.seen}>{option.seen}</span>}
              </Check>
            </div>
          );
        })}
        {choice.kind === 'networks' && (
          <form
            className={styles.add}
            onSubmit={(event) => {
              event.preventDefault();
              add();
            }}
          >
            <Field
              label="Add a network"
              hideLabel
              compact
              value={added}
              onChange={setAdded}
              placeholder="Add a network, such as 10.20.8.0/22"
              error={tried ? error : undefined}
            />
            <Button type="submit">Add</Button>
          </form>
        )}
      </div>
    </>
  );
}

function CutOffs({ offer }: { readonly offer: FixOffer }) {
  const whom = cutsOffWhom(offer);
  if (!offer.cutsOff && whom !== 'somebody') return null;
  return (
    <>
      <h3 className="h">Who could be cut off</h3>
      {whom === 'somebody' && (
        <Notice
          tone="warn"
          quiet
          title={`${counted(offer.wouldRefuse?.length ?? 0, 'client')} that came in lately.`}
        >
          <ul className={styles.clients}>
            {offer.wouldRefuse?.map((client) => (
              <li key={`${client.role} ${client.address ?? ''} ${client.database ?? ''}`}>
                <b className="strong">{client.role}</b>{' '}
                {client.address === null ? '' : `from ${client.address} `}
                {client.database === null ? '' : `to ${client.database}`}
                <span className="small second"> {client.seen}</span>
              </li>
            ))}
          </ul>
          Sessions that are open stay open; the next login would be refused.
        </Notice>
      )}
      {whom === 'nobody' && <p className="second">Nobody who was seen.</p>}
      {whom === 'unknown' && (
        <p className="second">
          Not known: who logs in could not be read. The preview asks again with your answers.
        </p>
      )}
      <p className={`small second ${styles.gap}`}>
        From the server log and the sessions open now. Who connects less often cannot be seen.
      </p>
    </>
  );
}
