import { ChevronDown, ChevronRight } from 'lucide-react';
import {
  Collection,
  GridList,
  GridListHeader,
  GridListItem,
  GridListSection,
  ListLayout,
  Virtualizer,
} from 'react-aria-components';
import { useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import styles from './row-list.module.css';

export type RowGroup<Row> = {
  readonly id: string;
  readonly name: string;
  /** Counts beside the name. */
  readonly note?: ReactNode;
  readonly rows: readonly Row[];
};

const rowHeight = 28;
const tallRowHeight = 44;
const headHeight = 28;

/**
 * A list of one-line rows in groups, drawn only where it is seen: quick with thousands. Arrows move and open, letters
 * find, Space calls `onToggle`. The head of the group stays on top while its rows scroll.
 */
export function RowList<Row extends { readonly id: string }>(props: {
  readonly label: string;
  readonly groups: readonly RowGroup<Row>[];
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
  readonly onToggle?: ((id: string) => void) | undefined;
  readonly textOf: (row: Row) => string;
  readonly renderRow: (row: Row) => ReactNode;
  /** What `renderRow` depends on besides its row. */
  readonly dependencies?: readonly unknown[];
  readonly rowClassName?: string | undefined;
  /** Rows that have a second line are taller. */
  readonly hasSecondLine?: (row: Row) => boolean;
  readonly empty: ReactNode;
}) {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [scrollTop, setScrollTop] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const groups = useMemo(
    () => props.groups.filter((group) => group.rows.length > 0).map((group) => ({ ...group })),
    [props.groups],
  );
  const toggleGroup = (id: string) =>
    setCollapsed((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const { hasSecondLine } = props;
  const heightOf = (row: Row) => (hasSecondLine?.(row) === true ? tallRowHeight : rowHeight);
  const top = groupAt(groups, collapsed, scrollTop, heightOf);

  if (groups.length === 0) return <div className={styles.wrap}>{props.empty}</div>;

  const onKeyDownCapture = (event: KeyboardEvent<HTMLDivElement>) => {
    if (props.onToggle === undefined || event.key !== ' ' || !(event.target instanceof HTMLElement)) return;
    if (event.target.getAttribute('role') !== 'row') return;
    const id = event.target.dataset['key'];
    if (id === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    props.onToggle(id);
  };

  return (
    <div className={styles.wrap} onKeyDownCapture={onKeyDownCapture}>
      {top !== undefined && scrollTop > 0 && (
        <div className={classNames(styles.group, styles.overlay)} aria-hidden="true">
          <GroupHead group={top} />
        </div>
      )}
      <Virtualizer
        layout={ListLayout}
        layoutOptions={
          props.hasSecondLine === undefined
            ? { rowSize: rowHeight, headingSize: headHeight }
            : { estimatedRowSize: rowHeight, headingSize: headHeight }
        }
      >
        <GridList
          ref={list}
          aria-label={props.label}
          className={classNames(styles.list, 'scroll')}
          items={groups}
          dependencies={[collapsed, props.rowClassName, ...(props.dependencies ?? [])]}
          selectionMode="single"
          selectionBehavior="replace"
          disallowEmptySelection
          selectedKeys={props.selected === null ? [] : [props.selected]}
          onSelectionChange={(keys) => {
            if (keys === 'all') return;
            const key = [...keys][0];
            if (key !== undefined) props.onSelect(String(key));
          }}
          onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        >
          {(group) => (
            <GridListSection id={group.id} aria-label={group.name}>
              <GridListHeader className={styles.group}>
                <Button
                  variant="quiet"
                  size="tiny"
                  square
                  className={styles.fold}
                  aria-label={`${collapsed.has(group.id) ? 'Open' : 'Close'} ${group.name}`}
                  onPress={() => toggleGroup(group.id)}
                >
                  {collapsed.has(group.id) ? (
                    <ChevronRight className="i xs" />
                  ) : (
                    <ChevronDown className="i xs" />
                  )}
                </Button>
                <b>{group.name}</b>
                {group.note}
              </GridListHeader>
              <Collection
                items={collapsed.has(group.id) ? [] : group.rows}
                dependencies={[props.rowClassName, ...(props.dependencies ?? [])]}
              >
                {(row) => (
                  <GridListItem
                    id={row.id}
                    textValue={props.textOf(row)}
                    className={classNames(
                      styles.row,
                      hasSecondLine?.(row) === true && styles.tall,
                      props.rowClassName,
                    )}
                  >
                    {props.renderRow(row)}
                  </GridListItem>
                )}
              </Collection>
            </GridListSection>
          )}
        </GridList>
      </Virtualizer>
    </div>
  );
}

function GroupHead({ group }: { readonly group: Pick<RowGroup<unknown>, 'name' | 'note'> }) {
  return (
    <>
      <span className={styles.fold}>
        <ChevronDown className="i xs" />
      </span>
      <b>{group.name}</b>
      {group.note}
    </>
  );
}

/** The group whose rows are at the top of the view; rows and heads have fixed heights. */
function groupAt<Row>(
  groups: readonly RowGroup<Row>[],
  collapsed: ReadonlySet<string>,
  scrollTop: number,
  heightOf: (row: Row) => number,
): RowGroup<Row> | undefined {
  let bottom = 0;
  return groups.find((group) => {
    bottom +=
      headHeight + (collapsed.has(group.id) ? 0 : group.rows.reduce((sum, row) => sum + heightOf(row), 0));
    return bottom > scrollTop;
  });
}
