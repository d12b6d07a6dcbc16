import { ExternalLink, Flag, Pencil, SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import type { Finding } from '../../../shared/findings/finding.ts';
import type { FixOffer } from '../../../shared/contract/values.ts';
import { counted, dayText } from '../../format.ts';
import { go, openDocumentation } from '../../store/actions.ts';
import { listedStatus } from '../../store/findings.ts';
import { cutsOffWhom, toggleFix } from '../../store/fixes.ts';
import { openHba } from '../../store/hba-editor-actions.ts';
import { removeWaiver } from '../../store/session-actions.ts';
import { update, useStore } from '../../store/state.ts';
import { Badge, EffectBadge, Severity, Status } from '../../ui/badges.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Empty, Notice } from '../../ui/notice.tsx';
import { OwnWords } from '../../ui/own-words.tsx';
import { EvidenceList, evidenceAsText } from './evidence-list.tsx';
import styles from './findings.module.css';

/** The first line of pg_hba.conf that a finding is about; null when it is about none. */
function placeOf({ subjects }: Finding): { readonly file: string; readonly line: number } | null {
  const name = subjects.find(({ kind }) => kind === 'hba-line')?.name ?? '';
  const [, file, line] = /^(.*):(\d+)$/.exec(name) ?? [];
  return file === undefined ? null : { file, line: Number(line) };
}

/** The opened finding: what was seen, how it is misused, the fix, the references. */
export function FindingDetail({ finding }: { readonly finding: Finding | null }) {
  const [byHand, setByHand] = useState(false);
  if (finding === null)
    return (
      <Empty title="No finding is open here">
        Choose a finding in the list to see what was seen, why it matters, and what can be done.
      </Empty>
    );
  const status = listedStatus(finding);
  return (
    <>
      <div className={`${styles.detail} scroll`} tabIndex={0} role="group" aria-label="The opened finding">
        <div className={styles.top}>
          {status === 'open' || status === 'waived' ? <Severity severity={finding.severity} /> : null}
          {status !== 'open' && <Status status={status} />}
          <span className={`mono quiet ${styles.check}`}>{finding.check}</span>
        </div>
        <h2>{finding.title}</h2>
        {finding.waiver !== null && <WaiverNote finding={finding} />}
        <h3 className="h">{status === 'not-assessed' ? 'Why it was not assessed' : 'What was seen'}</h3>
        <p className="selectable">{finding.summary}</p>
        <EvidenceList evidence={finding.evidence} />
        <Subjects finding={finding} />
        <div className="expert-only">
          <h3 className="h">Why it matters</h3>
          <p className="second">
            <OwnWords text={finding.why} />
          </p>
        </div>
        {finding.misuse.length > 0 && (
          <>
            <h3 className="h">How it is misused</h3>
            <Numbered lines={finding.misuse} />
          </>
        )}
        <FixesOf finding={finding} onByHand={() => setByHand(true)} />
        <References finding={finding} />
      </div>
      <div className={styles.detailFoot}>
        {(status === 'open' || status === 'manual') && (
          <Button variant="quiet" size="tiny" onPress={() => update({ waiving: finding })}>
            <Flag className="i xs" />
            Waive…
          </Button>
        )}
        {placeOf(finding) !== null && (
          <Button variant="quiet" size="tiny" onPress={() => openHba(placeOf(finding) ?? undefined)}>
            <Pencil className="i xs" />
            Edit the line
          </Button>
        )}
        {finding.byHand.length > 0 && (
          <Button variant="quiet" size="tiny" onPress={() => setByHand(true)}>
            <SquareTerminal className="i xs" />
            {status === 'not-assessed' ? 'Check by hand' : 'Fix by hand'}
          </Button>
        )}
        <span className="push">
          <CopyButton text={() => findingText(finding)} label="Copy finding" />
        </span>
      </div>
      {byHand && <ByHandDialog finding={finding} onClose={() => setByHand(false)} />}
    </>
  );
}

function Numbered({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ol className={styles.how}>
      {lines.map((line, index) => (
        <li key={index}>
          <span className="selectable">
            <OwnWords text={line} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function WaiverNote({ finding }: { readonly finding: Finding }) {
  const { waiver } = finding;
  if (waiver === null) return null;
  return (
    <Notice
      tone="note"
      title={`Waived until ${dayText(waiver.until)} by ${waiver.createdBy}.`}
      action={
        <Button size="tiny" onPress={() => void removeWaiver(finding.check)}>
          End the waiver
        </Button>
      }
    >
      {waiver.reason}
    </Notice>
  );
}

const subjectsShown = 40;

function Subjects({ finding }: { readonly finding: Finding }) {
  if (finding.subjects.length === 0) return null;
  return (
    <div className={styles.subjects}>
      <span className="small second">Concerns {counted(finding.subjects.length, 'thing')}:</span>
      {finding.subjects.slice(0, subjectsShown).map((subject) => (
        <Badge key={`${subject.kind} ${subject.name}`}>
          <span className="selectable">{subject.name}</span>
        </Badge>
      ))}
      {finding.subjects.length > subjectsShown && (
        <span className="small second">and {finding.subjects.length - subjectsShown} more in the report</span>
      )}
    </div>
  );
}

function FixesOf({ finding, onByHand }: { readonly finding: Finding; readonly onByHand: () => void }) {
  const offers = useStore((state) => state.session.offers);
  if (listedStatus(finding) === 'pass' || listedStatus(finding) === 'not-applicable') return null;
  const here = (offers ?? []).filter((offer) => finding.fixes.includes(offer.id));
  if (here.length === 0)
    return finding.status === 'fail' ? (
      <>
        <h3 className="h">Fix</h3>
        <p className="second">
          Portcullis does not change this by itself.{' '}
          {finding.byHand.length > 0 && (
            <button type="button" className="link" onClick={onByHand}>
              How to do it by hand
            </button>
          )}
        </p>
      </>
    ) : null;
  return (
    <>
      <h3 className="h">Fix</h3>
      {here.map((offer) => (
        <FixCard key={offer.id} offer={offer} />
      ))}
    </>
  );
}

function FixCard({ offer }: { readonly offer: FixOffer }) {
  const chosen = useStore((state) => state.chosen[offer.id] !== undefined);
  const whom = cutsOffWhom(offer);
  return (
    <div className={styles.fix}>
      <p className="strong">{offer.title}</p>
      <p className="second">
        <OwnWords text={offer.description} />
      </p>
      <div className={styles.fixFacts}>
        <EffectBadge effect={offer.effect} />
        <EffectBadge effect={offer.reversible ? 'undoable' : 'once'} />
        {whom === 'nobody' && <Badge>Nobody cut off</Badge>}
        {whom === 'somebody' && <Badge tone="high">Cuts off {offer.wouldRefuse?.length}</Badge>}
        {whom === 'unknown' && offer.cutsOff && <Badge tone="dashed">Who is cut off is not known</Badge>}
      </div>
      {offer.unavailable !== null ? (
        <p className="second">Not possible here: {offer.unavailable}</p>
      ) : (
        <div className={styles.fixActs}>
          <Button
            variant={chosen ? 'plain' : 'accent'}
            onPress={() => update((state) => ({ chosen: toggleFix(state.chosen, offer) }))}
          >
            {chosen ? 'Chosen: take it back' : 'Choose this fix'}
          </Button>
          <Button
            onPress={() => {
              update({ openedFix: offer.id });
              go('fixes');
            }}
          >
            Show it among the fixes
          </Button>
        </div>
      )}
    </div>
  );
}

function References({ finding }: { readonly finding: Finding }) {
  const { cis, stig, documentation } = finding.references;
  if (cis.length + stig.length + documentation.length === 0) return null;
  return (
    <>
      <h3 className="h">References</h3>
      <div className={styles.refs}>
        {cis.map((number) => (
          <span key={number} className="selectable">
            CIS {number}
          </span>
        ))}
        {stig.map((id) => (
          <span key={id} className="selectable">
            STIG {id}
          </span>
        ))}
        {documentation.map((page) => (
          <button key={page.url} type="button" className="link" onClick={() => openDocumentation(page.url)}>
            {page.title} <ExternalLink className="i xs" />
          </button>
        ))}
      </div>
    </>
  );
}

function ByHandDialog({ finding, onClose }: { readonly finding: Finding; readonly onClose: () => void }) {
  return (
    <Dialog
      wide
      title={`By hand: ${finding.title}`}
      onClose={onClose}
      foot={
        <>
          <CopyButton text={finding.byHand.join('\n')} size="large" />
          <Button size="large" className="push" autoFocus onPress={onClose}>
            Close
          </Button>
        </>
      }
    >
      <Numbered lines={finding.byHand} />
      <p className="small second">Inspect again afterwards: only a new inspection shows the effect.</p>
    </Dialog>
  );
}

/** A finding as text for a ticket. */
export function findingText(finding: Finding): string {
  const { cis, stig, documentation } = finding.references;
  const numbered = (lines: readonly string[]) => lines.map((line, index) => `${index + 1}. ${line}`);
  return [
    `${finding.title} (${finding.check}, ${finding.severity}, ${listedStatus(finding)})`,
    '',
    finding.summary,
    ...finding.evidence.map(evidenceAsText),
    '',
    `Why it matters: ${finding.why}`,
    ...(finding.byHand.length > 0 ? ['', 'By hand:', ...numbered(finding.byHand)] : []),
    ...(cis.length + stig.length + documentation.length > 0
      ? [
          '',
          `References: ${[...cis.map((number) => `CIS ${number}`), ...stig, ...documentation.map((page) => page.url)].join(', ')}`,
        ]
      : []),
  ].join('\n');
}
