import { QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField } from '@grafana/ui';
import React from 'react';

import { DataSource } from '../datasource';
import { TaktOptions, TaktQuery } from '../types';
import { say, variables } from '../words';
import { labelWidth, ProcessField } from './ProcessField';

type Props = QueryEditorProps<DataSource, TaktQuery, TaktOptions>;

/** VariableEditor chooses what a board's variable lists. */
export function VariableEditor({ datasource, query, onChange }: Props) {
  const variable = query.variable ?? 'processes';
  const change = (part: Partial<TaktQuery>) => onChange({ ...query, refId: query.refId || 'variable', kind: 'variable', variable, ...part });
  return (
    <>
      <InlineField label={say('Values', '取值')} labelWidth={labelWidth}>
        <Combobox id="takt-variable" options={variables()} value={variable} onChange={(chosen) => change({ variable: chosen.value })} width={40} />
      </InlineField>
      {variable !== 'processes' && (
        <ProcessField datasource={datasource} id="takt-variable-process" value={query.process} onChange={(process) => change({ process })} unset={say('the first one', '第一个流程')} />
      )}
    </>
  );
}
