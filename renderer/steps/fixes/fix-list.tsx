import { SlidersHorizontal, Users } from 'lucide-react';
import { useMemo } from 'react';
import type { FixOffer } from '../../../shared/contract/values.ts';
import { counted } from '../../format.ts';
import {
  cutsOffWhom,
  groupFixes,
  matchesFix,
  missingChoice,
  noFixFilter,
  toggleFix,
  type FixFilter,
} from '../../store/fixes.ts';
import { read, update, useStore } from '../../store/state.ts';
import { EffectBadge, Severity } from '../../ui/badges.tsx';
import { Button } from '../../ui/button.tsx';
import { Check } from '../../ui/choice.tsx';
import { classNames } from '../../ui/class-names.ts';
import { SearchBox } from '../../ui/field.tsx';
import { Mark } from '../../ui/marks.tsx';
import { FilterChip } from '../../ui/menu.tsx';
import { Empty } from '../../ui/notice.tsx';
import { RowList } from '../../ui/row-list.tsx';
import styles from './fixes.module.css';

function setFilter(change: Partial<FixFilter>): void {
  update((state) => ({ fixFilter: { ...state.fixFilter, ...change } }));
}

function toggle(id: string): void {
  const offer = read().session.offers?.find((candidate) => candidate.id === id);
  if (offer !== undefined) update((state) => ({ chosen: toggleFix(state.chosen, offer), openedFix: id }));
}

/** The fixes that are offered, in groups; Space or the box chooses, the row opens. */
export function FixList({
  offers,
  loading,
  selected,
}: {
  readonly offers: readonly FixOffer[];
  readonly loading: boolean;
  readonly selected: string | null;
}) {
  const filter = useStore((state) => state.fixFilter);
  const chosen = useStore((state) => state.chosen);
  // Only a filter by what is chosen has to be worked out again when a box is ticked.
  const chosenForFilter = filter.chosen.length > 0 ? chosen : null;
  const groups = useMemo(
    () =>
      groupFixes(offers).map((group) => {
        const rows = group.offers.filter((offer) => matchesFix(offer, filter, chosenForFilter ?? {}));
        return { id: group.id, name: group.name, note: <span>{rows.length}</span>, rows };
      }),
    [offers, filter, chosenForFilter],
  );
  return (
    <>
      <div className={styles.filters}>
        <SearchBox
          label="Search fixes"
          value={filter.text}
          onChange={(text) => setFilter({ text })}
          placeholder={`Search ${counted(offers.length, 'fix', 'fixes')}`}
        />
        <FilterChip
          label="Effect"
          values={filter.effects}
          options={[
            { id: 'live', label: 'Live' },
            { id: 'reload', label: 'Reload' },
            { id: 'restart', label: 'Restart' },
          ]}
          onChange={(effects) => setFilter({ effects })}
        />
        <FilterChip
          label="Cuts off"
          values={filter.cutsOff}
          options={[
            { id: 'nobody', label: 'Nobody' },
            { id: 'somebody', label: 'Somebody' },
            { id: 'unknown', label: 'Not known' },
          ]}
          onChange={(cutsOff) => setFilter({ cutsOff })}
        />
        <FilterChip
          label="Chosen"
          values={filter.chosen}
          options={[
            { id: 'yes', label: 'Chosen' },
            { id: 'no', label: 'Not chosen' },
          ]}
          onChange={(value) => setFilter({ chosen: value })}
        />
      </div>
      <div className={classNames(styles.row, styles.heads)} aria-hidden="true">
        <span />
        <span className={styles.headSeverity} />
        <span>Fix</span>
        <span className={classNames(styles.id, 'expert-only')}>Check</span>
        <span className={styles.tail}>Takes effect</span>
        <span className={styles.headWho}>Cuts off</span>
      </div>
      <RowList
        label="Fixes"
        groups={groups}
        selected={selected}
        onSelect={(id) => update({ openedFix: id })}
        onToggle={toggle}
        textOf={(offer) => offer.title}
        rowClassName={styles.row}
        dependencies={[chosen]}
        renderRow={(offer) => <FixRow offer={offer} />}
        empty={
          loading ? (
            <Empty title="Working out what can be offered">
              The findings are compared with what Portcullis can change.
            </Empty>
          ) : (
            <Empty
              title="No fix matches"
              actions={
                <Button size="tiny" onPress={() => update({ fixFilter: noFixFilter })}>
                  Clear the filter
                </Button>
              }
            >
              {counted(offers.length, 'fix', 'fixes')} were searched: titles, ids and checks.
            </Empty>
          )
        }
      />
    </>
  );
}

function FixRow({ offer }: { readonly offer: FixOffer }) {
  const answers = useStore((state) => state.chosen[offer.id]);
  const mode = useStore((state) => state.settings.mode);
  const isChosen = answers !== undefined;
  const open = isChosen ? missingChoice(offer, answers) : null;
  return (
    <>
      <Check
        isSelected={isChosen}
        isDisabled={offer.unavailable !== null}
        onChange={() => toggle(offer.id)}
        aria-label={`Choose: ${offer.title}`}
        className={styles.box}
      />
      <Severity severity={offer.severity} iconOnly={mode === 'guided'} />
      <span className={styles.title} title={offer.title}>
        <span className="clip">{offer.title}</span>
        {open !== null && <span className={styles.choice}>needs an answer</span>}
        {open === null && offer.choices.length > 0 && (
          <span className={styles.choice} role="img" aria-label="has a choice">
            <SlidersHorizontal className="i s" />
          </span>
        )}
      </span>
      <span className={classNames(styles.id, 'clip', 'expert-only')}>{offer.resolves[0]}</span>
      <span className={styles.tail}>
        <EffectBadge effect={offer.reversible ? offer.effect : 'once'} />
      </span>
      <Who offer={offer} />
    </>
  );
}

function Who({ offer }: { readonly offer: FixOffer }) {
  switch (cutsOffWhom(offer)) {
    case 'nobody':
      return <span className={`${styles.who} quiet`}>nobody</span>;
    case 'somebody':
      return (
        <span className={`${styles.who} ${styles.cut}`}>
          <Users className="i s" />
          <span>{counted(offer.wouldRefuse?.length ?? 0, 'client')}</span>
        </span>
      );
    case 'unknown':
      return (
        <span className={styles.who}>
          <Mark name="unknown" className="s" />
          <span>not known</span>
        </span>
      );
  }
}
