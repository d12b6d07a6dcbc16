import { useState } from 'react';
import { weights } from '../../../shared/report/score.ts';
import type { Report, Score as ReportScore } from '../../../shared/report/model.ts';
import { counted } from '../../format.ts';
import { pillarNames, severityOrder, type PillarGroup } from '../../store/findings.ts';
import { update, useStore } from '../../store/state.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Severity, severityWord, type SeverityName } from '../../ui/badges.tsx';
import { Pillar, Score, ScoreBar, type ScoreParts } from '../../ui/score.tsx';
import styles from './findings.module.css';

/** The score as the bar draws it: in points of 100. */
export function scoreParts(score: ReportScore): ScoreParts {
  const share = (points: number) => (score.possible === 0 ? 0 : (100 * points) / score.possible);
  return {
    shown: score.value,
    earned: share(score.earned),
    lost: {
      critical: share(score.lost.critical),
      high: share(score.lost.high),
      medium: share(score.lost.medium),
      low: share(score.lost.low),
    },
  };
}

/** The score with what holds it, and the six pillars as filters. */
export function ScoreStrip({
  report,
  groups,
  worst,
}: {
  readonly report: Report;
  readonly groups: readonly PillarGroup[];
  readonly worst: SeverityName | undefined;
}) {
  const filter = useStore((state) => state.filter);
  const [details, setDetails] = useState(false);
  const { score } = report;
  const critical = groups.reduce((sum, group) => sum + (group.worst.critical ?? 0), 0);
  const why =
    score.value === null ? (
      'No score: nothing could be judged.'
    ) : score.held && score.uncapped !== null && score.uncapped > score.value ? (
      <>
        {score.uncapped} points, <b>held at {score.value}</b> by {critical} critical.
      </>
    ) : worst === undefined ? (
      'Nothing is open.'
    ) : (
      `${score.earned} of ${score.possible} points, worst is ${worst}.`
    );
  return (
    <div className={styles.strip}>
      <div className={styles.score}>
        <Score
          score={scoreParts(score)}
          why={why}
          details={
            <button type="button" className={`link ${styles.details}`} onClick={() => setDetails(true)}>
              Details
            </button>
          }
        />
      </div>
      <div className={styles.pillars} role="group" aria-label="Pillars">
        {groups.map((group, index) => (
          <Pillar
            key={group.pillar}
            number={index < 3 ? index + 1 : undefined}
            name={pillarNames[group.pillar]}
            counts={group}
            note={worstText(group)}
            isPressed={filter.pillars.includes(group.pillar)}
            onPress={() =>
              update((state) => ({
                filter: {
                  ...state.filter,
                  pillars: state.filter.pillars.includes(group.pillar) ? [] : [group.pillar],
                },
              }))
            }
          />
        ))}
      </div>
      {details && <ScoreDialog report={report} onClose={() => setDetails(false)} />}
    </div>
  );
}

function worstText(group: PillarGroup): string {
  return severityOrder
    .filter((severity) => (group.worst[severity] ?? 0) > 0)
    .slice(0, 2)
    .map((severity) => `${group.worst[severity] ?? 0} ${severity}`)
    .join(', ');
}

/** How the score came about, in numbers. */
function ScoreDialog({ report, onClose }: { readonly report: Report; readonly onClose: () => void }) {
  const { score, summary } = report;
  return (
    <Dialog
      title={score.value === null ? 'No score' : `${score.value} of 100`}
      onClose={onClose}
      foot={
        <Button size="large" className="push" autoFocus onPress={onClose}>
          Close
        </Button>
      }
    >
      <ScoreBar score={scoreParts(score)} />
      <p className="second">
        Each check earns points by its severity when it passes. Score = earned ÷ possible, rounded down. What
        was not assessed, needs a person, does not apply or is waived is in neither sum. While a critical
        finding is open the score is held at 49.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Severity</th>
            <th scope="col" className="num">
              Points a check
            </th>
            <th scope="col" className="num">
              Lost
            </th>
          </tr>
        </thead>
        <tbody>
          {severityOrder
            .filter((severity) => weights[severity] > 0)
            .map((severity) => (
              <tr key={severity}>
                <td>
                  <Severity severity={severity} text={severityWord(severity)} />
                </td>
                <td className="num">{weights[severity]}</td>
                <td className="num">{score.lost[severity]}</td>
              </tr>
            ))}
        </tbody>
      </table>
      <p className="second">
        Earned {score.earned} of {score.possible}. {counted(summary.pass, 'check')} passed, {summary.fail}{' '}
        open, {summary.notAssessed} not assessed, {summary.manual} by hand, {summary.waived} waived,{' '}
        {summary.notApplicable} not applicable.
      </p>
    </Dialog>
  );
}
