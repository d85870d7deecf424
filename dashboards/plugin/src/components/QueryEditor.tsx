import { QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField, InlineFieldRow, Input, MultiCombobox } from '@grafana/ui';
import React from 'react';

import { DataSource } from '../datasource';
import { TaktOptions, TaktQuery } from '../types';
import { kinds, languages, say } from '../words';
import { labelWidth, ProcessField } from './ProcessField';
import { useChoices } from './useChoices';

type Props = QueryEditorProps<DataSource, TaktQuery, TaktOptions>;

/** QueryEditor chooses what a panel asks for; each kind shows the fields that it heeds. */
export function QueryEditor({ datasource, query, onChange, onRunQuery }: Props) {
  const kind = query.kind ?? 'sentence';
  const ofOrder = kind === 'order_timeline' || kind === 'order_visits';
  const change = (part: Partial<TaktQuery>) => {
    onChange({ ...query, kind, ...part });
    onRunQuery();
  };
  return (
    <>
      <InlineFieldRow>
        <InlineField label={say('Show', '显示')} labelWidth={labelWidth} tooltip={kinds().find((k) => k.value === kind)?.description}>
          <Combobox id={`takt-kind-${query.refId}`} options={kinds()} value={kind} onChange={(chosen) => change({ kind: chosen.value })} width={40} />
        </InlineField>
        <ProcessField
          datasource={datasource}
          id={`takt-process-${query.refId}`}
          value={query.process}
          onChange={(process) => change({ process })}
          unset={ofOrder ? say('every process that knows it', '所有相关流程') : say('the first one', '第一个流程')}
        />
      </InlineFieldRow>
      {ofOrder && (
        <InlineField label={say('Order number', '订单号')} labelWidth={labelWidth} tooltip={say('A number, or a variable such as $order', '订单号，或变量（如 $order）')}>
          <Input
            aria-label={say('Order number', '订单号')}
            defaultValue={query.order ?? ''}
            placeholder="$order"
            onBlur={(e) => change({ order: e.currentTarget.value })}
            width={40}
          />
        </InlineField>
      )}
      {kind === 'open_orders' && <Filters datasource={datasource} query={query} change={change} />}
      <InlineFieldRow>
        <InlineField label={say('Language', '语言')} labelWidth={labelWidth}>
          <Combobox
            id={`takt-lang-${query.refId}`}
            options={languages(say('as the datasource is set', '同数据源设置'))}
            value={query.lang ?? ''}
            onChange={(chosen) => change({ lang: chosen.value })}
            width={40}
          />
        </InlineField>
        <InlineField label={say('Rows at most', '行数上限')} labelWidth={labelWidth}>
          <Input
            aria-label={say('Rows at most', '行数上限')}
            type="number"
            min={0}
            defaultValue={query.most || ''}
            placeholder={say('as the datasource is set', '同数据源设置')}
            onBlur={(e) => change({ most: e.currentTarget.valueAsNumber || 0 })}
            width={40}
          />
        </InlineField>
      </InlineFieldRow>
    </>
  );
}

interface FilterProps {
  datasource: DataSource;
  query: TaktQuery;
  change: (part: Partial<TaktQuery>) => void;
}

/** Filters chooses stages and teams, none meaning all. */
function Filters({ datasource, query, change }: FilterProps) {
  const stages = useChoices(datasource, 'stages', query.process);
  const teams = useChoices(datasource, 'teams', query.process);
  return (
    <InlineFieldRow>
      <InlineField label={say('Stages', '环节')} labelWidth={labelWidth} invalid={!!stages.error} error={stages.error}>
        <MultiCombobox
          id={`takt-stages-${query.refId}`}
          options={stages.choices}
          value={query.stages ?? []}
          placeholder={say('all', '全部')}
          onChange={(chosen) => change({ stages: chosen.map((c) => c.value) })}
          createCustomValue
          width={40}
        />
      </InlineField>
      <InlineField label={say('Teams', '团队')} labelWidth={labelWidth} invalid={!!teams.error} error={teams.error}>
        <MultiCombobox
          id={`takt-teams-${query.refId}`}
          options={teams.choices}
          value={query.teams ?? []}
          placeholder={say('all', '全部')}
          onChange={(chosen) => change({ teams: chosen.map((c) => c.value) })}
          createCustomValue
          width={40}
        />
      </InlineField>
    </InlineFieldRow>
  );
}
