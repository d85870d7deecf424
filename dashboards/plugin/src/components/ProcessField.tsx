import { Combobox, InlineField } from '@grafana/ui';
import React from 'react';

import { DataSource } from '../datasource';
import { say } from '../words';
import { useChoices } from './useChoices';

/** The width of labels, in units of 8 pixels. */
export const labelWidth = 18;

interface Props {
  datasource: DataSource;
  /** Of the field, so that its label names it. */
  id: string;
  value?: string;
  onChange: (process: string) => void;
  /** What an empty choice means. */
  unset: string;
}

/** ProcessField chooses a process, or a variable that holds one. */
export function ProcessField({ datasource, id, value, onChange, unset }: Props) {
  const { choices, error } = useChoices(datasource, 'processes');
  return (
    <InlineField label={say('Process', '流程')} labelWidth={labelWidth} invalid={!!error} error={error}>
      <Combobox
        id={id}
        options={[{ value: '', label: unset }, ...choices]}
        value={value ?? ''}
        onChange={(chosen) => onChange(chosen.value)}
        createCustomValue
        width={40}
      />
    </InlineField>
  );
}
